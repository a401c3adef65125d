{{ config(meta={'dagster': {'ref': {'name': 'daily_sales'}}}) }}

-- One row for each key of a mart, and no day or month left out.
with keyed as (
    {% for mart, columns in [
        ('monthly_sales', ['month']),
        ('daily_sales', ['date']),
        ('product_performance', ['product_id']),
        ('category_performance', ['category_name']),
        ('seller_performance', ['seller_id']),
        ('state_performance', ['state']),
        ('regional_logistics', ['seller_state', 'state']),
        ('payment_mix', ['payment_type']),
        ('customer_rfm', ['customer_unique_id']),
        ('customer_value_cohorts', ['value_cohort']),
        ('customer_cohorts', ['cohort_month', 'months_since']),
    ] %}
        select
            '{{ mart }}' as mart,
            count(*) as mart_rows,
            count(distinct {{ columns[0] if columns | length == 1 else surrogate_key(columns) }}) as mart_keys
        from {{ ref(mart) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

spans as (

    select
        'daily_sales' as mart,
        count(*) as mart_rows,
        {{ days_between('min(date)', 'max(date)') }} + 1 as expected
    from {{ ref('daily_sales') }}
    union all
    select
        'monthly_sales' as mart,
        count(*) as mart_rows,
        {{ months_between('min(month)', 'max(month)') }} + 1 as expected
    from {{ ref('monthly_sales') }}

)

select mart || ': keys' as mart
from keyed
where mart_rows <> mart_keys
union all
select mart || ': gaps' as mart
from spans
where mart_rows <> coalesce(expected, 0)
