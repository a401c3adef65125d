-- Whether products that are liked more sell more, said once: Pearson's r over the products that have a review.
with products as (

    select * from {{ ref('product_performance') }}

),

reviewed as (

    select
        cast(review_score as double) as review_score,
        cast(units as double) as units,
        cast(revenue as double) as revenue
    from products
    where review_score is not null

),

-- Without any variance r is not defined, and engines disagree on what they say then.
measured as (

    select
        count(*) as products,
        min(review_score) < max(review_score) and min(units) < max(units) as units_vary,
        min(review_score) < max(review_score) and min(revenue) < max(revenue) as revenue_varies,
        corr(review_score, units) as units_r,
        corr(review_score, revenue) as revenue_r
    from reviewed

),

final as (

    select
        products,
        case when units_vary then cast(round(units_r, 6) as decimal(18, 6)) end as review_units_correlation,
        case when revenue_varies then cast(round(revenue_r, 6) as decimal(18, 6)) end as review_revenue_correlation
    from measured

)

select * from final
