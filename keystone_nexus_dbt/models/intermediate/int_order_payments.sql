{{ config(materialized='table') }}

-- What was paid for each order, over all of its payments.
with payments as (

    select * from {{ ref('stg_order_payments') }}

),

final as (

    select
        order_id,
        cast(sum(payment_value) as decimal(18, 2)) as payment_value
    from payments
    group by order_id

)

select * from final
