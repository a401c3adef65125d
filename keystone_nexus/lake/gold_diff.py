"""How a kept version of gold differs from the published one: rows and money by month."""

from __future__ import annotations

from typing import Any

from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.gold import versions
from keystone_nexus.lake.lake import Lake

MEASURES = {
    "fact_sales": "sum(price + freight_value)",
    "fact_orders": "sum(payment_value)",
    "fact_reviews": "cast(0 as decimal(12,2))",
}


def diff(lake: Lake, number: int | None) -> list[dict[str, Any]]:
    """Months in which a fact's rows or money differ from version `number` (default: the one before the current)."""
    import duckdb

    if lake.on_s3:
        raise Refused(
            f"gold of {lake} is on Athena, where two versions are not compared: `keystone gold rollback` publishes an "
            "older one again, and `keystone query` asks it"
        )
    kept = versions(lake)
    if not kept:
        raise Refused("no gold was published yet: `keystone run` first")
    current = next((v for v in kept if v.current), kept[0])
    older = [v for v in kept if v.number < current.number]
    chosen = next((v for v in kept if v.number == number), None) if number is not None else (older or [None])[0]
    if chosen is None:
        raise Refused(f"there is no such version; kept are {', '.join(str(v.number) for v in kept)}")
    found: list[dict[str, Any]] = []
    with duckdb.connect(":memory:") as connection:
        assert chosen.path is not None, "a version that is kept has a file"
        # The version's own file, which stays what it is when a run publishes another meanwhile.
        for name, path in (("present", current.path), ("past", chosen.path)):
            connection.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {name} (read_only)")
        for relation, money in MEASURES.items():
            by_month = "select date_id // 100 as month, count(*) as rows, {m} as money from {d}.gold.{r} group by 1"
            rows = connection.execute(
                "select coalesce(a.month, b.month), coalesce(a.rows, 0), coalesce(b.rows, 0), a.money, b.money "
                f"from ({by_month.format(m=money, d='present', r=relation)}) as a "
                f"full join ({by_month.format(m=money, d='past', r=relation)}) as b on a.month = b.month "
                "where a.rows is distinct from b.rows or a.money is distinct from b.money order by 1"
            ).fetchall()
            keys = ("month", "rows", "rows_then", "money", "money_then")
            found += [{"relation": relation, **dict(zip(keys, row, strict=True))} for row in rows]
    return [{**row, "month": f"{row['month'] // 100}-{row['month'] % 100:02d}"} for row in found]
