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
    cast(cast({{ cents }} as decimal(18, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))
{%- endmacro %}

{# An integer as one of the widest type, and the exact product of two: cents times cents pass 64 bits. #}
{% macro exact(number) -%}
    cast({{ number }} as {{ exact_integer() }})
{%- endmacro %}

{% macro product(a, b) -%}
    {{ exact(a) }} * {{ exact(b) }}
{%- endmacro %}

{# Sum over count as decimal(18,6), rounded half up from exact integers; null where there is nothing, and where the
   value has more than twelve digits before the point. #}
{% macro mean(total, rows) -%}
    cast(
        try_cast(
            {{ integer_division(
                "cast(2000000 as " ~ exact_integer() ~ ") * " ~ total ~ " + " ~ rows,
                "nullif(cast(2 as " ~ exact_integer() ~ ") * " ~ rows ~ ", 0)"
            ) }} as decimal(18, 0)
        ) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)
    )
{%- endmacro %}

{# The same of an amount of money over a count, and of one amount over another. #}
{% macro mean_money(total, rows) -%}
    {{ mean(to_cents(total), '(100 * (' ~ rows ~ '))') }}
{%- endmacro %}

{% macro share_of_money(part, whole) -%}
    {{ mean(to_cents(part), to_cents(whole)) }}
{%- endmacro %}

{# Sums over many rows, 0 over none: of money, and of counts. #}
{% macro sum_money(amount) -%}
    cast(coalesce(sum({{ amount }}), 0) as decimal(18, 2))
{%- endmacro %}

{% macro sum_count(number) -%}
    cast(coalesce(sum({{ number }}), 0) as bigint)
{%- endmacro %}

{# The amount where the order was delivered, else 0. #}
{% macro if_delivered(amount) -%}
    case when order_status = 'delivered' then {{ amount }} else cast(0 as decimal(12, 2)) end
{%- endmacro %}

{# Nearest rank: the least value up to which there are at least so many per cent of all, from a histogram with the
   number of rows up to each value. An interpolated median is no value that occurred, and engines differ on it. #}
{% macro nearest_rank(value, rows_up_to, rows, percent) -%}
    cast(min(case when 100 * {{ rows_up_to }} >= {{ percent }} * {{ rows }} then {{ value }} end) as integer)
{%- endmacro %}

{# 1 to 5 by the turn among so many rows: fifths that differ by one row at most. #}
{% macro fifth(turn, rows) -%}
    cast({{ integer_division('5 * (' ~ turn ~ ' - 1)', rows) }} + 1 as integer)
{%- endmacro %}

{# Metres between two points on a sphere of the earth's mean radius (haversine), to the metre: sums of whole metres
   are the same in any order, sums of doubles are not. Null where either is not known, which has to be said: DuckDB's
   `least` skips nulls. #}
{% macro metres_between(lat_a, lng_a, lat_b, lng_b) -%}
    case
        when {{ lat_a }} is not null and {{ lat_b }} is not null
            then cast(
                round(
                    2 * cast(6371008.8 as double) * asin(
                        sqrt(
                            least(
                                cast(1 as double),
                                power(sin(radians({{ lat_b }} - {{ lat_a }}) / 2), 2)
                                + cos(radians({{ lat_a }})) * cos(radians({{ lat_b }}))
                                * power(sin(radians({{ lng_b }} - {{ lng_a }}) / 2), 2)
                            )
                        )
                    )
                ) as bigint
            )
    end
{%- endmacro %}

{# Whole months from one first day of a month to another. #}
{% macro months_between(first_month, last_month) -%}
    cast(
        12 * (extract(year from {{ last_month }}) - extract(year from {{ first_month }}))
        + extract(month from {{ last_month }}) - extract(month from {{ first_month }}) as integer
    )
{%- endmacro %}

{# The key of the member that stands for what is not known. It is made of the empty text, which is no id, so that a
   real id that reads `unknown` has a key of its own. #}
{% macro unknown_key() -%}
    {{ surrogate_key(["''"]) }}
{%- endmacro %}
