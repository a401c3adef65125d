{# What DuckDB and Trino (Athena) say differently. Everything else in the models is common to both. #}

{% macro surrogate_key(columns) %}{{ return(adapter.dispatch('surrogate_key')(columns)) }}{% endmacro %}

{% macro default__surrogate_key(columns) -%}
    md5({{ keystone_nexus.key_text(columns) }})
{%- endmacro %}

{% macro athena__surrogate_key(columns) -%}
    lower(to_hex(md5(to_utf8({{ keystone_nexus.key_text(columns) }}))))
{%- endmacro %}

{# The parts of a key as one text that no other parts give: each but the last stands behind its length, since any
   character may be part of an id. #}
{% macro key_text(columns) -%}
    {% for column in columns -%}
        {% set text = "coalesce(cast(" ~ column ~ " as varchar), '')" -%}
        {% if loop.last -%}
            {{ text }}
        {%- else -%}
            cast(length({{ text }}) as varchar) || ':' || {{ text }} || {# #}
        {%- endif -%}
    {%- endfor %}
{%- endmacro %}

{# Whole numbers large enough for cents times cents. #}
{% macro exact_integer() %}{{ return(adapter.dispatch('exact_integer')()) }}{% endmacro %}
{% macro default__exact_integer() %}hugeint{% endmacro %}
{% macro athena__exact_integer() %}decimal(38, 0){% endmacro %}

{# Quotient of exact integers, rounded down; both are positive or zero. #}
{% macro integer_division(dividend, divisor) -%}
    {{ return(adapter.dispatch('integer_division')(dividend, divisor)) }}
{%- endmacro %}
{% macro default__integer_division(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}
{% macro athena__integer_division(dividend, divisor) -%}
    ((({{ dividend }}) - mod(({{ dividend }}), ({{ divisor }}))) / ({{ divisor }}))
{%- endmacro %}

{# Whole days from one date to another. #}
{% macro days_between(first_date, last_date) -%}
    cast(date_diff('day', cast({{ first_date }} as date), cast({{ last_date }} as date)) as integer)
{%- endmacro %}

{# Monday is 1, Sunday 7 (ISO 8601). #}
{% macro iso_day_of_week(date_column) %}{{ return(adapter.dispatch('iso_day_of_week')(date_column)) }}{% endmacro %}
{% macro default__iso_day_of_week(date_column) -%}
    cast(isodow({{ date_column }}) as integer)
{%- endmacro %}
{% macro athena__iso_day_of_week(date_column) -%}
    cast(day_of_week({{ date_column }}) as integer)
{%- endmacro %}

{# A table function with one row per day, in column `date_day`. #}
{% macro days_from_to(first_date, last_date) -%}
    {{ return(adapter.dispatch('days_from_to')(first_date, last_date)) }}
{%- endmacro %}
{% macro default__days_from_to(first_date, last_date) -%}
    unnest(generate_series({{ first_date }}, {{ last_date }}, interval '1' day)) as days (date_day)
{%- endmacro %}
{% macro athena__days_from_to(first_date, last_date) -%}
    unnest(sequence({{ first_date }}, {{ last_date }}, interval '1' day)) as days (date_day)
{%- endmacro %}
