-- How parcels travel from the sellers' states to the customers'. An order with items from sellers of two states is on
-- two routes.
with sales as (

    select * from {{ ref('fact_sales') }}

),

orders as (

    select * from {{ ref('int_order_measures') }}

),

sellers as (

    select * from {{ ref('stg_sellers') }}

),

zip_points as (

    select * from {{ ref('int_zip_points') }}

),

order_sellers as (

    select
        order_id,
        seller_id,
        count(*) as items,
        sum(price) as revenue,
        sum({{ if_delivered('price') }}) as revenue_delivered,
        sum(freight_value) as freight_value
    from sales
    group by order_id, seller_id

),

-- Metres are counted once for each item, and only where both ends are known.
parcels as (

    select
        order_sellers.order_id,
        coalesce(sellers.seller_state, 'unknown') as seller_state,
        order_sellers.items,
        order_sellers.revenue,
        order_sellers.revenue_delivered,
        order_sellers.freight_value,
        case
            when seller_points.lat is not null and customer_points.lat is not null then order_sellers.items
        end as items_located,
        {{ metres_between('seller_points.lat', 'seller_points.lng', 'customer_points.lat', 'customer_points.lng') }}
        * order_sellers.items as metres
    from order_sellers
    inner join orders on order_sellers.order_id = orders.order_id
    left join sellers on order_sellers.seller_id = sellers.seller_id
    left join zip_points as seller_points on sellers.seller_zip_code_prefix = seller_points.zip_code_prefix
    left join zip_points as customer_points on orders.zip_code_prefix = customer_points.zip_code_prefix

),

order_routes as (

    select
        order_id,
        seller_state,
        sum(items) as items,
        sum(revenue) as revenue,
        sum(revenue_delivered) as revenue_delivered,
        sum(freight_value) as freight_value,
        sum(items_located) as items_located,
        sum(metres) as metres
    from parcels
    group by order_id, seller_state

),

travelled as (

    select
        order_routes.seller_state,
        orders.state,
        order_routes.items,
        order_routes.revenue,
        order_routes.revenue_delivered,
        order_routes.freight_value,
        order_routes.items_located,
        order_routes.metres,
        orders.deliveries,
        orders.late_deliveries,
        orders.delivery_days,
        orders.reviews,
        orders.score_sum
    from order_routes
    inner join orders on order_routes.order_id = orders.order_id

),

summed as (

    select
        seller_state,
        state,
        count(*) as orders,
        {{ sum_count('items') }} as items,
        {{ sum_money('revenue') }} as revenue,
        {{ sum_money('revenue_delivered') }} as revenue_delivered,
        {{ sum_money('freight_value') }} as freight_value,
        {{ sum_count('items_located') }} as items_located,
        {{ sum_count('metres') }} as metres,
        {{ sum_count('deliveries') }} as deliveries,
        {{ sum_count('late_deliveries') }} as late_deliveries,
        {{ sum_count('delivery_days') }} as delivery_days,
        {{ sum_count('reviews') }} as reviews,
        {{ sum_count('score_sum') }} as score_sum
    from travelled
    group by seller_state, state

),

delivery_days as (

    select
        seller_state,
        state,
        delivery_days,
        count(*) as deliveries
    from travelled
    where deliveries = 1
    group by seller_state, state, delivery_days

),

cumulated as (

    select
        seller_state,
        state,
        delivery_days,
        sum(deliveries) over (partition by seller_state, state order by delivery_days) as rows_up_to,
        sum(deliveries) over (partition by seller_state, state) as deliveries
    from delivery_days

),

ranks as (

    select
        seller_state,
        state,
        {{ nearest_rank('delivery_days', 'rows_up_to', 'deliveries', 50) }} as delivery_days_median,
        {{ nearest_rank('delivery_days', 'rows_up_to', 'deliveries', 90) }} as delivery_days_p90
    from cumulated
    group by seller_state, state

),

final as (

    select
        summed.seller_state,
        summed.state,
        summed.orders,
        summed.items,
        summed.revenue,
        summed.revenue_delivered,
        summed.freight_value,
        {{ share_of_money('summed.freight_value', 'summed.revenue') }} as freight_share,
        summed.items_located,
        {{ mean('summed.metres', '(1000 * summed.items_located)') }} as distance_km,
        summed.deliveries,
        summed.late_deliveries,
        {{ mean('summed.late_deliveries', 'summed.deliveries') }} as late_share,
        {{ mean('summed.delivery_days', 'summed.deliveries') }} as delivery_days_mean,
        ranks.delivery_days_median,
        ranks.delivery_days_p90,
        summed.reviews,
        {{ mean('summed.score_sum', 'summed.reviews') }} as review_score
    from summed
    left join ranks on summed.seller_state = ranks.seller_state and summed.state = ranks.state

)

select * from final
