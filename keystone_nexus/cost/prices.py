"""The file of prices: list prices in US dollars, each with its unit and its source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from keystone_nexus.lake.errors import Refused


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to run the platform, or a part that it does without: US dollars a month."""

    name: str
    usd_a_month: Decimal
    what: str


@cache
def _file() -> dict[str, Any]:
    return json.loads(
        files("keystone_nexus.cost").joinpath("prices.json").read_text("utf-8"),
        parse_float=Decimal,
        parse_int=Decimal,
    )


def as_of() -> str:
    """When the prices were looked up, and where they hold."""
    return f"list prices {_file()['region']}, {_file()['as_of']}"


def sources() -> list[str]:
    """Of what the deck's chart shows."""
    shown = ("redshift_ra3_large_hour", "mwaa_small_hour", "ec2_t4g_medium_hour", "fargate_arm_vcpu_hour")
    return sorted({_file()["prices"][name]["source"] for name in shown})


def price(name: str) -> Decimal:
    """Dollars of one unit. Raises Refused for a price that the file lacks."""
    try:
        return _file()["prices"][name]["usd"]
    except KeyError:
        raise Refused(
            f"the price file has no {name}: add it to keystone_nexus/cost/prices.json with unit and source"
        ) from None


def has_price(name: str) -> bool:
    return name in _file()["prices"]


def hours() -> Decimal:
    """Of a month, as AWS's own calculator counts."""
    return _file()["hours_a_month"]


def standing(name: str, units: int = 1) -> Decimal:
    """Dollars a month of what is billed by the hour and always on."""
    return price(name) * hours() * units


def alternatives() -> list[Choice]:
    """What the platform does without."""
    return [
        Choice("MWAA alone", standing("mwaa_small_hour"), "the smallest managed Airflow, without workers"),
        Choice("Redshift alone", standing("redshift_ra3_large_hour"), "one ra3.large node, running all month"),
        Choice("NAT gateway", standing("nat_gateway_hour"), "what private subnets would want, without data"),
        Choice("MSK, 2 x t3.small", standing("msk_t3_small_hour", 2), "two brokers, without storage"),
        Choice("MSK, 2 x m5.large", standing("msk_m5_large_hour", 2), "two brokers, without storage"),
        Choice("MSK Serverless", standing("msk_serverless_hour"), "without partitions and data"),
    ]


def choices() -> list[Choice]:
    """This platform both ways, and what stands beside it where a warehouse and a managed scheduler run all month."""
    ours = _file()["platform_month"]
    airflow, redshift = (Choice(c.name, c.usd_a_month.quantize(Decimal(1)), c.what) for c in alternatives()[:2])
    return [
        Choice("Keystone, one host", ours["one_host"]["usd"], str(ours["one_host"]["what"])),
        Choice("Keystone, Fargate", ours["fargate"]["usd"], str(ours["fargate"]["what"])),
        airflow,
        redshift,
        Choice("Redshift and MWAA", airflow.usd_a_month + redshift.usd_a_month, "both"),
    ]
