-- Rows and sums of the facts are those of silver, to the cent.
with sales as (

    select
        count(*) as fact_rows,
        sum(price) as price,
        sum(freight_value) as freight_value
    from {{ ref('fact_sales') }}

),

items as (

    select
        count(*) as fact_rows,
        sum(price) as price,
        sum(freight_value) as freight_value
    from {{ source('silver', 'order_items') }}

),

counts as (

    select
        (select count(*) from {{ ref('fact_orders') }}) as order_facts,
        (select count(*) from {{ source('silver', 'orders') }}) as orders,
        (select count(*) from {{ ref('fact_reviews') }}) as review_facts,
        (select count(*) from {{ source('silver', 'order_reviews') }}) as reviews

)

select 'items' as what
from sales
cross join items
where
    sales.fact_rows <> items.fact_rows
    or sales.price is distinct from items.price
    or sales.freight_value is distinct from items.freight_value
union all
select 'orders' as what
from counts
where order_facts <> orders
union all
select 'reviews' as what
from counts
where review_facts <> reviews
