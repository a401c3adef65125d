"""The slides, in order. A title says the slide's point; a figure that gold cannot give is a dash, and is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pptx.presentation import Presentation

from keystone_nexus.analytics.deck import diagram
from keystone_nexus.analytics.deck.layout import MARGIN, WIDTH, bars, line, new_slide, text, tiles
from keystone_nexus.analytics.deck.story import Story
from keystone_nexus.analytics.provenance import Provenance
from keystone_nexus.analytics.words import NONE, count, money, month, number, rounded, share, short_money
from keystone_nexus.cost.prices import as_of, choices, sources

LEFT, RIGHT = (MARGIN, 1.6, 7.4, 5.2), (8.3, 1.7, WIDTH - 8.3 - MARGIN, 5.0)
BODY = (MARGIN, 1.7, WIDTH - 2 * MARGIN, 5.0)
MONEY, WHOLE, SHARE, SCORE = '"R$" #,##0', "#,##0", "0.0%", "0.00"


def summary(deck: Presentation, story: Story, foot: str) -> None:
    totals, peak = story.totals, story.peak
    slide = new_slide(
        deck, f"{short_money(totals['revenue'])} of sales in {count(totals['orders'])} orders, every figure checked", foot,
        "One minute. What this is: Olist's marketplace, all orders of the data, in one lakehouse whose figures add up to "
        "the cent. Three findings follow: where revenue comes from, what late deliveries cost, who the valuable customers are.",
    )  # fmt: skip
    tiles(
        slide,
        [
            ("revenue", short_money(totals["revenue"]), "revenue, all orders"),
            ("orders", count(totals["orders"]), "orders"),
            ("customers", count(totals["customers"]), "customers"),
            ("average_order_value", money(totals["average_order_value"]), "average order value"),
        ],
        1.7,
    )
    tiles(
        slide,
        [
            ("review_score", number(totals["review_score"]), "mean review score of 5"),
            ("late_share", share(story.late_share), "of deliveries came late"),
            ("delivery_days_mean", number(totals["delivery_days_mean"], 1), "days to deliver, mean"),
            ("items", count(totals["items"]), "items sold"),
        ],
        3.4,
    )
    best = (
        f"Best month: {month(peak['month'])} with {short_money(peak['revenue'])}."
        if peak
        else "No sales in this period."
    )
    text(slide, [best, "An order is late when it is delivered on a later date than estimated."], (MARGIN, 5.3, 12, 1.2))


def trend(deck: Presentation, story: Story, foot: str) -> None:
    whole = story.months.filter(~story.months["is_partial"])
    peak = story.peak
    said = (
        f"Sales grew to {short_money(peak['revenue'])} in {month(peak['month'])}" if peak else "No sales in this period"
    )
    slide = new_slide(
        deck, f"{said}; the platform shows it the day after", foot,
        "One minute. Business value: one place for the figures, refreshed daily, late and wrong records repaired by "
        "themselves. Partial months at the edges are left out of the chart.",
    )  # fmt: skip
    labels = [f"{m:%b %y}" for m in whole["month"]]
    line(slide, "Revenue by month, whole months [BRL]", labels, whole["revenue"].to_list(), MONEY, LEFT)
    text(
        slide,
        [
            "• One version of every figure: dashboard, notebook and this deck read the same tables.",
            "• A late or corrected order repairs its own day and month; nothing else is touched.",
            "• What cannot be trusted is kept apart with its reason, never dropped and never shown.",
            "• A failed check leaves yesterday's good figures in place.",
        ],
        RIGHT,
        size=16,
    )


def solution(deck: Presentation, foot: str, provenance: Provenance) -> None:
    slide = new_slide(
        deck, "From file or event to slide in one graph, with a gate at each step", foot,
        "One minute. Files and events land unchanged in bronze. Silver is clean, by day. Rejected rows wait in quarantine "
        "with their reasons. Gold is published only when all tests passed. The same graph runs on a laptop and on AWS.",
    )  # fmt: skip
    diagram.draw(slide)
    text(slide, [f"Now: {provenance.gates}."], (MARGIN, 6.2, 12, 0.5), size=14)


def categories(deck: Presentation, story: Story, foot: str) -> None:
    top = story.categories.head(3)
    names = ", ".join(plain(n) for n in top["category_name"])
    part = sum(top["revenue_share"], Decimal(0)) if top.height else None
    slide = new_slide(
        deck, f"Finding 1: three categories bring {share(part)} of revenue" if top.height else "Finding 1: nothing was sold",
        foot, "Two minutes. The leader by revenue is not the leader by units: price and volume are two different games.",
    )  # fmt: skip
    bars(
        slide, "Revenue by category [BRL]", [plain(n) for n in story.categories["category_name"]],
        story.categories["revenue"].to_list(), MONEY, LEFT,
    )  # fmt: skip
    units = story.categories.sort("units", descending=True).head(1)
    said = [f"• By revenue: {names}."] if top.height else []
    if units.height:
        row = units.row(0, named=True)
        said.append(f"• By units among them: {plain(row['category_name'])} with {count(row['units'])}.")
    text(slide, [*said, "• Revenue is the price of items, over all orders whatever came of them."], RIGHT, size=16)


def lateness(deck: Presentation, story: Story, foot: str) -> None:
    late, on_time = story.score("late"), story.score("on time")
    gap = rounded(on_time, 2) - rounded(late, 2) if late is not None and on_time is not None else None
    title = f"Finding 2: a late delivery costs {number(gap)} points of review score" if gap is not None else (
        "Finding 2: no deliveries to compare in this period"
    )  # fmt: skip
    slide = new_slide(
        deck, title, foot,
        "Two minutes. Reviews of late orders against those that came in time. It is a correlation, large and steady over "
        "states; distance and the seller's dispatch explain most of the lateness.",
    )  # fmt: skip
    bars(slide, "Mean review score", story.lateness["delivery"].to_list(), story.lateness["review_score"].to_list(), SCORE,
         (MARGIN, 1.6, 5.6, 2.6))  # fmt: skip
    bars(slide, "Share of late deliveries by customer's state (100 deliveries and more)", story.states["state"].to_list(),
         story.states["late_share"].to_list(), SHARE, (MARGIN, 4.2, 5.6, 2.7))  # fmt: skip
    text(
        slide,
        [
            f"• On time: {number(on_time)} of 5; late: {number(late)}.",
            f"• {share(story.late_share)} of deliveries came late: {count(story.totals['late_deliveries'])} "
            f"of {count(story.totals['deliveries'])}.",
            "• Late means: delivered on a later date than estimated.",
        ],
        (6.7, 1.9, 6.0, 4.5),
        size=18,
    )


def customers(deck: Presentation, story: Story, foot: str) -> None:
    high = story.cohort("high")
    title = (
        f"Finding 3: {share(Decimal(high['customers']) / story.totals['customers'], 0)} of customers pay "
        f"{share(high['payment_share'], 0)} of all payments" if high and story.totals["customers"] else
        "Finding 3: no customers in this period"
    )  # fmt: skip
    slide = new_slide(
        deck, title, foot,
        "Two minutes. High value: the fifth of persons who paid most. Few come back at all, so the value is in the basket: "
        "keep them by service, win them back by segment.",
    )  # fmt: skip
    bars(
        slide, "Payments by segment [BRL]", [plain(n) for n in story.segments["segment"]], story.segments["payments"].to_list(), MONEY, LEFT
    )  # fmt: skip
    said = []
    if high:
        said = [
            f"• {count(high['customers'])} persons of high value, {money(high['customer_lifetime_value_mean'])} each.",
            f"• Their average order: {money(high['average_order_value'])}, over all customers "
            f"{money(story.totals['average_order_value'])}.",
            f"• Their review score: {number(high['review_score'])}.",
        ]
    text(slide, said or ["No customers in this period."], RIGHT, size=16)


def recommendations(deck: Presentation, story: Story, foot: str) -> None:
    worst = ", ".join(story.states["state"].head(3).to_list()) or NONE
    top = ", ".join(plain(n) for n in story.categories["category_name"].head(3)) or NONE
    slide = new_slide(
        deck, "Recommendations: promise what is kept, look after those who pay", foot,
        "One minute. Each with the figure by which we would know that it worked; all are on the dashboard from the day on.",
    )  # fmt: skip
    text(
        slide,
        [
            f"1. Delivery: honest estimates and carriers first for {worst}. Measure: late share, now {share(story.late_share)}.",
            "2. Customers: a service level of their own for the high-value fifth. Measure: their review score and payments.",
            f"3. Range: stock and campaigns around {top}. Measure: revenue share and growth by month.",
            "4. Sellers: show each its late share and score against its peers. Measure: sellers above the mean late share.",
        ],
        BODY,
        size=20,
    )


def cost(deck: Presentation, foot: str) -> None:
    found = choices()
    ours, both = found[0], found[-1]
    slide = new_slide(
        deck, f"On AWS about ${ours.usd_a_month} a month by list prices; a warehouse with managed Airflow from ${both.usd_a_month:,}",
        foot, "One minute. Storage and queries cost cents at this size; what stands all month costs. Streaming is a switch, off "
        "by default. Prices are list prices, kept in one dated file with their sources.",
    )  # fmt: skip
    bars(
        slide,
        "US dollars a month",
        [one.name for one in found],
        [one.usd_a_month for one in found],
        '"$"#,##0',
        (MARGIN, 1.6, 7.4, 4.8),
    )
    text(slide, [f"• {one.name}: {one.what}." for one in found], RIGHT, size=15)
    text(slide, [f"{as_of()}; sources: {', '.join(sources())}"], (MARGIN, 6.55, 12, 0.4), size=9)


def risks(deck: Presentation, foot: str) -> None:
    slide = new_slide(
        deck,
        "Risks are known, and each has its answer",
        foot,
        "Half a minute. The first two are the ones to decide on.",
    )
    text(
        slide,
        [
            "• The data ends in 2018 and is a sample: findings are to be confirmed on current orders before money is spent.",
            "• Correlation is not cause: try the delivery promise in two states before all.",
            "• Wrong or late source data: rejected with its reason, counted against a budget, repaired when it is corrected.",
            "• A failed build or machine: the last good gold stays; the same command goes on where it was.",
            "• Personal data: marked in the contracts, masked for analysts, encrypted at rest and on its way.",
            "• Cost: budgets and alarms at $50 and $100; queries have a cutoff; streaming is off by default.",
        ],
        BODY,
        size=18,
    )


def questions(deck: Presentation, story: Story, foot: str) -> None:
    totals: dict[str, Any] = story.totals
    slide = new_slide(deck, "Appendix: questions that will come", foot, "Only on demand.")
    text(
        slide,
        [
            "• Why not Redshift? The data is small and queries are few: files in S3 and Athena cost cents, a node runs all month.",
            f"• Is revenue what was paid? No: it is the items' price, {money(totals['revenue'])}; freight comes on top.",
            "• Canceled orders? They are in orders and revenue; delivered revenue is a column of its own in every table.",
            "• How do you know that the figures are right? Sums equal the source to the cent, at each build, or it is not published.",
            "• How late is the data? Files: the next day at 02:00 UTC. Order events: a minute or two.",
            "• Who is a customer? A person over all orders; the source has one customer number for each order.",
        ],
        BODY,
        size=17,
    )


def plain(name: str) -> str:
    """`health_beauty` as people write it."""
    return name.replace("_", " ")
