{{ config(materialized=daily_materialization()) }}

with source as (

    select * from {{ source('silver', 'order_reviews') }}

),

final as (

    select
        -- ids
        review_id,
        order_id,
        -- texts
        review_comment_title,
        review_comment_message,
        -- numerics
        review_score,
        -- times
        review_creation_date,
        review_answer_timestamp
    from source

)

select * from final
