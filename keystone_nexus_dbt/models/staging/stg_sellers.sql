select
    -- ids
    seller_id,
    -- text
    seller_city,
    seller_state
from {{ source('silver', 'sellers') }}
