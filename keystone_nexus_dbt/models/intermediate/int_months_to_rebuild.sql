{{ config(materialized='table', enabled=facts_by_month()) }}

-- The months that the incremental facts build again: those whose silver changed, every month with an order of a
-- person whose stays are not those to which the copied facts refer, and every month with an order that belongs to
-- another stay than there. The last catches an order that moves to another person at the same address, by which
-- neither person's stays need to change.
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

)

select * from final
