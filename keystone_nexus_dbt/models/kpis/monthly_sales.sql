-- Sales by month of purchase, without a gap, so that growth is always month over month.
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

months as (

    select
        {{ month_of('days.date') }} as month,
        count(*) as days
    from days
    inner join span on days.date between span.first_day and span.last_day
    group by {{ month_of('days.date') }}

),

summed as (

    select
        months.month,
        months.days,
        count(orders.order_id) as orders,
        {{ sum_count('orders.with_items') }} as orders_with_items,
        {{ sum_count('orders.items') }} as items,
        {{ sum_money('orders.revenue') }} as revenue,
        {{ sum_money('orders.revenue_delivered') }} as revenue_delivered,
        {{ sum_money('orders.freight_value') }} as freight_value,
        {{ sum_money('orders.payment_value') }} as payment_value,
        count(distinct orders.customer_unique_id) as customers,
        count(distinct case when orders.cohort_month = months.month then orders.customer_unique_id end)
            as new_customers,
        {{ sum_count('orders.deliveries') }} as deliveries,
        {{ sum_count('orders.late_deliveries') }} as late_deliveries,
        {{ sum_count('orders.delivery_days') }} as delivery_days,
        {{ sum_count('orders.reviews') }} as reviews,
        {{ sum_count('orders.score_sum') }} as score_sum
    from months
    left join orders on months.month = orders.purchase_month
    group by months.month, months.days

),

compared as (

    select
        *,
        lag(revenue) over (order by month) as last_revenue
    from summed

),

final as (

    select
        month,
        orders,
        orders_with_items,
        items,
        revenue,
        revenue_delivered,
        freight_value,
        payment_value,
        {{ mean_money('revenue', 'orders_with_items') }} as average_order_value,
        new_customers,
        customers - new_customers as returning_customers,
        cast({{ share_of_money('revenue', 'last_revenue') }} - 1 as decimal(18, 6)) as growth,
        deliveries,
        late_deliveries,
        {{ mean('late_deliveries', 'deliveries') }} as late_share,
        {{ mean('delivery_days', 'deliveries') }} as delivery_days_mean,
        reviews,
        {{ mean('score_sum', 'reviews') }} as review_score,
        days < {{ days_between('month', "month + interval '1' month") }} as is_partial
    from compared

)

select * from final
