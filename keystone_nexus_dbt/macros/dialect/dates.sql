{#- The type of a time of gold: Hive tables hold milliseconds. -#}
{% macro timestamp_type() -%}
    {{ return(adapter.dispatch('timestamp_type')()) }}
{%- endmacro %}

{% macro default__timestamp_type() -%}
    timestamp(3)
{%- endmacro %}

{% macro duckdb__timestamp_type() -%}
    timestamp
{%- endmacro %}

{#- Days between the dates of two times. Of times, Trino would count whole 24 hours and DuckDB midnights. -#}
{% macro days_between(earlier, later) -%}
    cast(date_diff('day', cast({{ earlier }} as date), cast({{ later }} as date)) as integer)
{%- endmacro %}

{#- A date as yyyymmdd, the key of dim_date. -#}
{% macro date_id(day) -%}
    cast(
        extract(year from {{ day }}) * 10000 + extract(month from {{ day }}) * 100 + extract(day from {{ day }}) as integer
    )
{%- endmacro %}

{#- ISO day of the week: Monday 1, Sunday 7. -#}
{% macro iso_day_of_week(day) -%}
    {{ return(adapter.dispatch('iso_day_of_week')(day)) }}
{%- endmacro %}

{% macro default__iso_day_of_week(day) -%}
    day_of_week({{ day }})
{%- endmacro %}

{% macro duckdb__iso_day_of_week(day) -%}
    isodow({{ day }})
{%- endmacro %}

{#- An array of all days between two dates, both included; null where there are none. -#}
{% macro every_day(first, last) -%}
    {{ return(adapter.dispatch('every_day')(first, last)) }}
{%- endmacro %}

{% macro default__every_day(first, last) -%}
    sequence({{ first }}, {{ last }}, interval '1' day)
{%- endmacro %}

{% macro duckdb__every_day(first, last) -%}
    generate_series({{ first }}, {{ last }}, interval '1' day)
{%- endmacro %}
