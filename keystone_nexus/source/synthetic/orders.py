"""Orders and customers, as functions of an order's slot.

Slots below `plan.persons` are each person's first order, the others further orders of the first persons. Two
permutations hang on a slot: its rank (which of `facts.KINDS` it is; orders without items first) and, for first
orders, its turn (the day). An order's number, which its identifier rises with, is the slot's place in a third.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from keystone_nexus.source.synthetic import facts
from keystone_nexus.source.synthetic.catalogue import Catalogue
from keystone_nexus.source.synthetic.columns import NULL, hexes, rising, times
from keystone_nexus.source.synthetic.draw import Bools, Floats, Ints, at
from keystone_nexus.source.synthetic.places import Places
from keystone_nexus.source.synthetic.plan import Plan, month_quotas
from keystone_nexus.source.synthetic.states import STATES

HOUR, DAY = 3600, 86_400
SHARED_WITHIN = 15 * 60
"""Seconds between two orders that are rated together."""
_STATUS = [k.status for k in facts.KINDS]
_SHARES = np.array([s.customers for s in STATES], dtype=np.float64)


@dataclass(frozen=True)
class World:
    """All that orders are made of, at one scale and seed."""

    plan: Plan
    places: Places
    catalogue: Catalogue

    @cached_property
    def days(self) -> tuple[Ints, Ints]:
        """Days with orders and, for each, the first turn that lies after it."""
        day, quota = month_quotas(self.plan.persons)
        return day, np.cumsum(quota)

    @cached_property
    def kind_ends(self) -> Ints:
        """For each of `facts.KINDS` the first rank that lies after it."""
        return np.cumsum(self.plan.kinds)

    @cached_property
    def shared(self) -> int:
        """So many of the first further orders are rated together with their person's first one."""
        return min(self.plan.rare(facts.SHARED_REVIEWS), self.plan.repeats[2])

    def slots(self, table: str, rows: Ints) -> tuple[Ints, Ints]:
        """The slots and numbers of the orders at `rows` of a file; each table has an order of its own."""
        number = self.plan.draw.shuffle(f"{table}/order", rows, self.plan.orders) if table else rows
        return self.plan.draw.shuffle("order/slot", number, self.plan.orders), number


@dataclass(frozen=True)
class Orders:
    """Some orders: what all tables need of them. Times are seconds since 1970."""

    slot: Ints
    person: Ints
    place: Ints
    purchase: Ints
    rank: Ints
    kind: Ints

    @property
    def with_items(self) -> Bools:
        """Whether each order has items."""
        return self.kind >= facts.WITH_ITEMS_FROM


def make_orders(world: World, slot: Ints) -> Orders:
    """The orders of these slots."""
    plan = world.plan
    person = _person(plan, slot)
    purchase = _purchase(world, slot, person)
    rank = plan.draw.shuffle("order/rank", slot, plan.orders)
    kind = np.searchsorted(world.kind_ends, rank, side="right").astype(np.int64)
    kind[purchase >= seconds(facts.TAIL)] = 0
    return Orders(slot, person, _place(world, slot, person), purchase, rank, kind)


def _person(plan: Plan, slot: Ints) -> Ints:
    """Further orders belong to the first persons, those with two orders first."""
    person = slot.copy()
    further, first = plan.persons, 0
    for orders, persons in plan.repeats.items():
        end = further + persons * (orders - 1)
        mine = (slot >= further) & (slot < end)
        person[mine] = first + (slot[mine] - further) // (orders - 1)
        further, first = end, first + persons
    return person


def _place(world: World, slot: Ints, person: Ints) -> Ints:
    """Where the person lives; some live elsewhere at their further orders."""
    moved = (person >= world.shared) & (person < world.shared + world.plan.rare(facts.MOVED_PERSONS))
    moved &= slot >= world.plan.persons
    return world.places.choose(world.plan, "person", person + moved * world.plan.orders, _SHARES)


def seconds(day: str) -> int:
    """A day's first second, since 1970."""
    return int(np.datetime64(day, "s").astype(np.int64))


def _purchase(world: World, slot: Ints, person: Ints) -> Ints:
    """First orders by the days' quotas; further ones some time after them, or before near the end."""
    draw, plan = world.plan.draw, world.plan
    day, ends = world.days
    turn = draw.shuffle("order/turn", person, plan.persons)
    hour = draw.pick("order/hour", person, np.array(facts.HOURS, dtype=np.float64))
    first = day[np.searchsorted(ends, turn, side="right")] * DAY + hour * HOUR
    first += draw.below("order/second", person, HOUR)
    gap = (draw.quantile("order/gap", slot, facts.REPEAT_DAYS) * DAY).astype(np.int64)
    same_day = draw.chance("order/same day", slot, 0.05) | (slot < plan.persons + world.shared)
    same_day |= first < seconds("2017-01-05")  # nothing was sold for the two months after the first trial
    soon = 1 + draw.below("order/soon", slot, SHARED_WITHIN)
    gap = np.where(same_day, soon, gap)
    gap = np.where(same_day | (first + gap < seconds("2018-08-29")), gap, -gap)
    gap = np.where(same_day | (first + gap >= seconds("2017-01-05")), gap, soon)
    return np.where(slot < plan.persons, first, first + gap)


@dataclass(frozen=True)
class Timeline:
    """What happened when: seconds since 1970, `NULL` where it did not."""

    approved: Ints
    carrier: Ints
    delivered: Ints
    estimated: Ints
    late: Bools
    """Delivered on a later day than estimated."""


def make_timeline(world: World, o: Orders) -> Timeline:
    """When each order was approved, handed to the carrier, delivered, and expected."""
    draw = world.plan.draw
    far = np.sqrt(world.places.kilometres(o.place, np.zeros_like(o.place)))  # from the first prefix: São Paulo
    u = draw.unit("time/carrier oddity", o.slot)
    before_approval = u < facts.CARRIER_BEFORE_APPROVAL
    approved = _approved(world, o, before_approval)
    carrier = approved + _hours(world, "carrier", o.slot)
    share = draw.unit("time/how early", o.slot)
    carrier = np.where(before_approval, o.purchase + ((approved - o.purchase) * share).astype(np.int64), carrier)
    early = u < facts.CARRIER_BEFORE_PURCHASE
    carrier = np.where(early, o.purchase - HOUR - (72 * HOUR * share).astype(np.int64), carrier)
    carrier = _by_the_end(carrier, approved, share)
    base = np.maximum(carrier, o.purchase)
    delivered = base + (_hours(world, "delivery", o.slot) * (0.385 + 0.0255 * far) * _season(o.purchase)).astype(
        np.int64
    )
    delivered = _by_the_end(delivered, base, share)
    odd = draw.chance("time/delivered before carrier", o.slot, facts.DELIVERED_BEFORE_CARRIER) & ~before_approval
    delivered = np.where(odd, o.purchase + ((carrier - o.purchase) * share).astype(np.int64), delivered)
    days = (14.2 + 0.46 * far) * at(facts.ESTIMATE_FACTOR, draw.unit("time/estimate", o.slot))
    estimated = (o.purchase + (days * DAY).astype(np.int64)) // DAY * DAY + DAY
    approved, carrier, delivered = (
        np.where(np.array([k[i] for k in facts.KINDS])[o.kind], time, NULL)
        for i, time in ((2, approved), (3, carrier), (4, delivered))
    )
    return Timeline(approved, carrier, delivered, estimated, delivered // DAY > estimated // DAY)


def _by_the_end(time: Ints, since: Ints, share: Floats) -> Ints:
    """What would happen after the data set's end happens somewhere between `since` and then."""
    end = seconds(facts.END)
    return np.where(time >= end, since + (np.maximum(end - since, HOUR) * share).astype(np.int64), time)


def _hours(world: World, field: str, slot: Ints) -> Ints:
    knots = facts.CARRIER_HOURS if field == "carrier" else facts.DELIVERY_HOURS
    return (world.plan.draw.quantile(f"time/{field}", slot, knots) * HOUR).astype(np.int64)


def _approved(world: World, o: Orders, slow: Bools) -> Ints:
    """Soon after the purchase; `slow` ones not, so that something can happen before them."""
    draw = world.plan.draw
    u = draw.unit("time/approval", o.slot)
    hours = at(facts.APPROVAL_HOURS, np.where(slow, 0.6 + 0.4 * u, u))
    at_once = draw.chance("time/approved at once", o.slot, facts.APPROVED_AT_ONCE) & ~slow
    return o.purchase + np.where(at_once, 0, hours * HOUR).astype(np.int64)


def _season(purchase: Ints) -> Floats:
    factor = np.ones(purchase.size)
    for start, end, slower in facts.PEAKS:
        factor[(purchase >= seconds(start)) & (purchase < seconds(end))] = slower
    return factor


def orders(world: World, rows: Ints) -> pl.DataFrame:
    """Rows of the orders file."""
    slot, number = world.slots("orders", rows)
    o = make_orders(world, slot)
    t = make_timeline(world, o)
    return pl.DataFrame(
        [
            order_ids(world, number),
            hexes(world.plan.draw, "customer", slot),
            pl.Series(_STATUS).gather(o.kind),
            *(times(x) for x in (o.purchase, t.approved, t.carrier, t.delivered, t.estimated)),
        ]
    )


def order_ids(world: World, number: Ints) -> pl.Series:
    """The identifiers of the orders with these numbers."""
    return rising(world.plan.draw, "order", number, world.plan.orders)


def customers(world: World, rows: Ints) -> pl.DataFrame:
    """Rows of the customers file: one for each order."""
    slot, _ = world.slots("customers", rows)
    person = _person(world.plan, slot)
    place = _place(world, slot, person)
    return pl.DataFrame(
        [
            hexes(world.plan.draw, "customer", slot),
            hexes(world.plan.draw, "person", person),
            world.places.prefix.gather(place),
            world.places.city.gather(place),
            world.places.code.gather(place),
        ]
    )
