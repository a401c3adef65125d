"""The items of orders and what was paid for them. Money is whole cents throughout."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from keystone_nexus.source.synthetic import facts
from keystone_nexus.source.synthetic.catalogue import seller_place
from keystone_nexus.source.synthetic.columns import hexes, money, times
from keystone_nexus.source.synthetic.draw import Bools, Floats, Ints, Knots, at
from keystone_nexus.source.synthetic.orders import DAY, Orders, World, make_orders, order_ids
from keystone_nexus.source.synthetic.plan import Plan

MAX_LINES = 32
"""More than an order has items or payments: (slot, line) is the number slot * MAX_LINES + line."""
PRICE_PERIOD = 45 * DAY
"""A product's price is looked at again that often."""
PRICE_FACTORS = np.array([1.0, 1.0, 1.0, 1.0, 0.95, 1.06, 1.12, 0.92])

INSTALMENT_SHIFT: Knots = ((0, 1.4), (10_000, 1.0), (30_000, 0.6), (200_000, 0.45))
"""By cents: the power of the share that picks the number of instalments."""

CREDIT, CARD_AND_VOUCHERS, UNDEFINED = 0, 4, 7
"""Places in `facts.PAYMENT_KINDS`, and one beyond it."""
_TYPES = pl.Series(["credit_card", "boleto", "voucher", "debit_card", "not_defined"])
_FIRST = np.array([0, 1, 2, 3, 0, 2, 0, 4])
_NEXT = np.array([0, 1, 2, 3, 2, 2, 0, 4])
"""Payment type of an order's first and further payments, by the order's kind of payment."""


def _weights(table: dict[int, int]) -> tuple[Ints, Floats]:
    return np.array(list(table), dtype=np.int64), np.array(list(table.values()), dtype=np.float64)


@dataclass(frozen=True)
class Lines:
    """The items of some orders, in their order. `owner` is the index of an item's order among them."""

    owner: Ints
    item: Ints
    product: Ints
    seller: Ints
    price: Ints
    freight: Ints
    total: Ints
    """Of each order, not of each item: price and freight of its items."""


def make_lines(world: World, o: Orders) -> Lines:
    """The items of these orders."""
    draw = world.plan.draw
    counts, weights = _weights(facts.ITEMS)
    count = counts[draw.pick("items/count", o.slot, weights)] * o.with_items
    owner, item = expand(count)
    slot = o.slot[owner]
    product = _products(world, o, owner, item)
    seller = world.catalogue.seller(product, slot)
    period = (o.purchase[owner] // PRICE_PERIOD) * world.plan.products + product
    factor = PRICE_FACTORS[draw.below("items/price change", period, PRICE_FACTORS.size)]
    usual = world.catalogue.price(product)
    price = np.maximum((usual * factor).astype(np.int64) // 100 * 100 + usual % 100, 85)
    freight = _freight(world, slot, product, seller, o.place[owner])
    ends = np.concatenate([[0], np.cumsum(price + freight)])
    last = np.cumsum(count)
    return Lines(owner, item, product, seller, price, freight, ends[last] - ends[last - count])


def expand(count: Ints) -> tuple[Ints, Ints]:
    """For counts of each order's rows: the order's index and the row's number (from 1), row by row."""
    owner = np.repeat(np.arange(count.size), count)
    return owner, np.arange(owner.size) - (np.cumsum(count) - count)[owner] + 1


def _products(world: World, o: Orders, owner: Ints, item: Ints) -> Ints:
    """Each product is sold once by the orders of the last ranks; all else goes by popularity."""
    draw, catalogue = world.plan.draw, world.catalogue
    slot = o.slot[owner]
    once = world.plan.orders - 1 - o.rank[owner]
    first = np.where(once < world.plan.products, once, catalogue.draw_product(slot * MAX_LINES))
    same = (item == 1) | draw.chance("items/same product", slot, facts.SAME_PRODUCT)
    near = draw.chance("items/same seller", slot, facts.SAME_SELLER)
    other = np.where(near, catalogue.mate(first), catalogue.draw_product(slot * MAX_LINES + np.minimum(item, 4)))
    return np.where(same, first, other)


def _freight(world: World, slot: Ints, product: Ints, seller: Ints, place: Ints) -> Ints:
    """By distance and weight; the same for all pieces of a product in an order."""
    draw = world.plan.draw
    km = world.places.kilometres(seller_place(world.plan, world.places, seller), place)
    kilos = world.catalogue.grams(product) / 1000
    reais = 7.5 + 0.37 * np.sqrt(km) + kilos * (1.3 + km / 1100)
    noise = 0.75 + 0.5 * draw.unit("items/freight", slot * 8 + product % 8)
    free = draw.chance("items/free freight", slot, facts.FREE_FREIGHT)
    return np.where(free, 0, reais * noise * 100).astype(np.int64)


def items(world: World, rows: Ints) -> pl.DataFrame:
    """Rows of the items file: those of the orders at `rows`."""
    slot, number = world.slots("", rows)
    o = make_orders(world, slot)
    lines = make_lines(world, o)
    wait = (world.plan.draw.quantile("items/shipping", slot, facts.SHIPPING_DAYS) * DAY).astype(np.int64)
    return pl.DataFrame(
        [
            order_ids(world, number[lines.owner]),
            pl.Series(lines.item),
            hexes(world.plan.draw, "product", lines.product),
            hexes(world.plan.draw, "seller", lines.seller),
            times((o.purchase + wait)[lines.owner]),
            money(lines.price),
            money(lines.freight),
        ]
    )


@dataclass(frozen=True)
class Dirt:
    """Which orders' payments are odd, and how.

    It is dealt by rank: undefined payments to orders without items, which have the first ranks, all else to
    delivered ones, which have the last.
    """

    undefined: Bools
    none: Bools
    zero_instalments: Bools
    zero_voucher: Bools
    late: Bools
    """The sequence starts at 2."""


def _dirt(plan: Plan, o: Orders) -> Dirt:
    back = plan.orders - 1 - o.rank
    counts = (facts.WITHOUT_PAYMENT, facts.ZERO_INSTALMENTS, facts.ZERO_VOUCHERS, facts.LATE_SEQUENCES)
    bounds = np.cumsum([0, *map(plan.rare, counts)])
    return Dirt(o.rank < plan.rare(facts.NOT_DEFINED), *((back >= a) & (back < b) for a, b in pairwise(bounds)))


def payments(world: World, rows: Ints) -> pl.DataFrame:
    """Rows of the payments file: those of the orders at `rows`, mixed."""
    draw = world.plan.draw
    slot, number = world.slots("payments", rows)
    o = make_orders(world, slot)
    dirt = _dirt(world.plan, o)
    kind, count = _kinds(world, slot, dirt)
    owner, part = expand(count)
    row = slot[owner] * MAX_LINES + part
    value = _split(_paid(world, o, kind)[owner], owner, 20 + draw.below("payment/weight", row, 80))
    # The voucher of no worth gives its part to the payment before it.
    empty = dirt.zero_voucher[owner] & (part == count[owner])
    value[:-1] += np.where(empty, value, 0)[1:]
    value[empty] = 0
    type_ = np.where(part == 1, _FIRST[kind[owner]], _NEXT[kind[owner]])
    instalments = np.where(type_ == 0, _instalments(world, row, value), 1)
    instalments[dirt.zero_instalments[owner]] = 0
    frame = pl.DataFrame(
        [
            order_ids(world, number[owner]),
            pl.Series(part + dirt.late[owner]),
            _TYPES.gather(type_),
            pl.Series(instalments),
            money(value),
        ]
    )
    return frame[np.argsort(draw.bits("payment/mix", row), kind="stable")]


def _kinds(world: World, slot: Ints, dirt: Dirt) -> tuple[Ints, Ints]:
    """How each order is paid, and in how many payments."""
    draw = world.plan.draw
    kind = draw.pick("payment/kind", slot, np.array(list(facts.PAYMENT_KINDS.values()), dtype=np.float64))
    kind[dirt.zero_instalments] = CREDIT
    kind[dirt.zero_voucher] = CARD_AND_VOUCHERS
    kind[dirt.undefined] = UNDEFINED
    several, weights = _weights(facts.PARTS)
    count = several[draw.pick("payment/parts", slot, weights)]
    count[(kind < CARD_AND_VOUCHERS) | (kind == UNDEFINED)] = 1
    count[dirt.none] = 0
    return kind, count


def _paid(world: World, o: Orders, kind: Ints) -> Ints:
    """What was paid for each order in all: price and freight of its items, in a few orders somewhat else."""
    draw = world.plan.draw
    total = make_lines(world, o).total
    lost = draw.quantile("payment/lost", o.slot, facts.LOST_ORDER_CENTS).astype(np.int64)
    total = np.where(o.with_items, total, lost)
    off = np.rint(draw.quantile("payment/off by", o.slot, facts.MISMATCH_CENTS)).astype(np.int64)
    wrong = draw.chance("payment/mismatch", o.slot, facts.PAYMENT_MISMATCH) & (total > 2 * np.abs(off))
    total = total + np.where(wrong, off, 0)
    return np.where(kind == UNDEFINED, 0, total)


def _split(total: Ints, owner: Ints, weight: Ints) -> Ints:
    """Each order's total, in parts by weight that add up to it exactly."""
    ends = np.cumsum(weight)
    begin = ends - weight
    start = begin[np.searchsorted(owner, owner, side="left")]
    whole = ends[np.searchsorted(owner, owner, side="right") - 1] - start
    return total * (ends - start) // whole - total * (begin - start) // whole


def _instalments(world: World, payment: Ints, value: Ints) -> Ints:
    """The dearer, the more."""
    u = world.plan.draw.unit("payment/instalments", payment)
    u = u ** at(INSTALMENT_SHIFT, value.astype(np.float64))
    shares = np.cumsum(np.array(facts.INSTALMENTS, dtype=np.float64))
    return 1 + np.searchsorted(shares / shares[-1], u, side="right").astype(np.int64)
