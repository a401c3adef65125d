"""The file of prices: list prices in US dollars, each with its unit and its source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to run the platform, or a part that it does without: US dollars a month."""

    name: str
    usd_a_month: Decimal
    what: str


@cache
def _file() -> dict[str, object]:
    return json.loads(
        files("keystone_nexus.analytics.cost").joinpath("prices.json").read_text("utf-8"),
        parse_float=Decimal,
        parse_int=Decimal,
    )


def as_of() -> str:
    """When the prices were looked up, and where they hold."""
    found = _file()
    return f"list prices {found['region']}, {found['as_of']}"


def sources() -> list[str]:
    prices: dict[str, dict[str, str]] = _file()["prices"]  # type: ignore[assignment]
    return sorted({one["source"] for one in prices.values()})


def _month(name: str, units: int = 1) -> Decimal:
    found: dict[str, dict[str, Decimal]] = _file()["prices"]  # type: ignore[assignment]
    hours: Decimal = _file()["hours_a_month"]  # type: ignore[assignment]
    return (found[name]["usd"] * hours * units).quantize(Decimal(1))


def choices() -> list[Choice]:
    """This platform both ways, and what stands beside it where a warehouse and a managed scheduler run all month."""
    ours: dict[str, dict[str, Decimal]] = _file()["platform_month"]  # type: ignore[assignment]
    return [
        Choice("Keystone, one host", ours["one_host"]["usd"], str(ours["one_host"]["what"])),
        Choice("Keystone, Fargate", ours["fargate"]["usd"], str(ours["fargate"]["what"])),
        Choice("MWAA alone", _month("mwaa_small_hour"), "the smallest managed Airflow, without workers"),
        Choice("Redshift alone", _month("redshift_ra3_large_hour"), "one ra3.large node, running all month"),
        Choice("Redshift and MWAA", _month("redshift_ra3_large_hour") + _month("mwaa_small_hour"), "both"),
    ]
