{{ config(materialized=daily_materialization()) }}

with source as (

    select * from {{ source('silver', 'order_payments') }}

),

final as (

    select
        -- ids
        order_id,
        -- texts
        payment_type,
        -- numerics
        payment_sequential,
        payment_installments,
        payment_value
    from source

)

select * from final
