{# yyyymmdd of a date or time. #}
{% macro date_id(column) -%}
    cast(extract(year from {{ column }}) * 10000 + extract(month from {{ column }}) * 100 + extract(day from {{ column }}) as integer)
{%- endmacro %}

{% macro month_of(column) -%}
    cast(date_trunc('month', {{ column }}) as date)
{%- endmacro %}

{# Money as whole cents, and back. #}
{% macro to_cents(amount) -%}
    cast(({{ amount }}) * 100 as bigint)
{%- endmacro %}

{% macro from_cents(cents) -%}
    cast(cast({{ cents }} as decimal(14, 0)) * cast(0.01 as decimal(3, 2)) as decimal(12, 2))
{%- endmacro %}

{# An integer as one of the widest type, and the exact product of two: cents times cents pass 64 bits. #}
{% macro exact(number) -%}
    cast({{ number }} as {{ exact_integer() }})
{%- endmacro %}

{% macro product(a, b) -%}
    {{ exact(a) }} * {{ exact(b) }}
{%- endmacro %}

{# Sum over count as decimal(18,6), rounded half up from exact integers; null where there is nothing. #}
{% macro mean(total, rows) -%}
    cast(
        cast(
            {{ integer_division(
                "cast(2000000 as " ~ exact_integer() ~ ") * " ~ total ~ " + " ~ rows,
                "nullif(cast(2 as " ~ exact_integer() ~ ") * " ~ rows ~ ", 0)"
            ) }} as decimal(18, 0)
        ) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)
    )
{%- endmacro %}

{# The id of the member that stands for what is not known. #}
{% macro unknown_key() -%}
    {{ surrogate_key(["'unknown'"]) }}
{%- endmacro %}
