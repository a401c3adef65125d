select
    -- ids
    review_id,
    order_id,
    -- numbers
    review_score,
    -- dates
    cast(review_creation_date as date) as review_date
from {{ source('silver', 'order_reviews') }}
