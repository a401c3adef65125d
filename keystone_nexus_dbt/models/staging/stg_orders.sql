select
    -- ids
    order_id,
    customer_id,
    -- text
    order_status,
    -- times
    cast(order_purchase_timestamp as {{ timestamp_type() }}) as purchased_at,
    cast(order_purchase_timestamp as date) as purchase_date,
    cast(order_delivered_customer_date as date) as delivery_date,
    cast(order_estimated_delivery_date as date) as estimated_delivery_date
from {{ source('silver', 'orders') }}
