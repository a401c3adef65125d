{{ config(
    materialized=fact_materialization(),
    incremental_strategy='append',
    on_schema_change='fail',
    partitioned_by=fact_partitions(),
    pre_hook='{{ drop_months() }}'
) }}
{{ depends_on_months() }}

with orders as (

    select * from {{ ref('stg_orders') }}
    where {{ in_months_to_rebuild('order_purchase_timestamp') }}

),

items as (

    select * from {{ ref('stg_order_items') }}

),

order_stays as (

    select * from {{ ref('int_order_stays') }}

),

order_payments as (

    select * from {{ ref('int_order_payments') }}

),

order_items as (

    select
        order_id,
        cast(count(*) as integer) as items,
        cast(sum(price) as decimal(18, 2)) as price,
        cast(sum(freight_value) as decimal(18, 2)) as freight_value
    from items
    group by order_id

),

final as (

    select
        orders.order_id,
        coalesce(order_stays.customer_key, {{ unknown_key() }}) as customer_key,
        {{ date_id('orders.order_purchase_timestamp') }} as date_id,
        orders.order_status,
        coalesce(order_items.items, 0) as items,
        coalesce(order_items.price, cast(0 as decimal(18, 2))) as price,
        coalesce(order_items.freight_value, cast(0 as decimal(18, 2))) as freight_value,
        coalesce(order_payments.payment_value, cast(0 as decimal(18, 2))) as payment_value,
        {{ days_between('orders.order_purchase_timestamp', 'orders.order_delivered_customer_date') }}
            as delivery_days,
        cast(orders.order_delivered_customer_date as date)
        > cast(orders.order_estimated_delivery_date as date) as is_late,
        cast(extract(year from orders.order_purchase_timestamp) as integer) as year,
        cast(extract(month from orders.order_purchase_timestamp) as integer) as month
    from orders
    left join order_items on orders.order_id = order_items.order_id
    left join order_payments on orders.order_id = order_payments.order_id
    left join order_stays on orders.order_id = order_stays.order_id

)

select * from final
