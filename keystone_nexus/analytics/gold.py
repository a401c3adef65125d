"""Reads gold by one SQLAlchemy URL: the published DuckDB file here, Athena on AWS."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from keystone_nexus.analytics.fit import fit_frame
from keystone_nexus.glue.ask import gold_url
from keystone_nexus.glue.query import frame
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.gold import gold_file
from keystone_nexus.lake.gold_record import newest
from keystone_nexus.lake.lake import Lake

if TYPE_CHECKING:
    from sqlalchemy import Engine

URL = "KEYSTONE_GOLD_URL"
"""The variable by which a notebook, or a lake elsewhere, names its gold."""


@dataclass(frozen=True)
class Gold:
    """Gold as its readers see it: the schema `gold`, read only."""

    url: str

    @cached_property
    def engine(self) -> Engine:
        from sqlalchemy import create_engine, event, make_url
        from sqlalchemy.pool import NullPool

        url = make_url(self.url)
        # Without a pool no connection outlives its query: a new version of gold replaces the file by rename.
        if not url.drivername.startswith("duckdb"):
            return create_engine(url, poolclass=NullPool)
        engine = create_engine("duckdb:///:memory:", poolclass=NullPool)

        def attach(connection: Any, _record: Any) -> None:
            _attach(connection, str(url.database))

        event.listen(engine, "connect", attach)
        return engine

    def frame(self, sql: str) -> pl.DataFrame:
        """The rows of a query. Decimals stay decimals, whole numbers (sums of them too) are 64 bits; text is fit to show.

        All that pages show of gold comes through here, so that no page has to ask what its text may hold.
        """
        with self.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            if connection.dialect.name == "duckdb":
                found: pl.DataFrame = driver.sql(sql).pl()
            else:
                found = frame(driver, sql, self._prefix, "query gold on Athena")
        wide = [name for name, kind in found.schema.items() if isinstance(kind, pl.Decimal) and kind.scale == 0]
        return (
            fit_frame(found)
            .with_columns(pl.col(pl.Int32, pl.Int16, pl.Int8, pl.Int128).cast(pl.Int64))
            .cast(dict.fromkeys(wide, pl.Int64))
        )

    @property
    def _prefix(self) -> str:
        """What stands before the schemas' names on Athena: the URL names the environment's gold."""
        from sqlalchemy import make_url

        return str(make_url(self.url).database or "").removesuffix("gold")

    def table(self, name: str) -> pl.DataFrame:
        return self.frame(f"select * from gold.{name}")


def _attach(connection: Any, path: str) -> None:
    """Under another name than `gold`: a database and a schema of one name are ambiguous to DuckDB."""
    quoted = path.replace("'", "''")
    connection.execute(f"attach '{quoted}' as lake (read_only)")
    connection.execute("use lake")


def gold_of(lake: Lake) -> Gold:
    """The published gold of a lake, or the one that the environment names. Raises Refused where there is none."""
    if not has_gold(lake):
        raise Refused(f"{lake} has no gold yet: run `keystone run --source PATH` first")
    here = os.environ.get(URL)
    return Gold(here or (gold_url(lake) if lake.on_s3 else f"duckdb:///{gold_file(lake).resolve()}"))


def has_gold(lake: Lake) -> bool:
    return bool(os.environ.get(URL)) or (bool(newest(lake)) if lake.on_s3 else gold_file(lake).exists())
