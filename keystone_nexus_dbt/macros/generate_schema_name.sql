{# Schemas have plain names on DuckDB. On Athena every table that a build makes is in one database. #}
{% macro generate_schema_name(custom_schema_name, node=none) -%}
    {%- if target.type == 'athena' -%}
        {{ target.schema }}
    {%- else -%}
        {{ custom_schema_name | trim if custom_schema_name else target.schema }}
    {%- endif -%}
{%- endmacro %}
