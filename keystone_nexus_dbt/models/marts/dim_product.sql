with products as (

    select * from {{ ref('stg_products') }}

),

translations as (

    select * from {{ ref('stg_product_category_translation') }}

),

items as (

    select * from {{ ref('stg_order_items') }}

),

reviews as (

    select * from {{ ref('stg_order_reviews') }}

),

orders_with_product as (

    select distinct
        order_id,
        product_id
    from items

),

scores as (

    select
        orders_with_product.product_id,
        sum(reviews.review_score) as score_sum,
        count(*) as reviews
    from orders_with_product
    inner join reviews on orders_with_product.order_id = reviews.order_id
    group by orders_with_product.product_id

),

known as (

    select
        {{ surrogate_key(['products.product_id']) }} as product_key,
        products.product_id,
        coalesce(
            translations.product_category_name_english, products.product_category_name, 'unknown'
        ) as category_name,
        products.product_category_name as category_name_pt,
        {{ mean('scores.score_sum', 'scores.reviews') }} as product_review_avg
    from products
    left join translations on products.product_category_name = translations.product_category_name
    left join scores on products.product_id = scores.product_id

),

final as (

    select * from known
    union all
    select
        {{ unknown_key() }} as product_key,
        'unknown' as product_id,
        'unknown' as category_name,
        cast(null as varchar) as category_name_pt,
        cast(null as decimal(18, 6)) as product_review_avg

)

select * from final
