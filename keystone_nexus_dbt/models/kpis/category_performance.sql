-- What each category of products brought. An order counts once for a category of which it holds several items, and so
-- do its reviews.
with sales as (

    select * from {{ ref('fact_sales') }}

),

orders as (

    select * from {{ ref('int_order_measures') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

items as (

    select
        sales.order_id,
        sales.product_id,
        products.category_name,
        sales.price,
        {{ if_delivered('sales.price') }} as price_delivered,
        sales.freight_value
    from sales
    inner join products on sales.product_key = products.product_key

),

sold as (

    select
        category_name,
        count(distinct product_id) as products
    from items
    group by category_name

),

order_categories as (

    select
        order_id,
        category_name,
        count(*) as units,
        sum(price) as revenue,
        sum(price_delivered) as revenue_delivered,
        sum(freight_value) as freight_value
    from items
    group by order_id, category_name

),

summed as (

    select
        order_categories.category_name,
        count(*) as orders,
        {{ sum_count('order_categories.units') }} as units,
        {{ sum_money('order_categories.revenue') }} as revenue,
        {{ sum_money('order_categories.revenue_delivered') }} as revenue_delivered,
        {{ sum_money('order_categories.freight_value') }} as freight_value,
        {{ sum_count('orders.reviews') }} as reviews,
        {{ sum_count('orders.score_sum') }} as score_sum
    from order_categories
    inner join orders on order_categories.order_id = orders.order_id
    group by order_categories.category_name

),

final as (

    select
        summed.category_name,
        sold.products,
        summed.orders,
        summed.units,
        summed.revenue,
        summed.revenue_delivered,
        summed.freight_value,
        {{ share_of_money('summed.revenue', 'cast(sum(summed.revenue) over () as decimal(18, 2))') }}
            as revenue_share,
        cast(row_number() over (order by summed.revenue desc, summed.category_name asc) as integer) as revenue_rank,
        cast(row_number() over (order by summed.units desc, summed.category_name asc) as integer) as units_rank,
        summed.reviews,
        {{ mean('summed.score_sum', 'summed.reviews') }} as review_score
    from summed
    inner join sold on summed.category_name = sold.category_name

)

select * from final
