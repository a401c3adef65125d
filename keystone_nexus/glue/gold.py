"""Gold of a lake on S3: built in a database of its own, published as a whole, kept in versions.

Between builds the database of builds is empty. A version is a record (`lake.gold_record`) and what Glue said of its
tables; their Parquet lies below `gold/tables/<relation>/<build>/` and goes when no kept version has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from keystone_nexus.glue.catalog import Difference
from keystone_nexus.glue.client import glue_client
from keystone_nexus.glue.names import BUILD, database, folder, lake_name
from keystone_nexus.glue.publication import Described, alike, clear, described, location, publish
from keystone_nexus.lake import gold, gold_record
from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.gold import Version
from keystone_nexus.lake.lake import Lake

TABLES = "gold/tables/"


def begin(lake: Lake) -> None:
    """Empties the database of builds. The caller holds the lake's lock."""
    clear(glue_client(), database(BUILD, lake.env))


def finish(lake: Lake, relations: Iterable[str], said: dict[str, Any]) -> None:
    """Publishes what a build made and tests passed, records it, and removes what no version has any more.

    `said` is the record. Raises KeystoneError; then gold is what it was.
    """
    names = sorted(relations)
    tables = described(glue_client(), database(BUILD, lake.env), names)
    if missing := set(names) - {one["table"]["Name"] for one in tables}:
        raise EnvironmentFault(f"{', '.join(sorted(missing))} left Glue before gold was published: run it again")
    _publish(lake, tables)
    gold_record.record(lake, said, tables)
    gold.hold(lake, None)
    begin(lake)
    _sweep(lake)


def rollback(lake: Lake, number: int | None, silver: str) -> Version:
    """Publishes a kept version again, as `lake.gold.rollback` does."""
    chosen = gold.chosen(lake, number)
    _publish(lake, gold_record.tables(lake, chosen.number))
    gold.hold(lake, gold.note(chosen, silver))
    return chosen


def differences(lake: Lake) -> list[Difference]:
    """How Glue's gold differs from the version that is published, which `mend` makes good."""
    there = database("gold", lake.env)
    wanted = {one["table"]["Name"]: one for one in _published(lake)}
    held = {one["table"]["Name"]: one for one in described(glue_client(), there, wanted)} if wanted else {}
    found = [Difference("missing", there, name) for name in wanted if name not in held]
    found += [
        Difference("differs", there, name, "it is not what was published")
        for name, one in held.items()
        if not alike(one, wanted[name])
    ]
    return found


def mend(lake: Lake) -> list[Difference]:
    """Publishes the published version again where Glue differs from it, and returns what differed."""
    found = differences(lake)
    if found:
        _publish(lake, _published(lake))
    return found


def _published(lake: Lake) -> list[Described]:
    said = gold.published(lake)
    return gold_record.tables(lake, int(said["version"])) if said else []


def _publish(lake: Lake, tables: Sequence[Described]) -> None:
    publish(glue_client(), database("gold", lake.env), tables, folder(lake_name(str(lake)), "gold", "tables"))


def _sweep(lake: Lake) -> None:
    """Removes Parquet that no kept version has, and what was said of versions that are not kept."""
    store = lake.store
    kept = gold_record.kept(lake)
    gold_record.forget(lake, kept)
    root = folder(lake_name(str(lake)), "gold")
    folders = {location(one).removeprefix(root) for number in kept for one in gold_record.tables(lake, number)}
    live = tuple(f"gold/{one.rstrip('/')}/" for one in folders)
    store.remove([key for key in store.keys(TABLES) if not key.startswith(live)])
