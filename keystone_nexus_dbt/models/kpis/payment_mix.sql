-- How customers pay. An order that is paid by several means counts for each.
with payments as (

    select * from {{ ref('stg_order_payments') }}

),

summed as (

    select
        payment_type,
        count(*) as payments,
        count(distinct order_id) as orders,
        {{ sum_money('payment_value') }} as payment_value,
        coalesce(sum({{ exact('payment_installments') }}), 0) as installments,
        count(payment_installments) as payments_with_installments
    from payments
    group by payment_type

),

final as (

    select
        payment_type,
        payments,
        orders,
        payment_value,
        {{ share_of_money('payment_value', 'cast(sum(payment_value) over () as decimal(18, 2))') }}
            as payment_share,
        {{ mean_money('payment_value', 'payments') }} as payment_mean,
        {{ mean('installments', 'payments_with_installments') }} as installments_mean
    from summed

)

select * from final
