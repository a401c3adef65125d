{{ config(
    materialized=fact_materialization(),
    incremental_strategy='append',
    on_schema_change='fail',
    partitioned_by=fact_partitions(),
    pre_hook='{{ drop_months() }}'
) }}
{{ depends_on_months() }}

with items as (

    select * from {{ ref('stg_order_items') }}

),

orders as (

    select * from {{ ref('stg_orders') }}
    where {{ in_months_to_rebuild('order_purchase_timestamp') }}

),

order_stays as (

    select * from {{ ref('int_order_stays') }}

),

products as (

    select * from {{ ref('dim_product') }}
    where product_key <> {{ unknown_key() }}

),

sellers as (

    select * from {{ ref('dim_seller') }}
    where seller_key <> {{ unknown_key() }}

),

item_payments as (

    select * from {{ ref('int_item_payments') }}

),

final as (

    select
        items.order_id,
        cast(items.order_item_id as bigint) as order_item_id,
        orders.customer_id,
        coalesce(order_stays.customer_key, {{ unknown_key() }}) as customer_key,
        items.product_id,
        coalesce(products.product_key, {{ unknown_key() }}) as product_key,
        items.seller_id,
        coalesce(sellers.seller_key, {{ unknown_key() }}) as seller_key,
        {{ date_id('orders.order_purchase_timestamp') }} as date_id,
        orders.order_status,
        items.price,
        items.freight_value,
        item_payments.payment_value,
        {{ days_between('orders.order_purchase_timestamp', 'orders.order_delivered_customer_date') }}
            as delivery_days,
        cast(orders.order_delivered_customer_date as date)
        > cast(orders.order_estimated_delivery_date as date) as is_late,
        cast(extract(year from orders.order_purchase_timestamp) as integer) as year,
        cast(extract(month from orders.order_purchase_timestamp) as integer) as month
    from items
    inner join orders on items.order_id = orders.order_id
    inner join item_payments
        on items.order_id = item_payments.order_id and items.order_item_id = item_payments.order_item_id
    left join order_stays on items.order_id = order_stays.order_id
    left join products on items.product_id = products.product_id
    left join sellers on items.seller_id = sellers.seller_id

)

select * from final
