select
    -- ids
    customer_id,
    customer_unique_id,
    -- text
    customer_zip_code_prefix as zip_code_prefix,
    customer_city as city,
    customer_state as state
from {{ source('silver', 'customers') }}
