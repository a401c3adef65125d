-- A person has exactly one current stay, and each stay ends where the next begins.
with customers as (

    select * from {{ ref('dim_customer') }}
    where customer_key <> {{ unknown_key() }}

),

final as (

    select customer_unique_id
    from customers
    group by customer_unique_id
    having
        sum(case when is_current then 1 else 0 end) <> 1
        or sum(case when valid_to is null then 1 else 0 end) <> 1
        or sum(case when valid_to < valid_from then 1 else 0 end) <> 0

)

select * from final
