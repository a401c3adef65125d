"""Reviews of orders: mostly one each, some none, some two; orders placed together can share one."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from keystone_nexus.source.synthetic import facts, texts
from keystone_nexus.source.synthetic.columns import NULL, blank, hexes, times
from keystone_nexus.source.synthetic.draw import Bools, Floats, Ints
from keystone_nexus.source.synthetic.orders import (
    DAY,
    HOUR,
    Orders,
    Timeline,
    World,
    make_orders,
    make_timeline,
    order_ids,
    seconds,
)

LATE_NOTICE = 2
"""Days after the estimated one on which the question is sent though nothing has arrived."""
_SCORES = np.cumsum(np.array(list(facts.SCORES.values())), axis=1)
_MOOD = np.array([0, 0, 0, 1, 1, 2])
"""By score."""


def reviews(world: World, rows: Ints) -> pl.DataFrame:
    """Rows of the reviews file: those of the orders at `rows`."""
    slot, number = world.slots("reviews", rows)
    copies, shared = _how_many(world, slot)
    owner = np.repeat(np.arange(slot.size), copies)
    second = np.concatenate([[False], owner[1:] == owner[:-1]])
    # A shared review is that of the person's first order, whose slot is the person's number.
    rated = np.where(shared, slot - world.plan.persons, slot)
    o = make_orders(world, rated)
    t = make_timeline(world, o)
    key = rated[owner] + second * world.plan.orders
    score = _score(world, t, owner, key)
    created = _created(world, o, t)[owner]
    answered = created + (world.plan.draw.quantile("review/answer", key, facts.ANSWER_DAYS) * DAY).astype(np.int64)
    undated, unanswered = _gaps(world, rated[owner], second)
    frame = pl.DataFrame(
        [
            hexes(world.plan.draw, "review", key),
            order_ids(world, number[owner]),
            pl.Series(score),
            _text(world, "title", score, key),
            _text(world, "message", score, key),
            times(np.where(undated, NULL, created)),
            times(np.where(undated | unanswered, NULL, answered)),
        ]
    )
    return frame[np.argsort(world.plan.draw.bits("review/mix", number[owner] * 2 + second), kind="stable")]


def _how_many(world: World, slot: Ints) -> tuple[Ints, Bools]:
    """Reviews of each order, and whether it is rated together with its person's first one.

    The last of the first orders have none, those before them two: slots are random in every other way.
    """
    plan = world.plan
    shared = (slot >= plan.persons) & (slot < plan.persons + world.shared)
    none = plan.persons - plan.rare(facts.WITHOUT_REVIEW)
    two = none - plan.rare(facts.SECOND_REVIEWS)
    copies = np.ones(slot.size, dtype=np.int64)
    copies[(slot >= two) & (slot < none)] = 2
    copies[(slot >= none) & (slot < plan.persons)] = 0
    return copies, shared


def _score(world: World, t: Timeline, owner: Ints, key: Ints) -> Ints:
    fate = np.where(t.delivered == NULL, 0, np.where(t.late, 2, 1))[owner]
    u = world.plan.draw.unit("review/score", key)
    return 1 + (u[:, None] >= _SCORES[fate, :-1]).sum(axis=1)


def _created(world: World, o: Orders, t: Timeline) -> Ints:
    """A midnight: after the delivery, or when that is overdue; rarely, by mistake, before the purchase."""
    draw = world.plan.draw
    notice = t.estimated + LATE_NOTICE * DAY
    arrived = np.where(t.delivered == NULL, notice, t.delivered + 18 * HOUR)
    day = np.minimum(arrived, notice) // DAY
    # The question never comes before the purchase by itself, nor after the end.
    day = np.minimum(np.maximum(day, o.purchase // DAY + 1), seconds(facts.END) // DAY)
    wrong = draw.chance("review/early", o.slot, facts.EARLY_REVIEWS / facts.ORDERS)
    wrong &= o.purchase > seconds("2017-03-01")  # reviews began in October 2016
    return np.where(wrong, o.purchase // DAY - draw.below("review/early by", o.slot, 60), day) * DAY


def _gaps(world: World, slot: Ints, second: Bools) -> tuple[Bools, Bools]:
    """Reviews without any date, and those with a creation date and no answer."""
    plan = world.plan
    # From the persons who have one order, and behind those whose reviews are shared or doubled.
    start = plan.persons // 2
    middle = start + plan.rare(facts.UNDATED_REVIEWS)
    end = middle + plan.rare(facts.UNANSWERED_REVIEWS)
    return (slot >= start) & (slot < middle) & ~second, (slot >= middle) & (slot < end) & ~second


@cache
def _texts(field: str) -> tuple[texts.Phrases, Floats]:
    """The phrases of a text field, and the share of the reviews of each score (from 0) that have it."""
    if field == "title":
        return texts.titles(), np.array([0, *facts.TITLES])
    return texts.messages(), np.array([0, *facts.MESSAGES])


def _text(world: World, field: str, score: Ints, key: Ints) -> pl.Series:
    """A phrase of the score's mood, or null."""
    draw = world.plan.draw
    phrases, shares = _texts(field)
    mood = _MOOD[score]
    u = draw.unit(f"review/{field}", key)
    phrase = np.array(phrases.first)[mood] + (u * np.array(phrases.count)[mood]).astype(np.int64)
    written = draw.chance(f"review/has {field}", key, shares[score])
    return blank(phrases.text.gather(phrase), ~written)
