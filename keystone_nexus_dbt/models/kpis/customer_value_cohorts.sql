-- The fifth of all persons who paid most, against the rest.
with persons as (

    select
        customer_unique_id,
        case when monetary_score = 5 then 'high' else 'low' end as value_cohort
    from {{ ref('customer_rfm') }}

),

orders as (

    select * from {{ ref('int_order_measures') }}

),

summed as (

    select
        persons.value_cohort,
        count(distinct persons.customer_unique_id) as customers,
        count(*) as orders,
        {{ sum_count('orders.with_items') }} as orders_with_items,
        {{ sum_count('orders.items') }} as items,
        {{ sum_money('orders.revenue') }} as revenue,
        {{ sum_money('orders.revenue_delivered') }} as revenue_delivered,
        {{ sum_money('orders.freight_value') }} as freight_value,
        {{ sum_money('orders.payment_value') }} as payment_value,
        {{ sum_count('orders.deliveries') }} as deliveries,
        {{ sum_count('orders.late_deliveries') }} as late_deliveries,
        {{ sum_count('orders.delivery_days') }} as delivery_days,
        {{ sum_count('orders.reviews') }} as reviews,
        {{ sum_count('orders.score_sum') }} as score_sum
    from persons
    inner join orders on persons.customer_unique_id = orders.customer_unique_id
    group by persons.value_cohort

),

final as (

    select
        value_cohort,
        customers,
        orders,
        orders_with_items,
        items,
        revenue,
        revenue_delivered,
        freight_value,
        payment_value,
        {{ share_of_money('revenue', 'cast(sum(revenue) over () as decimal(18, 2))') }} as revenue_share,
        {{ share_of_money('payment_value', 'cast(sum(payment_value) over () as decimal(18, 2))') }}
            as payment_share,
        {{ mean_money('revenue', 'orders_with_items') }} as average_order_value,
        {{ mean('orders', 'customers') }} as orders_per_customer,
        {{ mean_money('payment_value', 'customers') }} as customer_lifetime_value_mean,
        deliveries,
        late_deliveries,
        {{ mean('late_deliveries', 'deliveries') }} as late_share,
        {{ mean('delivery_days', 'deliveries') }} as delivery_days_mean,
        reviews,
        {{ mean('score_sum', 'reviews') }} as review_score
    from summed

)

select * from final
