{{ config(partitioned_by=fact_partitions()) }}

with reviews as (

    select * from {{ ref('stg_order_reviews') }}

),

order_stays as (

    select * from {{ ref('int_order_stays') }}

),

final as (

    select
        reviews.review_id,
        reviews.order_id,
        coalesce(order_stays.customer_key, {{ unknown_key() }}) as customer_key,
        {{ date_id('reviews.review_creation_date') }} as date_id,
        cast(reviews.review_creation_date as date) as review_date,
        cast(reviews.review_score as integer) as review_score,
        cast(extract(year from reviews.review_creation_date) as integer) as year,
        cast(extract(month from reviews.review_creation_date) as integer) as month
    from reviews
    left join order_stays on reviews.order_id = order_stays.order_id

)

select * from final
