with stays as (

    select * from {{ ref('int_customer_stays') }}

),

order_stays as (

    select * from {{ ref('int_order_stays') }}

),

order_payments as (

    select * from {{ ref('int_order_payments') }}

),

lifetime_values as (

    select
        order_stays.customer_unique_id,
        sum(order_payments.payment_value) as customer_lifetime_value
    from order_stays
    inner join order_payments on order_stays.order_id = order_payments.order_id
    group by order_stays.customer_unique_id

),

known as (

    select
        stays.customer_key,
        stays.customer_unique_id,
        stays.city,
        stays.state,
        stays.zip_code_prefix,
        cast(coalesce(lifetime_values.customer_lifetime_value, 0) as decimal(18, 2)) as customer_lifetime_value,
        stays.valid_from,
        stays.valid_to,
        stays.is_current
    from stays
    left join lifetime_values on stays.customer_unique_id = lifetime_values.customer_unique_id

),

final as (

    select * from known
    union all
    select
        {{ unknown_key() }} as customer_key,
        'unknown' as customer_unique_id,
        cast(null as varchar) as city,
        cast(null as varchar) as state,
        cast(null as varchar) as zip_code_prefix,
        cast(0 as decimal(18, 2)) as customer_lifetime_value,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to,
        true as is_current

)

select * from final
