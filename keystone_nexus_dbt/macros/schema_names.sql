{#- Schemas have their plain names (`gold`, `intermediate`), not dbt's `<target>_<schema>`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ schema_prefix() }}{{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

{#- The place for Athena's `<env>_`: one Glue catalog holds all environments, a DuckDB file holds one. -#}
{% macro schema_prefix() -%}
    {{ return(adapter.dispatch('schema_prefix')()) }}
{%- endmacro %}

{% macro default__schema_prefix() -%}
    {{ return('') }}
{%- endmacro %}
