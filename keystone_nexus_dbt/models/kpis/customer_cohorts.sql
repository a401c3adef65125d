-- Who came back: persons by the month of their first order, and in how many of the months since they ordered. Months
-- in which nobody of a cohort ordered are there too.
with orders as (

    select * from {{ ref('int_order_measures') }}

),

months as (

    select month from {{ ref('monthly_sales') }}

),

cohorts as (

    select
        cohort_month,
        count(distinct customer_unique_id) as customers
    from orders
    where customer_unique_id is not null
    group by cohort_month

),

activity as (

    select
        cohort_month,
        purchase_month,
        count(distinct customer_unique_id) as active_customers,
        count(*) as orders,
        sum(payment_value) as payment_value
    from orders
    where customer_unique_id is not null
    group by cohort_month, purchase_month

),

final as (

    select
        cohorts.cohort_month,
        {{ months_between('cohorts.cohort_month', 'months.month') }} as months_since,
        cohorts.customers,
        coalesce(activity.active_customers, 0) as active_customers,
        {{ mean('coalesce(activity.active_customers, 0)', 'cohorts.customers') }} as retention,
        coalesce(activity.orders, 0) as orders,
        cast(coalesce(activity.payment_value, 0) as decimal(18, 2)) as payment_value
    from cohorts
    inner join months on cohorts.cohort_month <= months.month
    left join activity
        on cohorts.cohort_month = activity.cohort_month and months.month = activity.purchase_month

)

select * from final
