"""What dbt's models cost on Athena, from what dbt says of each: bytes read, rounded up to Athena's minimum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LEAST = 10_000_000
"""A query is billed for 10 MB at least."""
TERABYTE = 1e12


@dataclass(frozen=True, slots=True)
class ModelCost:
    """Bytes that a model's statement read, and its price in US dollars."""

    bytes: int
    usd: float


def model_costs(results: Iterable[dict[str, Any]], usd_per_terabyte: float) -> dict[str, ModelCost]:
    """dbt's unique id -> its cost, from `results` of run_results.json (or dbt's results as dicts).

    What did not run on Athena is not there. A model that is written in batches is billed for more statements than
    the one of which dbt reports.
    """
    found: dict[str, ModelCost] = {}
    for result in results:
        scanned = (result.get("adapter_response") or {}).get("data_scanned_in_bytes")
        if scanned is not None:
            billed = max(LEAST, int(scanned))
            found[result["unique_id"]] = ModelCost(int(scanned), billed / TERABYTE * usd_per_terabyte)
    return found
