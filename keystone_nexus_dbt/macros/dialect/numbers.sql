{#- An integer type that holds the product of two amounts in cents, 1e12 times 1e12, exactly. -#}
{% macro wide_integer() -%}
    {{ return(adapter.dispatch('wide_integer')()) }}
{%- endmacro %}

{% macro default__wide_integer() -%}
    decimal(38, 0)
{%- endmacro %}

{% macro duckdb__wide_integer() -%}
    hugeint
{%- endmacro %}

{#- The whole part of a quotient of non-negative integers. Trino rounds where it divides decimals of scale 0. -#}
{% macro integer_divide(dividend, divisor) -%}
    {{ return(adapter.dispatch('integer_divide')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__integer_divide(dividend, divisor) -%}
    ((({{ dividend }}) - mod({{ dividend }}, {{ divisor }})) / ({{ divisor }}))
{%- endmacro %}

{% macro duckdb__integer_divide(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}

{#- A quotient of non-negative integers as decimal(18,6), rounded half up from the exact value; null over zero. -#}
{% macro ratio(dividend, divisor) -%}
    cast(
        cast(
            {{ integer_divide(
                "2000000 * cast(" ~ dividend ~ " as " ~ wide_integer() ~ ") + cast(" ~ divisor ~ " as " ~ wide_integer() ~ ")",
                "2 * cast(nullif(" ~ divisor ~ ", 0) as " ~ wide_integer() ~ ")"
            ) }} as decimal(24, 0)
        ) * cast(0.000001 as decimal(6, 6)) as decimal(18, 6)
    )
{%- endmacro %}

{#- Money as whole cents, and back. -#}
{% macro to_cents(money) -%}
    cast({{ money }} * 100 as bigint)
{%- endmacro %}

{% macro from_cents(cents) -%}
    cast(cast({{ cents }} as decimal(18, 0)) * cast(0.01 as decimal(2, 2)) as decimal(12, 2))
{%- endmacro %}
