with source as (

    select * from {{ source('silver', 'products') }}

),

final as (

    select
        -- ids
        product_id,
        -- texts
        product_category_name,
        -- numerics
        product_name_length,
        product_description_length,
        product_photos_qty,
        product_weight_g,
        product_length_cm,
        product_height_cm,
        product_width_cm
    from source

)

select * from final
