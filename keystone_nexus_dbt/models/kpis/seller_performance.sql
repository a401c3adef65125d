-- What each seller that ever sold brought, and how their orders arrived. An order of several sellers counts for each.
with sales as (

    select * from {{ ref('fact_sales') }}

),

orders as (

    select * from {{ ref('int_order_measures') }}

),

sellers as (

    select * from {{ ref('dim_seller') }}

),

order_sellers as (

    select
        order_id,
        seller_id,
        seller_key,
        count(*) as units,
        sum(price) as revenue,
        sum({{ if_delivered('price') }}) as revenue_delivered,
        sum(freight_value) as freight_value
    from sales
    group by order_id, seller_id, seller_key

),

summed as (

    select
        order_sellers.seller_id,
        order_sellers.seller_key,
        count(*) as orders,
        {{ sum_count('order_sellers.units') }} as units,
        {{ sum_money('order_sellers.revenue') }} as revenue,
        {{ sum_money('order_sellers.revenue_delivered') }} as revenue_delivered,
        {{ sum_money('order_sellers.freight_value') }} as freight_value,
        {{ sum_count('orders.deliveries') }} as deliveries,
        {{ sum_count('orders.late_deliveries') }} as late_deliveries,
        {{ sum_count('orders.delivery_days') }} as delivery_days,
        {{ sum_count('orders.reviews') }} as reviews,
        {{ sum_count('orders.score_sum') }} as score_sum
    from order_sellers
    inner join orders on order_sellers.order_id = orders.order_id
    group by order_sellers.seller_id, order_sellers.seller_key

),

final as (

    select
        summed.seller_id,
        summed.seller_key,
        coalesce(sellers.seller_state, 'unknown') as seller_state,
        summed.orders,
        summed.units,
        summed.revenue,
        summed.revenue_delivered,
        summed.freight_value,
        {{ share_of_money('summed.revenue', 'cast(sum(summed.revenue) over () as decimal(18, 2))') }}
            as revenue_share,
        cast(row_number() over (order by summed.revenue desc, summed.seller_id asc) as integer) as revenue_rank,
        summed.deliveries,
        summed.late_deliveries,
        {{ mean('summed.late_deliveries', 'summed.deliveries') }} as late_share,
        {{ mean('summed.delivery_days', 'summed.deliveries') }} as delivery_days_mean,
        summed.reviews,
        {{ mean('summed.score_sum', 'summed.reviews') }} as review_score
    from summed
    inner join sellers on summed.seller_key = sellers.seller_key

)

select * from final
