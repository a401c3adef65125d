{# What only Athena needs. #}

{# Silver by day is a request to S3 for each day and each time it is read: it is read once a build, and the models
   read the copy. DuckDB lists files for nothing. #}
{% macro daily_materialization() -%}
    {{ return('table' if target.type == 'athena' else 'ephemeral') }}
{%- endmacro %}

{% macro fact_partitions() -%}
    {{ return(['year', 'month'] if target.type == 'athena' else none) }}
{%- endmacro %}

{# A hive table knows no constraints: what the contract says is not null is asked once the table is there. On DuckDB
   the table itself refuses. #}
{% macro refuse_nulls() -%}
    {%- if execute and target.type == 'athena' -%}
        {%- set counts = [] -%}
        {%- for column in model.columns.values() -%}
            {%- if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
                {%- do counts.append('count(*) - count("' ~ column.name ~ '")') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if counts -%}
            {%- set nulls = run_query('select ' ~ counts | join(' + ') ~ ' from ' ~ this).columns[0].values()[0] -%}
            {%- if nulls -%}
                {%- do exceptions.raise_compiler_error(
                    this ~ ' has ' ~ nulls ~ ' nulls where its contract has not_null: keystone query names the rows'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
