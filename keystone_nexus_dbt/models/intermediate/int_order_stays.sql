{{ config(materialized='table') }}

-- Which stay of a person each order belongs to. A stay is a run of consecutive orders at one address.
with orders as (

    select * from {{ ref('stg_orders') }}

),

customers as (

    select * from {{ ref('stg_customers') }}

),

placed as (

    select
        orders.order_id,
        orders.customer_id,
        orders.order_purchase_timestamp,
        customers.customer_unique_id,
        customers.customer_zip_code_prefix as zip_code_prefix,
        customers.customer_city as city,
        customers.customer_state as state
    from orders
    inner join customers on orders.customer_id = customers.customer_id

),

persons as (

    select
        customer_unique_id,
        count(*) as person_orders
    from placed
    group by customer_unique_id

),

-- Of a hundred persons 97 have one order, which is their only stay: they are spared the windows.
once as (

    select
        placed.*,
        1 as stay_number,
        placed.order_id as first_order_id
    from placed
    inner join persons on placed.customer_unique_id = persons.customer_unique_id
    where persons.person_orders = 1

),

in_order as (

    select
        placed.*,
        row_number() over (
            partition by placed.customer_unique_id
            order by placed.order_purchase_timestamp, placed.order_id
        ) as order_number
    from placed
    inner join persons on placed.customer_unique_id = persons.customer_unique_id
    where persons.person_orders > 1

),

compared as (

    select
        *,
        lag(zip_code_prefix) over (partition by customer_unique_id order by order_number) as last_zip,
        lag(city) over (partition by customer_unique_id order by order_number) as last_city,
        lag(state) over (partition by customer_unique_id order by order_number) as last_state
    from in_order

),

numbered as (

    select
        *,
        sum(
            case
                when
                    order_number = 1
                    or zip_code_prefix is distinct from last_zip
                    or city is distinct from last_city
                    or state is distinct from last_state
                    then 1
                else 0
            end
        ) over (partition by customer_unique_id order by order_number) as stay_number
    from compared

),

returning_persons as (

    select
        order_id,
        customer_id,
        order_purchase_timestamp,
        customer_unique_id,
        zip_code_prefix,
        city,
        state,
        stay_number,
        first_value(order_id) over (
            partition by customer_unique_id, stay_number
            order by order_number
        ) as first_order_id
    from numbered

),

every_order as (

    select * from once
    union all
    select * from returning_persons

),

final as (

    select
        order_id,
        customer_id,
        {{ surrogate_key(['customer_unique_id', 'first_order_id']) }} as customer_key,
        customer_unique_id,
        zip_code_prefix,
        city,
        state,
        order_purchase_timestamp,
        cast(stay_number as integer) as stay_number
    from every_order

)

select * from final
