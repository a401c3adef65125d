"""What Athena limits and Trino does not: the double enforces it, and the program says it in sentences."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from keystone_nexus.glue import catalog
from keystone_nexus.glue.errors import classified
from keystone_nexus.glue.names import database
from keystone_nexus.glue.projection import years
from keystone_nexus.glue.query import query
from keystone_nexus.glue.workgroup import check_builder
from keystone_nexus.lake.errors import EnvironmentFault, Refused
from tests.athena.conftest import ENV, EXPLORE, GROUP
from tests.athena.double.stack import Double

DATABASE = "limits"
TEN_THOUSAND = "unnest(sequence(1, 10000))"
"""A sequence has no more."""
LONG = f"select count(*) from {TEN_THOUSAND} as a (x) cross join {TEN_THOUSAND} as b (y) cross join {TEN_THOUSAND} as c (z)"
pytestmark = pytest.mark.athena


@pytest.fixture(scope="module", autouse=True)
def place(double: Double, aws: None) -> None:
    double.client("s3").create_bucket(Bucket="limits")
    double.client("glue").create_database(DatabaseInput={"Name": DATABASE})


def connection(group: str = GROUP, retries: int = 1) -> Any:
    import pyathena
    from pyathena.util import RetryConfig

    return pyathena.connect(
        work_group=group, schema_name=DATABASE, poll_interval=0.1, retry_config=RetryConfig(attempt=retries)
    )


def run(double: Double, sql: str, group: str = GROUP, **more: Any) -> dict[str, Any]:
    """The end of a query, as Athena describes it."""
    athena = double.client("athena")
    started = athena.start_query_execution(
        QueryString=sql, WorkGroup=group, QueryExecutionContext={"Database": DATABASE}, **more
    )
    return wait(athena, started["QueryExecutionId"])


def wait(athena: Any, number: str) -> dict[str, Any]:
    while True:
        found = athena.get_query_execution(QueryExecutionId=number)["QueryExecution"]
        if found["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
            return found


def partitions(count: int, name: str) -> str:
    return (
        f"create table {name} with (format = 'PARQUET', external_location = 's3://limits/{name}/', "
        f"partitioned_by = array['p']) as select 1 as a, x as p from unnest(sequence(1, {count})) as t (x)"
    )


def test_a_statement_writes_a_hundred_partitions_and_no_more(double: Double) -> None:
    assert run(double, partitions(100, "hundred"))["Status"]["State"] == "SUCCEEDED"
    more = run(double, partitions(101, "more"))["Status"]
    assert more["State"] == "FAILED"
    # dbt-athena looks for this name, and writes in batches then.
    assert more["StateChangeReason"].startswith("HIVE_TOO_MANY_OPEN_PARTITIONS")


def test_a_group_that_enforces_its_place_refuses_another_for_a_table(double: Double) -> None:
    with pytest.raises(ClientError, match="enforces a centralized output location"):
        run(double, partitions(1, "elsewhere"), EXPLORE)
    without = "create table result_like with (format = 'PARQUET') as select 1 as a"
    assert run(double, without, EXPLORE)["Status"]["State"] == "SUCCEEDED"
    held = double.client("glue").get_table(DatabaseName=DATABASE, Name="result_like")["Table"]
    assert "/tables/" in held["StorageDescriptor"]["Location"]


def test_results_go_where_the_group_says_whatever_the_client_asks(double: Double) -> None:
    asked = {"ResultConfiguration": {"OutputLocation": "s3://limits/mine/"}}
    assert "athena-results" in run(double, "select 1", EXPLORE, **asked)["ResultConfiguration"]["OutputLocation"]
    assert "limits/mine" in run(double, "select 1", GROUP, **asked)["ResultConfiguration"]["OutputLocation"]


def test_only_a_group_that_lets_dbt_say_where_tables_go_may_build_gold(double: Double) -> None:
    athena = double.client("athena")
    check_builder(athena, GROUP)
    with pytest.raises(Refused, match="gold's tables would be written to s3://athena-results"):
        check_builder(athena, EXPLORE)
    with pytest.raises(Refused, match="name a work group of the account in KEYSTONE_ATHENA_WORKGROUP"):
        check_builder(athena, "nowhere")


def test_a_query_over_the_cutoff_is_cancelled_and_says_so(double: Double) -> None:
    athena = double.client("athena")
    place = {"OutputLocation": "s3://athena-results/small/"}
    athena.create_work_group(
        Name="small", Configuration={"BytesScannedCutoffPerQuery": 10_000_000, "ResultConfiguration": place}
    )
    hashes = "select to_hex(sha512(to_utf8(cast(y * 10000 + x as varchar)))) as a"
    numbers = f"{hashes} from {TEN_THOUSAND} as t (x) cross join unnest(sequence(1, 12)) as u (y)"
    # Not by Athena's default, GZIP: it would make 9 MB of 15.
    stored = "format = 'PARQUET', write_compression = 'SNAPPY', external_location = 's3://limits/big/'"
    big = f"create table big with ({stored}) as {numbers}"
    assert run(double, big)["Status"]["State"] == "SUCCEEDED"
    read = run(double, "select max(a) from big")
    assert read["Statistics"]["DataScannedInBytes"] > 10_000_000
    assert run(double, "select count(*) from big", "small")["Status"]["State"] == "SUCCEEDED"
    status = run(double, "select max(a) from big", "small")["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")
    with pytest.raises(Refused, match="more than its work group allows"):
        query(connection("small"), "select max(a) from big", ENV)


def test_a_query_string_has_a_limit(double: Double) -> None:
    with pytest.raises(ClientError, match="262144"):
        run(double, "select '" + "x" * 262_144 + "'")
    assert run(double, "select length('" + "x" * 262_000 + "')")["Status"]["State"] == "SUCCEEDED"


def test_a_cancelled_query_says_so_and_stops(double: Double) -> None:
    athena = double.client("athena")
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(query, connection(), LONG, ENV)
        number = None
        while number is None and not asking.done():
            found = athena.list_query_executions(WorkGroup=GROUP)["QueryExecutionIds"][:5]
            described = athena.batch_get_query_execution(QueryExecutionIds=found)["QueryExecutions"]
            running = [q for q in described if q["Query"] == LONG and q["Status"]["State"] == "RUNNING"]
            number = running[0]["QueryExecutionId"] if running else None
            time.sleep(0.1)
        if number:
            athena.stop_query_execution(QueryExecutionId=number)
        with pytest.raises(EnvironmentFault, match=r"Query cancelled by user.*run it again"):
            asking.result(30)


def test_a_throttled_call_is_tried_again_and_then_named(double: Double) -> None:
    fault = {"action": "StartQueryExecution", "code": "TooManyRequestsException", "message": "Rate exceeded"}
    double.fail({**fault, "times": 1})
    assert query(connection(retries=3), "select 1", ENV).rows == [(1,)]
    double.fail({**fault, "times": 50})
    with pytest.raises(EnvironmentFault, match="AWS throttles the account"):
        query(connection(), "select 1", ENV)
    double.fail()


def test_a_throttled_or_denied_glue_is_named(double: Double) -> None:
    glue = double.client("glue")
    for code, said in (
        ("ThrottlingException", "wait a little and run again"),
        ("AccessDeniedException", "the role lacks this permission"),
        ("ExpiredTokenException", "the AWS credentials have expired"),
    ):
        double.fail({"action": "GetDatabases", "code": code, "message": "no", "times": 50}, service="glue")
        with pytest.raises(EnvironmentFault, match=said):
            catalog.plan(glue, "limits", "local", years(2018, 2018))
    double.fail(service="glue")


def test_what_is_missing_is_named(double: Double) -> None:
    with pytest.raises(EnvironmentFault, match="was dropped meanwhile"):
        query(connection(), f"select * from {DATABASE}.nothing", ENV)
    with pytest.raises(EnvironmentFault, match="`keystone catalog apply` makes it"):
        query(connection(), f"select * from {database('silver', 'local')}.orders", ENV)
    with pytest.raises(Refused, match="nowhere is not found"):
        query(connection("nowhere"), "select 1", ENV)
    with pytest.raises(Refused, match="the query has a mistake"):
        query(connection(), "select nothing from (values 1) as t (a)", ENV)
    with pytest.raises(Refused, match="one statement that reads"):
        query(connection(), "drop table limits.hundred", ENV)


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from botocore.config import Config

    once = Config(retries={"total_max_attempts": 1}, connect_timeout=2)
    away = boto3.client("athena", endpoint_url="http://127.0.0.1:9", region_name="us-east-1", config=once)
    with pytest.raises(EnvironmentFault, match="check the network and AWS_ENDPOINT_URL"), classified("ask Athena"):
        away.list_work_groups()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    nobody = boto3.session.Session().client("athena", region_name="us-east-1")
    with pytest.raises(Refused, match="there are no AWS credentials"), classified("ask Athena"):
        nobody.list_work_groups()
