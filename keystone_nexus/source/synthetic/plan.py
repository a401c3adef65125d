"""How many of everything there are at a scale: each count of the real size, times the scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keystone_nexus.source.synthetic import facts
from keystone_nexus.source.synthetic.draw import Draw, Ints, apportion

RARE_FROM = 0.01
"""From this scale on each kind of dirt occurs at least once; below, its share is kept instead."""


@dataclass(frozen=True)
class Plan:
    """The counts of one data set. An order is known by its slot in range(orders); see `orders`."""

    scale: float
    seed: int
    draw: Draw
    orders: int
    persons: int
    products: int
    sellers: int
    points: int
    points_distinct: int
    prefixes: int
    kinds: Ints
    """Orders of each of `facts.KINDS`."""
    repeats: dict[int, int]
    """Persons by their number of orders, for those with several."""

    def rare(self, count: int) -> int:
        """A small count of the real size at this scale."""
        return scaled(count, self.scale)


def scaled(count: int, scale: float) -> int:
    """A small count of the real size at a scale."""
    return max(round(count * scale), 1 if scale >= RARE_FROM else 0)


def make_plan(scale: float, seed: int) -> Plan:
    """The counts of a scale; ValueError where it is too small for a data set."""
    orders = round(facts.ORDERS * scale)
    if orders < 10:
        raise ValueError(f"scale {scale} makes {orders} orders; the smallest scale is 0.0001")
    persons = round(facts.PERSONS * scale)
    points = max(round(facts.GEOLOCATIONS * scale), 100)
    rare = np.array([scaled(k.size, scale) for k in facts.KINDS[:-1]])
    return Plan(
        scale=scale,
        seed=seed,
        draw=Draw(seed),
        orders=orders,
        persons=persons,
        products=max(round(facts.PRODUCTS * scale), 1),
        sellers=max(round(facts.SELLERS * scale), 1),
        points=points,
        points_distinct=points - round(facts.GEOLOCATION_DUPLICATES * scale),
        prefixes=max(round(facts.PREFIXES * min(scale, 1)), 27),
        kinds=np.append(rare, orders - rare.sum()).astype(np.int64),
        repeats=_repeats(orders - persons, scale),
    )


def _repeats(extra: int, scale: float) -> dict[int, int]:
    """Who has how many orders, so that the orders beyond each person's first are `extra`."""
    many = {n: round(count * scale) for n, count in facts.PERSONS_BY_ORDERS.items() if n > 2}
    rest = extra - sum((n - 1) * count for n, count in many.items())
    return {2: extra} if rest < 0 else {2: rest, **many}


def month_quotas(total: int) -> tuple[Ints, Ints]:
    """The days that have orders (days since 1970) and how many of `total` each has."""
    days: list[int] = []
    weights: list[float] = []
    for month, count in facts.MONTHS.items():
        first = np.datetime64(month, "D").astype(np.int64)
        length = int((np.datetime64(month, "M") + 1).astype("datetime64[D]").astype(np.int64) - first)
        named = facts.DAYS.get(month, {})
        usual = [0.0 if d + 1 in named else _weekday(int(first) + d) for d in range(length)]
        if month in facts.ONLY_NAMED_DAYS:
            usual = [0.0] * length
        factor = (count - sum(named.values())) / (sum(usual) or 1)
        days += range(int(first), int(first) + length)
        weights += [named.get(d + 1, usual[d] * factor) for d in range(length)]
    chosen = np.flatnonzero(np.array(weights))
    least = np.zeros(chosen.size, dtype=np.int64)
    least[[0, -1]] = 1  # so that every scale has the same first and last day
    quota = apportion(total, np.array(weights)[chosen], least)
    return np.array(days, dtype=np.int64)[chosen], quota


def _weekday(day: int) -> float:
    return facts.WEEKDAYS[(day + 3) % 7]  # 1970-01-01 was a Thursday
