{{ config(meta={'dagster': {'ref': {'name': 'monthly_sales'}}}) }}

-- The marts add up to the facts, to the last cent and order: all of them in one test, since a query of its own for
-- each would cost more than what it asks.
with fact_orders as (

    select
        count(*) as orders,
        coalesce(sum(items), 0) as items,
        coalesce(sum(price), 0) as revenue,
        coalesce(sum(case when order_status = 'delivered' then price end), 0) as revenue_delivered,
        coalesce(sum(freight_value), 0) as freight_value,
        coalesce(sum(payment_value), 0) as payment_value,
        coalesce(sum(case when order_status = 'delivered' and delivery_days is not null then 1 end), 0) as deliveries,
        coalesce(sum(case when order_status = 'delivered' and is_late then 1 end), 0) as late_deliveries
    from {{ ref('fact_orders') }}

),

fact_sales as (

    select
        count(*) as items,
        coalesce(sum(price), 0) as revenue,
        coalesce(sum(case when order_status = 'delivered' then price end), 0) as revenue_delivered,
        coalesce(sum(freight_value), 0) as freight_value,
        count(distinct product_id) as products,
        count(distinct seller_id) as sellers
    from {{ ref('fact_sales') }}

),

-- A review has a day of its own: while days are pending its order may not be there, and it is nobody's.
fact_reviews as (

    select count(*) as reviews
    from {{ ref('fact_reviews') }} as reviews
    inner join {{ ref('fact_orders') }} as orders on reviews.order_id = orders.order_id

),

-- Persons and what is known of them: the unknown member buys too, but is no person.
persons as (

    select
        count(*) as persons,
        coalesce(sum(customer_lifetime_value), 0) as payment_value
    from {{ ref('dim_customer') }}
    where is_current and customer_key <> {{ unknown_key() }}

),

persons_orders as (

    select count(*) as orders
    from {{ ref('fact_orders') }}
    where customer_key <> {{ unknown_key() }}

),

by_order as (
    {% for mart in ['monthly_sales', 'daily_sales', 'state_performance'] %}
        select
            '{{ mart }}' as mart,
            coalesce(sum(orders), 0) as orders,
            coalesce(sum(items), 0) as items,
            coalesce(sum(revenue), 0) as revenue,
            coalesce(sum(revenue_delivered), 0) as revenue_delivered,
            coalesce(sum(freight_value), 0) as freight_value,
            coalesce(sum(payment_value), 0) as payment_value
        from {{ ref(mart) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

delivered as (
    {% for mart in ['monthly_sales', 'state_performance'] %}
        select
            '{{ mart }}' as mart,
            coalesce(sum(deliveries), 0) as deliveries,
            coalesce(sum(late_deliveries), 0) as late_deliveries,
            coalesce(sum(reviews), 0) as reviews
        from {{ ref(mart) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

by_item as (
    {% for mart, units in [
        ('product_performance', 'units'), ('category_performance', 'units'), ('seller_performance', 'units'),
        ('regional_logistics', 'items'),
    ] %}
        select
            '{{ mart }}' as mart,
            coalesce(sum({{ units }}), 0) as items,
            coalesce(sum(revenue), 0) as revenue,
            coalesce(sum(revenue_delivered), 0) as revenue_delivered,
            coalesce(sum(freight_value), 0) as freight_value
        from {{ ref(mart) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

members as (

    select
        (select coalesce(sum(products), 0) from {{ ref('category_performance') }}) as category_products,
        (select count(*) from {{ ref('product_performance') }}) as products,
        (select count(*) from {{ ref('seller_performance') }}) as sellers,
        (select coalesce(sum(payment_value), 0) from {{ ref('payment_mix') }}) as payment_value

),

by_person as (

    select
        'customer_rfm' as mart,
        count(*) as persons,
        coalesce(sum(frequency), 0) as orders,
        coalesce(sum(monetary), 0) as payment_value
    from {{ ref('customer_rfm') }}
    union all
    select
        'customer_value_cohorts' as mart,
        coalesce(sum(customers), 0) as persons,
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(payment_value), 0) as payment_value
    from {{ ref('customer_value_cohorts') }}
    union all
    select
        'customer_cohorts' as mart,
        coalesce(sum(case when months_since = 0 then active_customers end), 0) as persons,
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(payment_value), 0) as payment_value
    from {{ ref('customer_cohorts') }}

),

newcomers as (

    select coalesce(sum(new_customers), 0) as persons from {{ ref('monthly_sales') }}

)

select by_order.mart
from by_order
cross join fact_orders
where
    by_order.orders <> fact_orders.orders
    or by_order.items <> fact_orders.items
    or by_order.revenue <> fact_orders.revenue
    or by_order.revenue_delivered <> fact_orders.revenue_delivered
    or by_order.freight_value <> fact_orders.freight_value
    or by_order.payment_value <> fact_orders.payment_value
union all
select delivered.mart || ': deliveries and reviews' as mart
from delivered
cross join fact_orders
cross join fact_reviews
where
    delivered.deliveries <> fact_orders.deliveries
    or delivered.late_deliveries <> fact_orders.late_deliveries
    or delivered.reviews <> fact_reviews.reviews
union all
select by_item.mart
from by_item
cross join fact_sales
where
    by_item.items <> fact_sales.items
    or by_item.revenue <> fact_sales.revenue
    or by_item.revenue_delivered <> fact_sales.revenue_delivered
    or by_item.freight_value <> fact_sales.freight_value
union all
select 'members' as mart
from members
cross join fact_sales
cross join fact_orders
where
    members.category_products <> fact_sales.products
    or members.products <> fact_sales.products
    or members.sellers <> fact_sales.sellers
    or members.payment_value <> fact_orders.payment_value
union all
select by_person.mart
from by_person
cross join persons
cross join persons_orders
where
    by_person.persons <> persons.persons
    or by_person.orders <> persons_orders.orders
    or by_person.payment_value <> persons.payment_value
union all
select 'monthly_sales: new customers' as mart
from newcomers
cross join persons
where newcomers.persons <> persons.persons
