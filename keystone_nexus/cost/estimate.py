"""A month of the platform: what stands, what is used, what that is by module, and whether it is within the budget."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from keystone_nexus.cost.fixed import Fixed, fixed_part
from keystone_nexus.cost.footers import QueryCost
from keystone_nexus.cost.inventory import Resource
from keystone_nexus.cost.lines import Line
from keystone_nexus.cost.variable import Stored, Use, variable_part
from keystone_nexus.lake.errors import Refused

BUDGET = "KEYSTONE_COST_BUDGET"
DEFAULT_BUDGET = Decimal(100)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Dollars a month."""

    fixed: Fixed
    variable: list[Line]
    queries: Sequence[QueryCost]
    budget: Decimal

    @property
    def fixed_usd(self) -> Decimal:
        return sum((line.usd for line in self.fixed.lines), Decimal(0))

    @property
    def variable_usd(self) -> Decimal:
        return sum((line.usd for line in self.variable), Decimal(0))

    @property
    def total_usd(self) -> Decimal:
        return self.fixed_usd + self.variable_usd

    @property
    def problems(self) -> list[str]:
        """Why the estimate is no good answer: over the budget, or with a part that has no price."""
        found = [f"no price is known for {one}: the estimate lacks it" for one in self.fixed.unknown]
        if self.total_usd > self.budget:
            found.insert(0, f"${self.total_usd:.2f} a month is over the budget of ${self.budget:.2f} ({BUDGET})")
        return found

    def by_module(self) -> list[tuple[str, Decimal, Decimal]]:
        """Module, fixed part, variable part; the dearest first."""
        names = {line.module for line in (*self.fixed.lines, *self.variable)}
        sums = [(name, _sum(self.fixed.lines, name), _sum(self.variable, name)) for name in names]
        return sorted(sums, key=lambda one: (-(one[1] + one[2]), one[0]))


def _sum(lines: Sequence[Line], module: str) -> Decimal:
    return sum((line.usd for line in lines if line.module == module), Decimal(0))


def estimate(resources: Sequence[Resource], stored: Stored, queries: Sequence[QueryCost], use: Use) -> Estimate:
    return Estimate(fixed_part(resources), variable_part(resources, stored, queries, use), queries, budget())


def budget() -> Decimal:
    """`KEYSTONE_COST_BUDGET`, 100 dollars a month where it is not set. Raises Refused for what is no amount."""
    said = os.environ.get(BUDGET, "")
    if not said:
        return DEFAULT_BUDGET
    try:
        amount = Decimal(said)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount <= 0:
        raise Refused(f"{BUDGET}={said!r} is no amount of dollars a month: write a number such as 100")
    return amount
