with customers as (

    select * from {{ ref('dim_customer') }}

),

final as (

    select
        customer_key,
        case
            when customer_key = {{ unknown_key() }} then {{ unknown_key() }}
            else {{ surrogate_key(["'person'", 'customer_unique_id']) }}
        end as person_key,
        city,
        state,
        substr(zip_code_prefix, 1, 2) as zip_region,
        customer_lifetime_value,
        valid_from,
        valid_to,
        is_current
    from customers

)

select * from final
