-- Every day from the first to the last that an order or a review refers to, without a gap.
with orders as (

    select * from {{ ref('stg_orders') }}

),

reviews as (

    select * from {{ ref('stg_order_reviews') }}

),

used as (

    select cast(order_purchase_timestamp as date) as date_day from orders
    union all
    select cast(review_creation_date as date) as date_day from reviews

),

span as (

    select
        min(date_day) as first_day,
        max(date_day) as last_day
    from used

),

all_days as (

    select cast(days.date_day as date) as date_day
    from span
    cross join {{ days_from_to('span.first_day', 'span.last_day') }}

),

final as (

    select
        {{ date_id('date_day') }} as date_id,
        date_day as date,
        cast(extract(year from date_day) as integer) as year,
        cast(extract(quarter from date_day) as integer) as quarter,
        cast(extract(month from date_day) as integer) as month,
        cast(extract(day from date_day) as integer) as day,
        {{ iso_day_of_week('date_day') }} as day_of_week,
        {{ iso_day_of_week('date_day') }} >= 6 as is_weekend
    from all_days

)

select * from final
