{{ config(materialized=daily_materialization()) }}

with source as (

    select * from {{ source('silver', 'order_items') }}

),

final as (

    select
        -- ids
        order_id,
        product_id,
        seller_id,
        -- numerics
        order_item_id,
        price,
        freight_value,
        -- times
        shipping_limit_date
    from source

)

select * from final
