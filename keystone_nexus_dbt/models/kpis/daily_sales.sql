-- Sales by day of purchase, every day from the first to the last.
with orders as (

    select * from {{ ref('int_order_measures') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

span as (

    select
        min(purchase_date) as first_day,
        max(purchase_date) as last_day
    from orders

),

summed as (

    select
        days.date,
        count(orders.order_id) as orders,
        {{ sum_count('orders.with_items') }} as orders_with_items,
        {{ sum_count('orders.items') }} as items,
        {{ sum_money('orders.revenue') }} as revenue,
        {{ sum_money('orders.revenue_delivered') }} as revenue_delivered,
        {{ sum_money('orders.freight_value') }} as freight_value,
        {{ sum_money('orders.payment_value') }} as payment_value
    from days
    inner join span on days.date between span.first_day and span.last_day
    left join orders on days.date = orders.purchase_date
    group by days.date

),

final as (

    select
        date,
        orders,
        orders_with_items,
        items,
        revenue,
        revenue_delivered,
        freight_value,
        payment_value,
        {{ mean_money('revenue', 'orders_with_items') }} as average_order_value
    from summed

)

select * from final
