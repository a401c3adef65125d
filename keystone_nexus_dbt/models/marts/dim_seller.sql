with sellers as (

    select * from {{ ref('stg_sellers') }}

),

final as (

    select
        {{ surrogate_key(['seller_id']) }} as seller_key,
        seller_id,
        seller_city,
        seller_state
    from sellers
    union all
    select
        {{ unknown_key() }} as seller_key,
        'unknown' as seller_id,
        cast(null as varchar) as seller_city,
        cast(null as varchar) as seller_state

)

select * from final
