-- An order's payments on its items, in proportion to price + freight, exact to the cent: each item gets its share
-- rounded down, and the cents that are left go to the largest remainders, ties by item number.
with items as (

    select * from {{ ref('stg_order_items') }}

),

order_payments as (

    select * from {{ ref('int_order_payments') }}

),

weighed as (

    select
        items.order_id,
        items.order_item_id,
        {{ to_cents('coalesce(order_payments.payment_value, 0)') }} as total,
        {{ to_cents('items.price + items.freight_value') }} as item_cents,
        sum({{ to_cents('items.price + items.freight_value') }}) over (partition by items.order_id) as order_cents,
        count(*) over (partition by items.order_id) as order_items
    from items
    left join order_payments on items.order_id = order_payments.order_id

),

weights as (

    select
        order_id,
        order_item_id,
        total,
        case when order_cents = 0 then cast(1 as {{ exact_integer() }}) else item_cents end as weight,
        cast(case when order_cents = 0 then order_items else order_cents end as {{ exact_integer() }}) as weights
    from weighed

),

shares as (

    select
        order_id,
        order_item_id,
        total,
        {{ integer_division('total * weight', 'weights') }} as share,
        mod(total * weight, weights) as remainder
    from weights

),

ranked as (

    select
        *,
        total - sum(share) over (partition by order_id) as cents_left,
        row_number() over (partition by order_id order by remainder desc, order_item_id asc) as turn
    from shares

),

final as (

    select
        order_id,
        order_item_id,
        {{ from_cents('share + case when turn <= cents_left then 1 else 0 end') }} as payment_value
    from ranked

)

select * from final
