with source as (

    select * from {{ source('silver', 'product_category_translation') }}

),

final as (

    select
        -- texts
        product_category_name,
        product_category_name_english
    from source

)

select * from final
