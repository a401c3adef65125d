{{ config(materialized='table', enabled=facts_by_month()) }}

-- The months that the incremental facts build again: those whose silver changed, every month with an order of a
-- person whose stays are not those to which the copied facts refer, and every month with an order that belongs to
-- another stay than there (an order that moves to another person at the same address changes neither person's stays),
-- and those of items that were sold before their product or seller was known.
with changed_months as (

    select * from {{ source('build', 'changed_months') }}

),

previous_stays as (

    select * from {{ source('build', 'previous_stays') }}

),

stays as (

    select
        customer_key,
        customer_unique_id,
        zip_code_prefix,
        city,
        state,
        valid_from,
        valid_to
    from {{ ref('int_customer_stays') }}

),

order_stays as (

    select * from {{ ref('int_order_stays') }}

),

copied_orders as (

    select
        order_id,
        customer_key
    from {{ copied_orders() }}

),

products as (

    select product_id from {{ ref('stg_products') }}

),

sellers as (

    select seller_id from {{ ref('stg_sellers') }}

),

copied_items as (

    select
        order_id,
        product_id,
        product_key,
        seller_id,
        seller_key
    from {{ copied_items() }}

),

late_parents as (

    select copied_items.order_id
    from copied_items
    inner join products on copied_items.product_id = products.product_id
    where copied_items.product_key = {{ unknown_key() }}
    union
    select copied_items.order_id
    from copied_items
    inner join sellers on copied_items.seller_id = sellers.seller_id
    where copied_items.seller_key = {{ unknown_key() }}

),

new_stays as (

    select * from stays
    except
    select
        customer_key,
        customer_unique_id,
        zip_code_prefix,
        city,
        state,
        valid_from,
        valid_to
    from previous_stays

),

lost_stays as (

    select
        customer_key,
        customer_unique_id,
        zip_code_prefix,
        city,
        state,
        valid_from,
        valid_to
    from previous_stays
    except
    select * from stays

),

changed_persons as (

    select customer_unique_id from new_stays
    union
    select customer_unique_id from lost_stays

),

final as (

    select order_month from changed_months
    union
    select {{ month_of('order_stays.order_purchase_timestamp') }} as order_month
    from order_stays
    inner join changed_persons on order_stays.customer_unique_id = changed_persons.customer_unique_id
    union
    select {{ month_of('order_stays.order_purchase_timestamp') }} as order_month
    from order_stays
    inner join copied_orders on order_stays.order_id = copied_orders.order_id
    where order_stays.customer_key <> copied_orders.customer_key
    union
    select {{ month_of('order_stays.order_purchase_timestamp') }} as order_month
    from order_stays
    inner join late_parents on order_stays.order_id = late_parents.order_id

)

select * from final
