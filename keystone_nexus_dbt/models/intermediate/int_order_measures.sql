{{ config(materialized='table') }}

-- What the KPI marts sum, by order: who bought it and where, what it brought, how it was delivered and reviewed.
with orders as (

    select * from {{ ref('fact_orders') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

reviews as (

    select * from {{ ref('fact_reviews') }}

),

-- The first stay of a person begins with their first order.
persons as (

    select
        customer_unique_id,
        min(valid_from) as first_purchase
    from customers
    where customer_key <> {{ unknown_key() }}
    group by customer_unique_id

),

order_reviews as (

    select
        order_id,
        count(*) as reviews,
        sum(review_score) as score_sum
    from reviews
    group by order_id

),

final as (

    select
        -- ids
        orders.order_id,
        case when orders.customer_key <> {{ unknown_key() }} then customers.customer_unique_id end
            as customer_unique_id,
        -- texts
        coalesce(customers.state, 'unknown') as state,
        customers.zip_code_prefix,
        -- dates
        days.date as purchase_date,
        {{ month_of('days.date') }} as purchase_month,
        {{ month_of('persons.first_purchase') }} as cohort_month,
        -- numerics
        orders.items,
        case when orders.items > 0 then 1 else 0 end as with_items,
        orders.price as revenue,
        {{ if_delivered('orders.price') }} as revenue_delivered,
        orders.freight_value,
        orders.payment_value,
        case when orders.order_status = 'delivered' and orders.delivery_days is not null then 1 else 0 end
            as deliveries,
        case when orders.order_status = 'delivered' and orders.is_late then 1 else 0 end as late_deliveries,
        case when orders.order_status = 'delivered' then orders.delivery_days end as delivery_days,
        cast(coalesce(order_reviews.reviews, 0) as integer) as reviews,
        cast(coalesce(order_reviews.score_sum, 0) as integer) as score_sum
    from orders
    inner join days on orders.date_id = days.date_id
    left join customers on orders.customer_key = customers.customer_key
    left join persons
        on
            customers.customer_unique_id = persons.customer_unique_id
            and customers.customer_key <> {{ unknown_key() }}
    left join order_reviews on orders.order_id = order_reviews.order_id

)

select * from final
