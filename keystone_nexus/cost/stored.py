"""What a lake holds, measured: bytes by layer, footers of silver, gold as Athena holds it or would hold it.

Gold is Parquet on Athena and one DuckDB file in a folder: of that each relation is written as Parquet to a temporary
directory, and its footers are read.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from keystone_nexus.contracts.catalog import dated_tables, tables
from keystone_nexus.cost.footers import Relation, read_relation
from keystone_nexus.cost.variable import Stored
from keystone_nexus.lake.gold import gold_file
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.layout import LAYERS
from keystone_nexus.lake.store import Store, parquet_keys

if TYPE_CHECKING:
    import duckdb


def measure(lake: Lake) -> Stored:
    """Reads sizes and footers; a layer that is not there yet has none."""
    store = lake.store
    gold = _gold_on_s3(store) if lake.on_s3 else _gold(gold_file(lake))
    sizes = {layer: _bytes(store.files(store.keys(f"{layer}/"))) for layer in LAYERS if layer != "gold"}
    sizes["gold"] = sum(one.bytes for one in gold.values())
    silver = {name: read_relation(store.files(parquet_keys(store, f"silver/{name}/"))) for name in tables()}
    return Stored(sizes, silver, gold, len(dated_tables()))


def _bytes(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.exists())


def _gold_on_s3(store: Store) -> dict[str, Relation]:
    """The tables below `gold/tables/<relation>/<build>/`; of the builds that are kept the largest."""
    builds: dict[str, dict[str, list[str]]] = {}
    for key in store.keys("gold/tables/"):
        _, _, relation, build, *_ = key.split("/")
        builds.setdefault(relation, {}).setdefault(build, []).append(key)
    found: dict[str, Relation] = {}
    for relation, kept in builds.items():
        every = [store.files(keys) for keys in kept.values()]
        found[relation] = read_relation(max(every, key=_bytes))
    return found


def _gold(file: Path) -> dict[str, Relation]:
    import duckdb

    if not file.exists():
        return {}
    found: dict[str, Relation] = {}
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute(f"attach '{str(file).replace(chr(39), chr(39) * 2)}' as lake (read_only)")
        names = connection.execute(
            "select table_name from information_schema.tables where table_catalog = 'lake' and table_schema = 'gold'"
        ).fetchall()
        for (name,) in names:
            target = Path(folder, f"{name}.parquet")
            quoted = str(target).replace("'", "''")
            connection.execute(f"copy lake.gold.\"{name}\" to '{quoted}' (format parquet, compression snappy)")
            found[name.lower()] = read_relation([target])
            found[name.lower()].files = _months(connection, name, set(found[name.lower()].columns))
    return found


def _months(connection: duckdb.DuckDBPyConnection, name: str, columns: set[str]) -> int:
    """Files of a relation: facts have one a month, others one."""
    if not name.startswith("fact_") or "date_id" not in columns:
        return 1
    answer = connection.execute(f'select count(distinct date_id // 100) from lake.gold."{name}"').fetchone()
    return max(answer[0] if answer else 0, 1)
