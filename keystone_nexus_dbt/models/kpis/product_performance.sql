-- What each product that was ever sold brought. An order counts once for a product that it holds twice, and so do its
-- reviews.
with sales as (

    select * from {{ ref('fact_sales') }}

),

orders as (

    select * from {{ ref('int_order_measures') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

order_products as (

    select
        order_id,
        product_id,
        product_key,
        count(*) as units,
        sum(price) as revenue,
        sum({{ if_delivered('price') }}) as revenue_delivered,
        sum(freight_value) as freight_value
    from sales
    group by order_id, product_id, product_key

),

summed as (

    select
        order_products.product_id,
        order_products.product_key,
        count(*) as orders,
        {{ sum_count('order_products.units') }} as units,
        {{ sum_money('order_products.revenue') }} as revenue,
        {{ sum_money('order_products.revenue_delivered') }} as revenue_delivered,
        {{ sum_money('order_products.freight_value') }} as freight_value,
        {{ sum_count('orders.reviews') }} as reviews,
        {{ sum_count('orders.score_sum') }} as score_sum
    from order_products
    inner join orders on order_products.order_id = orders.order_id
    group by order_products.product_id, order_products.product_key

),

final as (

    select
        summed.product_id,
        summed.product_key,
        products.category_name,
        summed.orders,
        summed.units,
        summed.revenue,
        summed.revenue_delivered,
        summed.freight_value,
        {{ share_of_money('summed.revenue', 'cast(sum(summed.revenue) over () as decimal(18, 2))') }}
            as revenue_share,
        cast(row_number() over (order by summed.revenue desc, summed.product_id asc) as integer) as revenue_rank,
        cast(row_number() over (order by summed.units desc, summed.product_id asc) as integer) as units_rank,
        summed.reviews,
        {{ mean('summed.score_sum', 'summed.reviews') }} as review_score
    from summed
    inner join products on summed.product_key = products.product_key

)

select * from final
