-- Persons by recency, frequency and monetary value. Each score is a fifth of all persons in a total order (ties go by
-- person), so 97 % of them, who bought once, share the frequency scores by no merit of theirs: segments look at the
-- number of orders itself.
with orders as (

    select * from {{ ref('int_order_measures') }}

),

customers as (

    select * from {{ ref('dim_customer') }}
    where customer_key <> {{ unknown_key() }}

),

span as (

    select max(purchase_date) as last_day from orders

),

persons as (

    select
        customer_unique_id,
        min(purchase_date) as first_order_date,
        max(purchase_date) as last_order_date,
        count(*) as frequency
    from orders
    where customer_unique_id is not null
    group by customer_unique_id

),

measured as (

    select
        persons.customer_unique_id,
        customers.state,
        persons.first_order_date,
        persons.last_order_date,
        {{ days_between('persons.last_order_date', 'span.last_day') }} as recency_days,
        cast(persons.frequency as integer) as frequency,
        customers.customer_lifetime_value as monetary
    from persons
    inner join customers on persons.customer_unique_id = customers.customer_unique_id
    cross join span
    where customers.is_current

),

ranked as (

    select
        *,
        count(*) over () as persons,
        row_number() over (order by recency_days desc, customer_unique_id asc) as recency_turn,
        row_number() over (order by frequency asc, customer_unique_id asc) as frequency_turn,
        row_number() over (order by monetary asc, customer_unique_id asc) as monetary_turn
    from measured

),

scored as (

    select
        *,
        {{ fifth('recency_turn', 'persons') }} as recency_score,
        {{ fifth('frequency_turn', 'persons') }} as frequency_score,
        {{ fifth('monetary_turn', 'persons') }} as monetary_score
    from ranked

),

final as (

    select
        customer_unique_id,
        state,
        first_order_date,
        last_order_date,
        recency_days,
        frequency,
        monetary,
        recency_score,
        frequency_score,
        monetary_score,
        case
            when frequency > 1 and recency_score >= 4 then 'champions'
            when frequency > 1 and recency_score = 3 then 'loyal'
            when frequency > 1 then 'at_risk'
            when recency_score >= 4 and monetary_score >= 4 then 'promising'
            when recency_score >= 4 then 'new'
            when recency_score = 3 then 'needs_attention'
            when monetary_score >= 4 then 'lapsed_high_value'
            else 'lost'
        end as segment
    from scored

)

select * from final
