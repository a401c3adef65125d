-- Allocated payments and those of orders without items are all payments; so are the lifetime values.
with payments as (

    select coalesce(sum(payment_value), 0) as paid from {{ source('silver', 'order_payments') }}

),

allocated as (

    select coalesce(sum(payment_value), 0) as paid from {{ ref('fact_sales') }}

),

without_items as (

    select coalesce(sum(payment_value), 0) as paid
    from {{ ref('fact_orders') }}
    where items = 0

),

orders as (

    select coalesce(sum(payment_value), 0) as paid from {{ ref('fact_orders') }}

),

lifetime as (

    select coalesce(sum(customer_lifetime_value), 0) as paid
    from {{ ref('dim_customer') }}
    where is_current

)

select 'allocation' as what
from payments
cross join allocated
cross join without_items
where payments.paid <> allocated.paid + without_items.paid
union all
select 'orders' as what
from payments
cross join orders
where payments.paid <> orders.paid
union all
select 'lifetime value' as what
from payments
cross join lifetime
where payments.paid <> lifetime.paid
