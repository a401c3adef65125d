{#- Facts by month: on DuckDB they are incremental inside a copy of the last published file, and a build replaces
    whole months. On other engines facts are full tables, and nothing of this is read. -#}

{% macro fact_materialization() -%}
    {{ return('incremental' if target.type == 'duckdb' else 'table') }}
{%- endmacro %}

{#- pre-hook: a month that is rebuilt loses all its rows first, so one that lost its orders ends empty. -#}
{% macro delete_months_to_rebuild() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where (year, month) in (select year, month from {{ ref('int_months_to_rebuild') }})
    {%- endif -%}
{%- endmacro %}

{#- The rows of an order that belong into this build. `orders` is an alias with `order_month`. -#}
{% macro in_months_to_rebuild(orders) -%}
    {%- if is_incremental() -%}
        {{ orders }}.order_month in (select order_month from {{ ref('int_months_to_rebuild') }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- dbt must know the dependency when it parses, when nothing is incremental yet. -#}
{% macro depends_on_months_to_rebuild() -%}
    {%- if target.type == 'duckdb' and not execute -%}
        {%- do ref('int_months_to_rebuild') -%}
    {%- endif -%}
{%- endmacro %}

{#- Orders and their stay as the copied facts hold them, or nothing on a first build: read past `ref`, since the fact
    is built from the model that asks. -#}
{% macro published_orders() -%}
    {%- set facts = load_cached_relation(api.Relation.create(
        database=target.database, schema=generate_schema_name('gold', none), identifier='fact_orders', type='table'
    )) if execute else none -%}
    {%- if facts is none -%}
        (select cast(null as varchar) as order_id, cast(null as varchar) as customer_key where false)
    {%- else -%}
        {{ facts }}
    {%- endif -%}
{%- endmacro %}
