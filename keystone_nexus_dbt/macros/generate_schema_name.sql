{# Schemas have plain names; an environment's prefix (Athena) goes here. #}
{% macro generate_schema_name(custom_schema_name, node=none) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
