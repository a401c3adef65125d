"""`keystone cost`: what a month costs, by module and by query."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keystone_nexus.cli.main import open_lake
from keystone_nexus.cli.show import print_json, print_table
from keystone_nexus.lake.errors import Refused

if TYPE_CHECKING:
    from keystone_nexus.cost.estimate import Estimate


def cost(arguments: argparse.Namespace) -> int:
    """Prints the estimate; returns 1 over the budget or where a resource has no price."""
    from keystone_nexus.cost.inventory import planned, read_inventory
    from keystone_nexus.orchestration.cost_estimate import estimate_for

    for name, least in (("runs", 0), ("queries", 0)):
        if getattr(arguments, name) < least:
            raise Refused(f"--{name} {getattr(arguments, name)}: give a number from {least} on")
    environment = arguments.of or "prod"
    resources = read_inventory(Path(arguments.plan)) if arguments.plan else planned(environment, arguments.switch)
    found = estimate_for(open_lake(arguments), resources, arguments.runs, arguments.queries)
    if arguments.json:
        print_json(_as_json(found, str(arguments.plan or f"{environment}, {arguments.switch}"), arguments))
    else:
        _print(found, str(arguments.plan or f"{environment}, {arguments.switch}"))
    for problem in found.problems:
        print(f"keystone: {problem}", file=sys.stderr)
    return 1 if found.problems else 0


def _as_json(found: Estimate, what: str, arguments: argparse.Namespace) -> dict[str, Any]:
    from keystone_nexus.cost.prices import alternatives, as_of

    return {
        "of": what,
        "prices": as_of(),
        "runs": arguments.runs,
        "queries": arguments.queries,
        "fixed_usd": _cents(found.fixed_usd),
        "variable_usd": _cents(found.variable_usd),
        "total_usd": _cents(found.total_usd),
        "budget_usd": found.budget,
        "within_budget": found.total_usd <= found.budget,
        "modules": [{"module": m, "fixed_usd": _cents(f), "variable_usd": _cents(v)} for m, f, v in found.by_module()],
        "lines": [
            {"part": part, "module": o.module, "what": o.what, "quantity": o.quantity, "price": o.price, "usd": o.usd}
            for part, lines in (("fixed", found.fixed.lines), ("variable", found.variable))
            for o in lines
        ],
        "dashboard_queries": [
            {"name": q.name, "relations": list(q.relations), "bytes": q.bytes, "files": q.files, "usd": q.usd}
            for q in found.queries
        ],
        "free": found.fixed.free,
        "paid_by_use": found.fixed.by_use,
        "unknown": found.fixed.unknown,
        "alternatives": [{"name": c.name, "usd": _cents(c.usd_a_month), "what": c.what} for c in alternatives()],
    }


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def _print(found: Estimate, what: str) -> None:
    from keystone_nexus.cost.prices import alternatives, as_of

    print(f"A month of {what} ({as_of()}), US dollars\n")
    lines = [(part, o) for part, of in (("fixed", found.fixed.lines), ("used", found.variable)) for o in of]
    print_table(
        ["part", "module", "what", "quantity", "usd"],
        [[part, o.module, o.what, _short(o.quantity), _cents(o.usd)] for part, o in lines],
    )
    print()
    print_table(
        ["module", "fixed", "used", "sum"],
        [[m, _cents(f), _cents(v), _cents(f + v)] for m, f, v in found.by_module()],
    )
    print()
    print_table(
        ["query of the dashboard", "reads", "files", "MB", "usd for 1,000"],
        [
            [q.name, ", ".join(q.relations), q.files, _short(Decimal(q.bytes) / 10**6), _short(q.usd * 1000)]
            for q in found.queries
        ],
        "(no gold yet: build the lake, then its queries are costed too)",
    )
    free = found.fixed.free
    print(f"\nfree by themselves: {sum(free.values())} resources of {len(free)} types (--json names them)")
    print("instead: " + "; ".join(f"{c.name} ${_cents(c.usd_a_month)}" for c in alternatives()))
    print(
        f"\ntotal ${_cents(found.total_usd)} = fixed ${_cents(found.fixed_usd)} + used ${_cents(found.variable_usd)}; "
        f"budget ${_cents(found.budget)}"
    )


def _short(amount: Decimal) -> str:
    return f"{amount:.4f}".rstrip("0").rstrip(".")
