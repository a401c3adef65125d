"""What is claimed of gold: a sentence, the query that gives its figures, and what to keep in mind about them.

Queries are standard SQL, so that DuckDB and Athena answer them alike. Every figure in a sentence is a cell of the
query's answer: a ratio is computed by the query and not beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from keystone_nexus.analytics import words
from keystone_nexus.analytics.markdown import escaped

Row = dict[str, Any]
ENOUGH = 100
"""Deliveries below which a share of late ones says little of a state, a route or a month."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`say` makes the sentence from the rows, which are at least one; `nothing` is said where there is none."""

    title: str
    sql: str
    say: Callable[[Sequence[Row]], str]
    caveat: str
    nothing: str


def bold(text: object) -> str:
    return f"**{text}**"


def name(text: object) -> str:
    """A name from the data."""
    return bold(escaped(text))


def _top_categories(rows: Sequence[Row]) -> str:
    listed = [
        f"{name(r['category_name'])} ({bold(words.money(r['revenue']))}, {words.share(r['revenue_share'])} of revenue)"
        for r in rows
    ]
    said = "First by revenue is " + ", then ".join(listed) + f"; together {bold(words.share(rows[0]['share_of_all']))}."
    return said + f" By units {name(rows[0]['first_by_units'])} leads."


TOP_CATEGORIES = Claim(
    "The top three categories by revenue",
    """
select
    category_name,
    revenue,
    revenue_share,
    units,
    sum(revenue_share) over () as share_of_all,
    (select max(category_name) from gold.category_performance where units_rank = 1) as first_by_units
from gold.category_performance
where revenue_rank <= 3
order by revenue_rank
""",
    _top_categories,
    "Revenue is the sum of the items' prices over orders of any status, without freight. A category of cheap items can "
    "lead by units and not by revenue.",
    "No item was sold in this period.",
)


def _late_overall(rows: Sequence[Row]) -> str:
    (row,) = rows
    return (
        f"{bold(words.count(row['late']))} of {bold(words.count(row['deliveries']))} deliveries were late: "
        f"{bold(words.share(row['late_share']))}. A delivery took {bold(words.number(row['days']) + ' days')} on average."
    )


LATE_OVERALL = Claim(
    "How many deliveries are late",
    """
select
    count(*) as deliveries,
    sum(case when is_late then 1 else 0 end) as late,
    sum(case when is_late then 1e0 else 0e0 end) / count(*) as late_share,
    avg(cast(delivery_days as double)) as days
from gold.fact_orders
where is_late is not null and order_status = 'delivered'
having count(*) > 0
""",
    _late_overall,
    "Late means: delivered on a later date than estimated. Counted by timestamp against the estimate's midnight there "
    "would be more. Orders that never arrived are not in it, so this is not the share of disappointed customers.",
    "No deliveries in this period.",
)


def _late_month(rows: Sequence[Row]) -> str:
    worst = rows[0]
    return (
        f"The worst month is {bold(words.month(worst['month']))} with {bold(words.share(worst['late_share']))} late, "
        f"and the worst three hold {bold(words.share(worst['share_of_all_late']))} of all late deliveries."
    )


LATE_MONTH = Claim(
    "When: the month of purchase",
    f"""
with months as (
    select
        month,
        deliveries,
        late_deliveries,
        late_share,
        row_number() over (order by late_share desc, month) as place,
        sum(late_deliveries) over () as late_in_all
    from gold.monthly_sales
    where deliveries >= {ENOUGH}
)

select
    month,
    deliveries,
    late_deliveries,
    late_share,
    sum(late_deliveries) over () * 1e0 / nullif(late_in_all, 0) as share_of_all_late
from months
where place <= 3
order by place
""",
    _late_month,
    f"Months of at least {ENOUGH} deliveries. That a month was bad says when, and not why: gold holds nothing of "
    "strikes, weather or carriers.",
    f"No month has {ENOUGH} deliveries.",
)


def _late_distance(rows: Sequence[Row]) -> str:
    near, far = rows[0], rows[-1]
    if len(rows) == 1:
        return f"All routes are {bold(near['distance'])}: {bold(words.share(near['late_share']))} of their deliveries are late."
    return (
        f"On routes {bold(near['distance'])} {bold(words.share(near['late_share']))} of deliveries are late, "
        f"{bold(far['distance'])} {bold(words.share(far['late_share']))}; they take {bold(words.number(near['days'], 1))} and "
        f"{bold(words.number(far['days'], 1))} days."
    )


LATE_DISTANCE = Claim(
    "How far: distance",
    """
with banded as (
    select
        case
            when distance_km < 250 then 'under 250 km'
            when distance_km < 750 then '250 to 750 km'
            when distance_km < 1500 then '750 to 1,500 km'
            else 'over 1,500 km'
        end as distance,
        distance_km,
        deliveries,
        late_deliveries,
        delivery_days_mean * deliveries as days
    from gold.regional_logistics
    where distance_km is not null and deliveries > 0
)

select
    distance,
    sum(deliveries) as deliveries,
    sum(late_deliveries) * 1e0 / sum(deliveries) as late_share,
    sum(days) * 1e0 / sum(deliveries) as days
from banded
group by distance
order by min(distance_km)
""",
    _late_distance,
    "Distance is the route's mean from the seller's to the customer's zip code prefix as the crow flies. An order with "
    "sellers in two states counts on both routes. Late is measured against the estimate, which allows for distance "
    "already.",
    "No delivery in this period has a route with a known distance.",
)


def _late_state(rows: Sequence[Row]) -> str:
    worst = rows[0]
    most = max(rows, key=lambda r: r["late_deliveries"])
    return (
        f"In {name(worst['state'])} {bold(words.share(worst['late_share']))} of deliveries are late, the highest share. "
        f"The most late deliveries are in {name(most['state'])}: {bold(words.count(most['late_deliveries']))}, "
        f"{bold(words.share(most['part_of_all_late']))} of all."
    )


LATE_STATE = Claim(
    "Where to: the customer's state",
    f"""
with counted as (
    select
        state,
        deliveries,
        late_deliveries,
        late_share,
        late_deliveries * 1e0 / nullif(sum(late_deliveries) over (), 0) as part_of_all_late
    from gold.state_performance
),

ranked as (
    select
        *,
        row_number() over (order by late_share desc, state) as by_share,
        row_number() over (order by late_deliveries desc, state) as by_number
    from counted
    where deliveries >= {ENOUGH}
)

select
    state,
    deliveries,
    late_deliveries,
    late_share,
    part_of_all_late
from ranked
where by_share <= 5 or by_number = 1
order by by_share
""",
    _late_state,
    f"States of at least {ENOUGH} deliveries. State and distance go together, so they are rather one "
    "effect seen twice than two that add up.",
    f"No state has {ENOUGH} deliveries.",
)


def _late_route(rows: Sequence[Row]) -> str:
    worst = rows[0]
    return (
        f"The worst route is from {name(worst['seller_state'])} to {name(worst['state'])}: "
        f"{bold(words.share(worst['late_share']))} of {bold(words.count(worst['deliveries']))} deliveries late over "
        f"{bold(words.number(worst['distance_km'], 0) + ' km')}, nine of ten arrive within {bold(worst['delivery_days_p90'])} days."
    )


LATE_ROUTE = Claim(
    "From where: the seller's route",
    f"""
select
    seller_state,
    state,
    deliveries,
    late_share,
    distance_km,
    delivery_days_p90
from gold.regional_logistics
where deliveries >= {ENOUGH}
order by late_share desc, seller_state, state
limit 5
""",
    _late_route,
    f"Routes of at least {ENOUGH} deliveries. A share of so few deliveries moves by some percentage points by chance.",
    f"No route has {ENOUGH} deliveries.",
)


def _late_cost(rows: Sequence[Row]) -> str:
    (row,) = rows
    if row["late_score"] is None or row["on_time_score"] is None:
        only = "late" if row["on_time_score"] is None else "on time"
        score = row["late_score"] if only == "late" else row["on_time_score"]
        return f"All reviewed deliveries were {only}: they score {bold(words.number(score))} of 5."
    return (
        f"A late delivery scores {bold(words.number(row['late_score']))} of 5, one on time "
        f"{bold(words.number(row['on_time_score']))}: {bold(words.number(abs(row['cost'])))} points {'less' if row['cost'] >= 0 else 'more'}. "
        f"{bold(words.share(row['late_bad']))} of late ones get 1 or 2 stars, {bold(words.share(row['on_time_bad']))} of those on time."
    )


LATE_COST = Claim(
    "What lateness costs: the review score",
    """
with reviewed as (
    select
        orders.is_late,
        reviews.review_score,
        case when reviews.review_score <= 2 then 1e0 else 0e0 end as bad
    from gold.fact_reviews as reviews
    inner join gold.fact_orders as orders on reviews.order_id = orders.order_id
    where orders.is_late is not null and orders.order_status = 'delivered'
)

select
    count(*) as reviews,
    avg(case when is_late then cast(review_score as double) end) as late_score,
    avg(case when not is_late then cast(review_score as double) end) as on_time_score,
    avg(case when not is_late then cast(review_score as double) end)
    - avg(case when is_late then cast(review_score as double) end) as cost,
    avg(case when is_late then bad end) as late_bad,
    avg(case when not is_late then bad end) as on_time_bad
from reviewed
having count(*) > 0
""",
    _late_cost,
    "A comparison, not an experiment: late orders may differ in distance and price as well. The score is of the whole order, and a review may "
    "be written before the delivery.",
    "No delivery in this period has a review.",
)


def _value(rows: Sequence[Row]) -> str:
    by = {r["value_cohort"]: r for r in rows}
    high, low = by.get("high"), by.get("low")
    if high is None or low is None:
        return f"There are {bold(words.count(rows[0]['customers']))} customers, too few to compare high value with the rest."
    return (
        f"The fifth of customers who paid most ({bold(words.count(high['customers']))} persons) brought "
        f"{bold(words.share(high['payment_share']))} of all payments: {bold(words.money(high['customer_lifetime_value_mean']))} each, "
        f"the rest {bold(words.money(low['customer_lifetime_value_mean']))}. They placed "
        f"{bold(words.number(high['orders_per_customer']))} orders each against {bold(words.number(low['orders_per_customer']))}, at "
        f"{bold(words.money(high['average_order_value']))} an order against {bold(words.money(low['average_order_value']))}."
    )


VALUE = Claim(
    "High value against the rest",
    """
select
    value_cohort,
    customers,
    payment_share,
    customer_lifetime_value_mean,
    orders_per_customer,
    average_order_value
from gold.customer_value_cohorts
order by value_cohort
""",
    _value,
    "Value is what a person has paid so far, over the period of the data and not over a lifetime. High value is defined "
    "as the top fifth, so a concentration is expected; its size is the finding.",
    "No customer ordered in this period.",
)


def _returning(rows: Sequence[Row]) -> str:
    (row,) = rows
    return (
        f"{bold(words.count(row['returning']))} of {bold(words.count(row['persons']))} persons ordered more than once "
        f"({bold(words.share(row['returning_share']))}); they brought {bold(words.share(row['payment_share']))} of payments, "
        f"{bold(words.money(row['paid_returning']))} each against {bold(words.money(row['paid_once']))}."
    )


RETURNING = Claim(
    "Who returns",
    """
select
    count(*) as persons,
    sum(case when frequency > 1 then 1 else 0 end) as returning,
    sum(case when frequency > 1 then 1e0 else 0e0 end) / count(*) as returning_share,
    sum(case when frequency > 1 then monetary else 0 end) * 1e0 / nullif(sum(monetary), 0) as payment_share,
    avg(case when frequency > 1 then cast(monetary as double) end) as paid_returning,
    avg(case when frequency = 1 then cast(monetary as double) end) as paid_once
from gold.customer_rfm
having count(*) > 0
""",
    _returning,
    "A person is a `customer_unique_id`. Those who bought near the end of the data have had little time to return, and two "
    "orders of one day count as returning.",
    "No customer ordered in this period.",
)


def _segments(rows: Sequence[Row]) -> str:
    first = rows[0]
    lapsed = next((r for r in rows if r["segment"] == "lapsed_high_value"), None)
    said = (
        f"The segment that paid most is {name(first['segment'])}: {bold(words.count(first['persons']))} persons, "
        f"{bold(words.share(first['payment_share']))} of payments."
    )
    if lapsed is None or lapsed is first:
        return said
    return said + (
        f" {name(lapsed['segment'])} (paid much once, and long ago) holds {bold(words.count(lapsed['persons']))} "
        f"persons and {bold(words.share(lapsed['payment_share']))}: whom to win back first."
    )


SEGMENTS = Claim(
    "The segments that paid most",
    """
select
    segment,
    count(*) as persons,
    sum(monetary) as paid,
    sum(monetary) * 1e0 / nullif(sum(sum(monetary)) over (), 0) as payment_share
from gold.customer_rfm
group by segment
order by paid desc, segment
""",
    _segments,
    "Segments come from fifths by recency and money, and from whether somebody ordered more than once: `champions`, "
    "`loyal` and `at_risk` did, by recency. Fifths are relative: there is always a top one.",
    "No customer ordered in this period.",
)

SECTIONS: dict[str, tuple[Claim, ...]] = {
    "What brings the revenue": (TOP_CATEGORIES,),
    "What drives late deliveries, and what they cost": (
        LATE_OVERALL,
        LATE_MONTH,
        LATE_DISTANCE,
        LATE_STATE,
        LATE_ROUTE,
        LATE_COST,
    ),
    "Who the valuable customers are": (VALUE, RETURNING, SEGMENTS),
}
