{#- A surrogate key: md5 in hex of the key's columns. A missing part is `unknown`, so that a missing id gets the key
    of the unknown member. -#}
{% macro surrogate_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("coalesce(" ~ column ~ ", '" ~ unknown() ~ "')") -%}
    {%- endfor -%}
    {{ md5_hex(parts | join(" || '|' || ")) }}
{%- endmacro %}

{#- The id of the member that stands for a missing one in each dimension but dim_date. -#}
{% macro unknown() -%}
    {{ return('unknown') }}
{%- endmacro %}

{% macro md5_hex(text) -%}
    {{ return(adapter.dispatch('md5_hex')(text)) }}
{%- endmacro %}

{% macro default__md5_hex(text) -%}
    lower(to_hex(md5(to_utf8({{ text }}))))
{%- endmacro %}

{% macro duckdb__md5_hex(text) -%}
    md5({{ text }})
{%- endmacro %}
