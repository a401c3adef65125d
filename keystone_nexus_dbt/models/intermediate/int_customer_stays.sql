{{ config(materialized='table') }}

-- One row per person and stay, with the time over which it is valid.
with order_stays as (

    select * from {{ ref('int_order_stays') }}

),

stays as (

    select
        customer_key,
        customer_unique_id,
        zip_code_prefix,
        city,
        state,
        stay_number,
        min(order_purchase_timestamp) as valid_from
    from order_stays
    group by customer_key, customer_unique_id, zip_code_prefix, city, state, stay_number

),

final as (

    select
        customer_key,
        customer_unique_id,
        zip_code_prefix,
        city,
        state,
        valid_from,
        lead(valid_from) over (partition by customer_unique_id order by stay_number) as valid_to,
        lead(stay_number) over (partition by customer_unique_id order by stay_number) is null as is_current
    from stays

)

select * from final
