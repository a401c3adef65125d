{# Facts on DuckDB are rebuilt month by month inside a copy of the last gold; elsewhere they are plain tables. #}

{% macro fact_materialization() -%}
    {{ 'incremental' if target.type == 'duckdb' else 'table' }}
{%- endmacro %}

{# Before an incremental build: the months to rebuild leave the fact, also those that lost all of their rows. #}
{% macro drop_months() -%}
    {% if is_incremental() %}
        delete from {{ this }}
        where (year, month) in (
            select
                cast(extract(year from order_month) as integer),
                cast(extract(month from order_month) as integer)
            from {{ ref('int_months_to_rebuild') }}
        )
    {% else %}
        select 1
    {% endif %}
{%- endmacro %}

{# A condition that keeps only the months to rebuild. #}
{% macro in_months_to_rebuild(column) -%}
    {% if is_incremental() -%}
        {{ month_of(column) }} in (select months.order_month from {{ ref('int_months_to_rebuild') }} as months)
    {%- else -%}
        1 = 1
    {%- endif %}
{%- endmacro %}
