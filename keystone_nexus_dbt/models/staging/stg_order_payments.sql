select
    -- ids
    order_id,
    payment_sequential,
    -- numbers
    payment_value
from {{ source('silver', 'order_payments') }}
