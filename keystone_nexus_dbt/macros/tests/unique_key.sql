{#- One test per model: no two rows share its key. Nulls are kept out by the contract. -#}
{% test unique_key(model, columns) %}

    select
        {{ columns | join(', ') }},
        count(*) as found
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1

{% endtest %}
