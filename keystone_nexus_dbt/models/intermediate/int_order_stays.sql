{{ config(materialized='table') }}

-- Which stay of a person each order belongs to. A stay is a run of consecutive orders at one address.
with orders as (

    select * from {{ ref('stg_orders') }}

),

customers as (

    select * from {{ ref('stg_customers') }}

),

in_order as (

    select
        orders.order_id,
        orders.customer_id,
        orders.order_purchase_timestamp,
        customers.customer_unique_id,
        customers.customer_zip_code_prefix,
        customers.customer_city,
        customers.customer_state,
        row_number() over (
            partition by customers.customer_unique_id
            order by orders.order_purchase_timestamp, orders.order_id
        ) as order_number
    from orders
    inner join customers on orders.customer_id = customers.customer_id

),

compared as (

    select
        *,
        lag(customer_zip_code_prefix) over (partition by customer_unique_id order by order_number) as last_zip,
        lag(customer_city) over (partition by customer_unique_id order by order_number) as last_city,
        lag(customer_state) over (partition by customer_unique_id order by order_number) as last_state
    from in_order

),

numbered as (

    select
        *,
        sum(
            case
                when
                    order_number = 1
                    or customer_zip_code_prefix is distinct from last_zip
                    or customer_city is distinct from last_city
                    or customer_state is distinct from last_state
                    then 1
                else 0
            end
        ) over (partition by customer_unique_id order by order_number) as stay_number
    from compared

),

named as (

    select
        *,
        first_value(order_id) over (
            partition by customer_unique_id, stay_number
            order by order_number
        ) as first_order_id
    from numbered

),

final as (

    select
        order_id,
        customer_id,
        {{ surrogate_key(['customer_unique_id', 'first_order_id']) }} as customer_key,
        customer_unique_id,
        customer_zip_code_prefix as zip_code_prefix,
        customer_city as city,
        customer_state as state,
        order_purchase_timestamp,
        cast(stay_number as integer) as stay_number
    from named

)

select * from final
