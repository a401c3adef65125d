{{ config(materialized=daily_materialization()) }}

with source as (

    select * from {{ source('silver', 'orders') }}

),

final as (

    select
        -- ids
        order_id,
        customer_id,
        -- texts
        order_status,
        -- times
        order_purchase_timestamp,
        order_approved_at,
        order_delivered_carrier_date,
        order_delivered_customer_date,
        order_estimated_delivery_date
    from source

)

select * from final
