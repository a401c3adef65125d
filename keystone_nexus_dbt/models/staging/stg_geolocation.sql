with source as (

    select * from {{ source('silver', 'geolocation') }}

),

final as (

    select
        -- texts
        geolocation_zip_code_prefix,
        geolocation_city,
        geolocation_state,
        -- coordinates
        geolocation_lat,
        geolocation_lng
    from source

)

select * from final
