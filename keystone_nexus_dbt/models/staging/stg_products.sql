select
    -- ids
    product_id,
    -- text
    product_category_name as category_name_pt
from {{ source('silver', 'products') }}
