{# Facts on DuckDB are rebuilt month by month inside a copy of the last gold; elsewhere they are plain tables. #}

{% macro facts_by_month() -%}
    {{ return(target.type == 'duckdb') }}
{%- endmacro %}

{% macro fact_materialization() -%}
    {{ return('incremental' if facts_by_month() else 'table') }}
{%- endmacro %}

{# Before an incremental build: the months to rebuild leave the fact, also those that lost all of their rows.
   Models give it as text (`pre_hook='{{ drop_months() }}'`): a call would be evaluated when the project is parsed,
   when nothing is incremental yet, and every rebuilt month would be there twice. #}
{% macro drop_months() -%}
    {% if is_incremental() -%}
        delete from {{ this }}
        where (year, month) in (
            select
                cast(extract(year from order_month) as integer),
                cast(extract(month from order_month) as integer)
            from {{ ref('int_months_to_rebuild') }}
        )
    {%- endif %}
{%- endmacro %}

{# A condition that keeps only the months to rebuild. #}
{% macro in_months_to_rebuild(column) -%}
    {% if is_incremental() -%}
        {{ month_of(column) }} in (select months.order_month from {{ ref('int_months_to_rebuild') }} as months)
    {%- else -%}
        1 = 1
    {%- endif %}
{%- endmacro %}

{# dbt has to know this dependency when it parses, when nothing is incremental yet. #}
{% macro depends_on_months() -%}
    {%- if facts_by_month() and not execute -%}
        {%- do ref('int_months_to_rebuild') -%}
    {%- endif -%}
{%- endmacro %}

{# The stay to which the copied facts assign each order, and the product and seller of each item. #}
{% macro copied_orders() -%}
    {{ copied_fact('fact_orders', ['order_id', 'customer_key']) }}
{%- endmacro %}

{% macro copied_items() -%}
    {{ copied_fact('fact_sales', ['order_id', 'product_id', 'product_key', 'seller_id', 'seller_key']) }}
{%- endmacro %}

{# A fact as it was copied from the last gold; nothing on a first build. Not by `ref`: what it is to be depends on
   the answer. #}
{% macro copied_fact(name, columns) -%}
    {%- set relation = adapter.get_relation(target.database, generate_schema_name('gold'), name) if execute -%}
    {%- if relation -%}
        {{ relation }}
    {%- else -%}
        {%- set nulls = [] -%}
        {%- for column in columns -%} {%- do nulls.append('cast(null as varchar) as ' ~ column) -%} {%- endfor -%}
        (select {{ nulls | join(', ') }} where 1 = 0)
    {%- endif -%}
{%- endmacro %}
