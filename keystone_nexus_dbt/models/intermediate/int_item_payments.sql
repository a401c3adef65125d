-- An order's payments on its items, in proportion to price + freight, exact to the cent: each item gets its share
-- rounded down, and the cents that are left go to the largest remainders, ties by item number.
with items as (

    select * from {{ ref('stg_order_items') }}

),

order_payments as (

    select * from {{ ref('int_order_payments') }}

),

item_cents as (

    select
        order_id,
        order_item_id,
        {{ to_cents('price + freight_value') }} as item_cents
    from items

),

order_cents as (

    select
        order_id,
        sum(item_cents) as order_cents,
        count(*) as order_items
    from item_cents
    group by order_id

),

weights as (

    select
        item_cents.order_id,
        item_cents.order_item_id,
        order_cents.order_items,
        {{ to_cents('coalesce(order_payments.payment_value, 0)') }} as total,
        case when order_cents.order_cents = 0 then 1 else item_cents.item_cents end as weight,
        case when order_cents.order_cents = 0 then order_cents.order_items else order_cents.order_cents end as weights
    from item_cents
    inner join order_cents on item_cents.order_id = order_cents.order_id
    left join order_payments on item_cents.order_id = order_payments.order_id

),

-- Nine orders in ten have one item, which gets all: they are spared the arithmetic and the windows.
alone as (

    select
        order_id,
        order_item_id,
        {{ from_cents('total') }} as payment_value
    from weights
    where order_items = 1

),

shares as (

    select
        order_id,
        order_item_id,
        total,
        {{ integer_division(product('total', 'weight'), exact('weights')) }} as share,
        mod({{ product('total', 'weight') }}, {{ exact('weights') }}) as remainder
    from weights
    where order_items > 1

),

ranked as (

    select
        order_id,
        order_item_id,
        share,
        total - sum(share) over (partition by order_id) as cents_left,
        row_number() over (partition by order_id order by remainder desc, order_item_id asc) as turn
    from shares

),

final as (

    select * from alone
    union all
    select
        order_id,
        order_item_id,
        {{ from_cents('share + case when turn <= cents_left then 1 else 0 end') }} as payment_value
    from ranked

)

select * from final
