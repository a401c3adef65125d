"""`query` reads relations and nothing else: by judgement of the statement, by DuckDB's settings, by the kernel."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from keystone_nexus.lake import confined as boundary
from keystone_nexus.lake.confined import confined
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.gold import info
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.sql import query
from tests.conftest import keystone
from tests.helpers import files_below
from tests.processes_holding import held_open

WRITES = [
    "copy (select 42 as x) to '{file}'",
    "export database '{root}/exported'",
    "attach '{root}/other.db'",
    "create table t as select 1",
    "create macro x() as 1",
    "insert into silver.orders values (1)",
    "call enable_profiling()",
    "pragma enable_profiling",
    "pragma import_database('{root}')",
    "set memory_limit = '1GB'",
    "checkpoint",
    "load icu",
    "prepare x as select 1",
    "from enable_profiling(format := 'json', save_location := '{root}/profile.json')",
    "from enable_logging()",
    "summarize from force_checkpoint()",
    "select (from enable_profiling())",
    "pivot (from enable_profiling()) on a using sum(b)",
    "from query('from enable_profiling()')",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "select 1; select 2",
]
READS = [
    "from read_text('{root}/.masking_key')",
    "from read_blob('{root}/lake.json')",
    "from '{root}/lake.json'",
    "from '{root}/bronze/_ledger/*.json'",
    "from read_parquet('{root}/silver/_builds/*.parquet')",
    "from read_parquet('{root}/silver/orders/../_builds/*.parquet')",
    "from read_parquet('{root}//silver//orders/../../bronze/_index/*.parquet')",
    "from read_parquet('{root}/link/*.parquet')",
    "from read_csv('/etc/passwd')",
    "from sniff_csv('/etc/passwd')",
    "from glob('/*')",
    "from read_duckdb('{root}/gold/gold.duckdb')",
    "from pandas_scan(1)",
    "select * from name",
]
ANSWERED = [
    "pivot (select 1 as a, 2 as b) on a using sum(b)",
    "with t as (select 1 as a, 2 as b) pivot t on a using sum(b)",
    "unpivot (select 1 as a, 2 as b) on a, b",
    "describe silver.orders",
    "summarize silver.sellers",
    "show all tables",
    "from silver.orders select count(*)",
    "table silver.sellers",
    "values (1)",
    "/* why */ explain -- how\n analyze select 1",
    "explain (format json) select 1",
    "explain analyze pivot (select 1 as a, 2 as b) on a in (1) using sum(b)",
    "select * from range(3), unnest([1, 2])",
    "from read_parquet('{file}')",
    "select ';' as semicolon;",
]


def _text(lake: Path, sql: str) -> str:
    file = next((lake / "silver/orders").glob("*/*/*/part-0.parquet"))
    return sql.format(root=lake, file=file)


@pytest.fixture(scope="module")
def asked(built_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a secret and a link, which no query may read or follow."""
    lake = Path(shutil.copytree(built_lake, tmp_path_factory.mktemp("asked") / "lake"))
    (lake / ".masking_key").write_text("secret")
    (lake / "link").symlink_to("silver/_builds")
    return lake


@pytest.mark.parametrize("how", ["", "explain ", "explain analyze ", "/* */ explain -- \n (format json) "])
def test_nothing_that_writes_is_run(asked: Path, how: str) -> None:
    before = files_below(asked)
    for sql in WRITES:
        with pytest.raises(Refused):
            query(Lake(asked), how + _text(asked, sql))
    assert files_below(asked) == before


def test_no_file_is_read_but_those_of_the_relations(asked: Path) -> None:
    for sql in READS:
        with pytest.raises(Refused):
            query(Lake(asked), _text(asked, sql))


def test_what_reads_is_answered(asked: Path) -> None:
    for sql in ANSWERED:
        assert query(Lake(asked), _text(asked, sql)).rows, sql


def test_the_command_leaves_the_lake_as_it_was(asked: Path) -> None:
    before = files_below(asked)
    done = keystone(asked, "query", _text(asked, "explain analyze copy (select 42 as x) to '{file}'"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "read-only" in done.stderr
    assert files_below(asked) == before


def test_the_kernel_forbids_what_the_judgement_would_miss(asked: Path, tmp_path: Path) -> None:
    """Without a judge: DuckDB's own `copy`, Python's own `open`, with more threads than one."""
    file = next((asked / "silver/orders").glob("*/*/*/part-0.parquet"))
    before = file.read_bytes()

    def write(folder: Path | None) -> None:
        assert folder is not None
        (folder / "own").write_text("is allowed")
        with duckdb.connect(":memory:", config={"threads": 4}) as connection:
            with pytest.raises(duckdb.IOException):
                connection.execute(f"copy (from range(10)) to '{file}' (format parquet)")
            with pytest.raises(duckdb.IOException):
                connection.execute(
                    f"copy (select range as n from range(3_000_000)) to '{tmp_path}/many' (format parquet, per_thread_output)"
                )
        for damage in (lambda: file.open("wb"), lambda: os.truncate(file, 0), file.unlink):
            with pytest.raises(PermissionError):
                damage()

    if not _kernel_can():
        pytest.skip("this kernel has no Landlock: the judgement alone is in charge")
    confined(write, lambda: None)
    assert file.read_bytes() == before


def _kernel_can() -> bool:
    answers: list[bool] = []

    def ask(folder: Path | None) -> None:
        answers.append(boundary._forbid_writing(folder))  # pyright: ignore[reportPrivateUsage]

    confined(ask, lambda: None)
    return answers[0]


def test_what_does_not_fit_into_memory_goes_to_a_folder_that_goes(asked: Path) -> None:
    (row,) = query(Lake(asked), "select current_setting('temp_directory') as spill").rows
    assert row[0].startswith(tempfile.gettempdir())
    assert not Path(row[0]).exists()
    assert confined(lambda folder: folder and folder.stat().st_mode & 0o777, lambda: None) == 0o700


def test_the_session_is_utc_whatever_the_shell_says(asked: Path) -> None:
    sql = "select '2018-01-05 10:00:00+02'::timestamptz as at, current_setting('TimeZone') as zone, now()::varchar as text"
    done = keystone(asked, "query", sql, "--format", "csv", env={"TZ": "Asia/Tokyo"})
    at, zone, text = done.stdout.splitlines()[1].split(",")
    assert (at, zone) == ("2018-01-05 08:00:00", "UTC")
    assert abs((datetime.fromisoformat(text) - datetime.now().astimezone()).total_seconds()) < 120


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("from gold.fact_sale", 'Did you mean "fact_sales"?'),
        ("select ordr_id from silver.orders", 'Candidate bindings: "order_id"'),
        ("selec 1", "LINE 1: selec 1\n        ^"),
    ],
)
def test_the_engines_own_hint_reaches_the_user(asked: Path, sql: str, hint: str) -> None:
    with pytest.raises(Refused) as refused:
        query(Lake(asked), sql)
    assert hint in str(refused.value)


def test_a_gold_that_another_process_holds_is_named_and_left_alone(lake: Path) -> None:
    file = lake / "gold/gold.duckdb"
    before = (file.stat().st_ino, len(list((lake / "gold/versions").iterdir())))
    with held_open(file) as process:
        with pytest.raises(EnvironmentFault, match=f"gold/gold.duckdb is open for writing in process {process.pid}"):
            info(file)
        assert query(Lake(lake), "select count(*) from silver.orders").rows
        for command in (["query", "from gold.dim_date"], ["run"], ["gold", "list"], ["gold", "rollback"], ["verify"]):
            done = keystone(lake, *command)
            assert done.returncode == 3, (command, done.stderr)
            assert f"process {process.pid}" in done.stderr
    assert before == (file.stat().st_ino, len(list((lake / "gold/versions").iterdir())))
    assert info(file)


def test_a_gold_that_cannot_be_opened_is_not_damaged(lake: Path) -> None:
    file = lake / "gold/gold.duckdb"
    assert info(file)
    file.rename(file.with_name("aside"))
    assert info(file) == {}
    file.mkdir()
    with pytest.raises(EnvironmentFault, match="Is a directory"):
        info(file)
    file.rmdir()
    file.write_bytes(b"no database")
    assert info(file) == {}
