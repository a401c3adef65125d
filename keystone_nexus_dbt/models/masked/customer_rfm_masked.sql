with persons as (

    select * from {{ ref('customer_rfm') }}

),

final as (

    select
        {{ surrogate_key(["'person'", 'customer_unique_id']) }} as person_key,
        state,
        first_order_date,
        last_order_date,
        recency_days,
        frequency,
        monetary,
        recency_score,
        frequency_score,
        monetary_score,
        segment
    from persons

)

select * from final
