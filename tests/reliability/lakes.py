"""What a lake must hold, whatever happened to those who wrote it."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.publish import digest
from keystone_nexus.lake.sql import query
from tests.conftest import keystone


class UntouchedBronze:
    """Bronze objects seen so far: each stays what it was, the same file with the same bytes."""

    def __init__(self, lake: Path) -> None:
        self._folder = lake / "bronze" / "order_events"
        self._seen: dict[Path, tuple[int, int, str]] = {}

    def look(self) -> int:
        """How many objects there are. Fails where one of them was changed, replaced or removed."""
        found = {path: self._identity(path) for path in self._folder.rglob("*.parquet")}
        for path, was in self._seen.items():
            assert found.get(path) == was, f"{path.name} was overwritten"
        self._seen = found
        return len(found)

    @staticmethod
    def _identity(path: Path) -> tuple[int, int, str]:
        status = path.stat()
        return status.st_ino, status.st_mtime_ns, digest(path)


def bronze_ids(lake: Path) -> Counter[str]:
    """Event id -> in how many records of bronze."""
    return Counter(row[0] for row in query(Lake(lake), "select event_id from bronze.order_events").rows)


def land(lake: Path, brokers: str, topic: str, **env: str) -> subprocess.CompletedProcess[str]:
    return keystone(
        lake, "stream", "land", env={"KEYSTONE_KAFKA_BROKERS": brokers, "KEYSTONE_KAFKA_TOPIC": topic, **env}
    )


def land_load(lake: Path, brokers: str, topic: str) -> None:
    """keystone-loadgen approves and pays orders that nobody placed: they land, and hold gold back (exit 1)."""
    done = land(lake, brokers, topic)
    assert done.returncode == 1, done.stderr
    assert "gold is withheld" in done.stderr


def check_landed(lake: Path, topic: Counter[str]) -> None:
    """Bronze holds each record of the topic once, silver each order that was placed once, and nothing lies around."""
    assert bronze_ids(lake) == topic
    placed = "select distinct order_id from bronze.order_events where event_type = 'placed' and event_id <> ''"
    assert silver_orders(lake) == Counter(row[0] for row in query(Lake(lake), placed).rows)
    assert leftovers(lake) == []
    verified = keystone(lake, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def silver_orders(lake: Path) -> Counter[str]:
    return Counter(row[0] for row in query(Lake(lake), "select order_id from silver.orders").rows)


def leftovers(lake: Path) -> list[str]:
    """Temporary files and folders of those who were killed."""
    return [str(p.relative_to(lake)) for pattern in (".staging/*", "**/.new-*") for p in lake.glob(pattern)]
