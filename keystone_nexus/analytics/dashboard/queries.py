"""What the KPI dashboard asks of gold, query by query: recorded while its page is built, so never a stale list."""

from __future__ import annotations

from functools import cached_property

import polars as pl

from keystone_nexus.analytics.dashboard.cube import cube
from keystone_nexus.analytics.dashboard.panels import PANELS
from keystone_nexus.analytics.dashboard.totals import totals
from keystone_nexus.analytics.gold import Gold


class _Noting(Gold):
    """Gold that notes what it is asked."""

    @cached_property
    def asked(self) -> list[str]:
        return []

    def frame(self, sql: str) -> pl.DataFrame:
        self.asked.append(sql)
        return super().frame(sql)


def dashboard_queries(gold: Gold) -> list[tuple[str, str]]:
    """Name and SQL of each query."""
    noting = _Noting(gold.url)
    found: list[tuple[str, str]] = []

    def note(name: str) -> None:
        many = len(noting.asked) > 1
        found.extend((f"{name}_{n}" if many else name, sql) for n, sql in enumerate(noting.asked, 1))
        noting.asked.clear()

    cube(noting)
    note("cube")
    totals(noting)
    note("totals")
    for panel in PANELS:
        panel.rows(noting)
        note(panel.name)
    return found
