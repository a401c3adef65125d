select
    -- ids
    order_id,
    order_item_id,
    product_id,
    seller_id,
    -- numbers
    price,
    freight_value
from {{ source('silver', 'order_items') }}
