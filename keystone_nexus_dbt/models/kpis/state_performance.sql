-- Orders by the state of the customer's stay to which they belong.
with orders as (

    select * from {{ ref('int_order_measures') }}

),

summed as (

    select
        state,
        count(*) as orders,
        {{ sum_count('with_items') }} as orders_with_items,
        {{ sum_count('items') }} as items,
        {{ sum_money('revenue') }} as revenue,
        {{ sum_money('revenue_delivered') }} as revenue_delivered,
        {{ sum_money('freight_value') }} as freight_value,
        {{ sum_money('payment_value') }} as payment_value,
        count(distinct customer_unique_id) as customers,
        {{ sum_count('deliveries') }} as deliveries,
        {{ sum_count('late_deliveries') }} as late_deliveries,
        {{ sum_count('delivery_days') }} as delivery_days,
        {{ sum_count('reviews') }} as reviews,
        {{ sum_count('score_sum') }} as score_sum
    from orders
    group by state

),

delivery_days as (

    select
        state,
        delivery_days,
        count(*) as deliveries
    from orders
    where deliveries = 1
    group by state, delivery_days

),

cumulated as (

    select
        state,
        delivery_days,
        sum(deliveries) over (partition by state order by delivery_days) as rows_up_to,
        sum(deliveries) over (partition by state) as deliveries
    from delivery_days

),

ranks as (

    select
        state,
        {{ nearest_rank('delivery_days', 'rows_up_to', 'deliveries', 50) }} as delivery_days_median,
        {{ nearest_rank('delivery_days', 'rows_up_to', 'deliveries', 90) }} as delivery_days_p90
    from cumulated
    group by state

),

final as (

    select
        summed.state,
        summed.orders,
        summed.orders_with_items,
        summed.items,
        summed.revenue,
        summed.revenue_delivered,
        summed.freight_value,
        {{ share_of_money('summed.freight_value', 'summed.revenue') }} as freight_share,
        summed.payment_value,
        {{ mean_money('summed.revenue', 'summed.orders_with_items') }} as average_order_value,
        {{ share_of_money('summed.revenue', 'cast(sum(summed.revenue) over () as decimal(18, 2))') }}
            as revenue_share,
        summed.customers,
        summed.deliveries,
        summed.late_deliveries,
        {{ mean('summed.late_deliveries', 'summed.deliveries') }} as late_share,
        {{ mean('summed.delivery_days', 'summed.deliveries') }} as delivery_days_mean,
        ranks.delivery_days_median,
        ranks.delivery_days_p90,
        summed.reviews,
        {{ mean('summed.score_sum', 'summed.reviews') }} as review_score
    from summed
    left join ranks on summed.state = ranks.state

)

select * from final
