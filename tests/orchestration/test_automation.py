"""What happens by itself: a new file is taken, exactly the affected days are asked for, alerts are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from keystone_nexus.lake.alert_log import kept
from keystone_nexus.lake.errors import Breach, EnvironmentFault, Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.lock import lake_lock
from keystone_nexus.orchestration import attempts
from keystone_nexus.orchestration.attempts import TAG
from keystone_nexus.orchestration.automation import write_alert
from keystone_nexus.orchestration.failures import failure_of
from keystone_nexus.orchestration.pending_runs import requests_for, silver_is_being_built
from keystone_nexus.source.land import land
from tests.orchestration.failed_runs import fail_step


def test_exactly_the_affected_days_are_requested(lake: Path, synthetic: Path, tmp_path: Path) -> None:
    here = Lake(lake)
    with dg.DagsterInstance.ephemeral() as instance:
        assert requests_for(instance, here) == ([], [])
        orders = pl.read_csv(synthetic / "olist_orders_dataset.csv", infer_schema=False)
        near = orders.filter(pl.col("order_purchase_timestamp").str.starts_with("2017-11-2")).head(2)
        far = orders.filter(pl.col("order_purchase_timestamp").str.starts_with("2018-06")).head(1)
        drop = tmp_path / "drop"
        drop.mkdir()
        pl.concat([near, far]).with_columns(order_status=pl.lit("unavailable")).write_csv(drop / "orders.csv")
        with lake_lock(lake, "test"):
            land(here, str(drop))
        requests, _ = requests_for(instance, here)
        spans = [
            (r.tags["dagster/asset_partition_range_start"], r.tags["dagster/asset_partition_range_end"])
            for r in requests
        ]
        days = sorted({t[:10] for t in near["order_purchase_timestamp"]})
        assert spans == [(days[0], days[-1]), (far["order_purchase_timestamp"][0][:10],) * 2]
        for request in requests:
            assert {k.to_user_string() for k in request.asset_selection or []} == {"silver/orders", "quarantine/orders"}
        assert requests_for(instance, here)[0] == requests, "the same cause, the same runs"
        run = dg.DagsterRun("build_silver", tags=dict(requests[0].tags), status=dg.DagsterRunStatus.FAILURE)
        instance.add_run(run)
        again, waiting = requests_for(instance, here)
        assert again == requests[1:], "what failed is asked for again, but not at once"
        assert len(waiting) == 1
        assert waiting[0].startswith(f"{days[0]}")
        assert "asked for again at" in waiting[0]


def test_alerts_are_lines_of_json(tmp_path: Path) -> None:
    write_alert(Lake(tmp_path), "gate_failed", "silver/orders: 12 rows")
    write_alert(Lake(tmp_path), "run_failed", "disk full", run_id="x")
    lines = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["gate_failed", "run_failed"]
    assert lines[1]["run_id"] == "x"


def alerts_of(lake: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in kept(Lake(lake))]


@pytest.mark.parametrize(
    ("error", "tags", "said"),
    [
        (
            EnvironmentFault("the lake /l is locked by process 4711 on h (`x`, since 2026-01-01T00:00:00Z)"),
            {TAG: "drop-1"},
            r"step: the lake /l is locked by process 4711 on h \(`x`, since 2026-01-01T00:00:00Z\)\. "
            r"Nothing, if the holder finishes: it is asked for again after \d\d:\d\d:\d\d UTC",
        ),
        (EnvironmentFault("/l: No space left on device"), {}, r"step: /l: No space left on device\. Run it again; if "),
        (Refused("orders.csv lacks `x`"), {}, r"step: orders.csv lacks `x`\. Correct what it names"),
        (Breach("gold is withheld"), {}, r"step: gold is withheld\. Correct what it names"),
        (ValueError("no such thing"), {}, r"step: ValueError: no such thing\. Run it again"),
    ],
)
def test_an_alert_says_the_cause_the_run_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, tags: dict[str, str], said: str
) -> None:
    from keystone_nexus.defs.automation import alert_on_failure
    from keystone_nexus.orchestration.retries import retried

    monkeypatch.setenv("KEYSTONE_LAKE", str(tmp_path))
    monkeypatch.delenv("KEYSTONE_ENV", raising=False)
    monkeypatch.setattr("keystone_nexus.orchestration.retries.SECONDS_BETWEEN", 0)

    @dg.op(out=dg.DynamicOut())
    def step() -> Iterator[dg.DynamicOutput[int]]:
        @retried
        def broken() -> Iterator[dg.DynamicOutput[int]]:
            yield from ()
            raise error

        yield from broken()

    @dg.job
    def failing() -> None:
        step()

    with dg.instance_for_test() as instance:
        result = failing.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        context = dg.build_run_status_sensor_context(
            sensor_name="alert_on_failure",
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        ).for_run_failure()
        alert_on_failure(context)
    (alert,) = alerts_of(tmp_path)
    assert (alert["kind"], alert["job"], alert["run_id"]) == ("run_failed", "failing", result.run_id)
    assert re.search(said, alert["text"]), alert["text"]
    assert alert["text"].startswith("failing failed: step: ")
    assert alert["text"].endswith(f"(run {result.run_id})")


def test_a_run_whose_process_died_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.DagsterRun("ingest", status=dg.DagsterRunStatus.STARTED)
        instance.add_run(run)
        instance.report_run_failed(run, message="its process died; its work is done again by the next run")
        failed = instance.get_run_by_id(run.run_id)
        assert failed is not None
        assert failure_of(instance, failed).text == "its process died; its work is done again by the next run"


def test_an_alert_that_cannot_be_kept_is_sent_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[str] = []
    monkeypatch.setattr("keystone_nexus.orchestration.automation.publish", lambda *said: sent.append(said[2]))
    write_alert(Lake(tmp_path / "gone"), "run_failed", "the disk is full")
    assert sent == ["the disk is full"]
    assert "the disk is full" in caplog.text


def test_a_closed_gate_writes_one_alert(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dagster as dg

    from keystone_nexus.defs.automation import alert_on_gate
    from keystone_nexus.lake import builds

    built = builds.read(Lake(lake)).filter(pl.col("table") == "customers")
    worse = built.with_columns(quarantined=pl.lit(500), rejects=pl.lit('{"domain:customer_state": 500}'))
    builds.append(Lake(lake), worse.select(list(builds.SCHEMA)), 1, "test")
    monkeypatch.setenv("KEYSTONE_LAKE", str(lake))
    monkeypatch.delenv("KEYSTONE_ENV", raising=False)
    with dg.instance_for_test() as instance:
        first = alert_on_gate(dg.build_sensor_context(instance=instance))
        alert_on_gate(dg.build_sensor_context(instance=instance, cursor=first.cursor))
    lines = [json.loads(line) for line in (lake / "alerts.jsonl").read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["gate_failed"] * 2, "the rows do not add up either"
    assert "domain:customer_state 500" in lines[1]["text"]


def test_gold_follows_silver_while_gates_are_open_and_when_they_open_again(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dagster as dg

    from keystone_nexus.definitions import defs
    from keystone_nexus.lake import builds
    from keystone_nexus.lake.acceptances import accept

    def settled() -> None:
        monkeypatch.setenv("KEYSTONE_LAKE", str(lake))
        monkeypatch.delenv("KEYSTONE_ENV", raising=False)
        monkeypatch.setenv("DAGSTER_HOME", str(lake / ".dagster"))

    settled()
    here = Lake(lake)

    def requested(cursor: object) -> tuple[int, object]:
        found = dg.evaluate_automation_conditions(
            defs, instance, asset_selection=dg.AssetSelection.groups("gold"), cursor=cursor
        )
        return found.total_requested, found.cursor

    def rebuild(table: str, **figures: pl.Expr) -> None:
        """As a run would: the lake's record, then Dagster's."""
        built = builds.read(here).filter(pl.col("table") == table).with_columns(**figures)
        builds.append(here, built.select(list(builds.SCHEMA)), 1, "test")
        instance.report_runless_asset_event(dg.AssetMaterialization(["silver", table]))

    def fail(error: str = "Breach") -> None:
        run = instance.create_run_for_job(defs.resolve_job_def("build_gold"))
        fail_step(instance, run, "gold", error)

    with dg.DagsterInstance.get() as instance:
        count, cursor = requested(None)
        assert count == 0, "gold is what silver gives"
        rebuild("customers", quarantined=pl.lit(11), silver=pl.lit(10_000), silver_sha256=pl.lit("new"))
        count, cursor = requested(cursor)
        assert count, "a warning holds nothing back"
        fail()
        monkeypatch.setattr(attempts.time, "time", lambda now=attempts.time.time: now() + 7200)
        count, cursor = requested(cursor)
        assert count == 0, "what a model made fail is not tried again by itself"
        monkeypatch.undo()
        settled()
        fail("EnvironmentFault")
        count, cursor = requested(cursor)
        assert count == 0, "what the machine made fail is tried again, but not at once"
        monkeypatch.setattr(attempts.time, "time", lambda now=attempts.time.time: now() + 21)
        count, cursor = requested(cursor)
        assert count, "once the wait is over"
        monkeypatch.undo()
        settled()
        rebuild("customers", quarantined=pl.lit(500))
        count, cursor = requested(cursor)
        assert count == 0, "a closed gate does"
        accept(here, "silver/customers", "reject_budget", None, "known", None)
        count, cursor = requested(cursor)
        assert count, "once accepted, what was held back follows"


@pytest.mark.parametrize(
    ("job", "selection", "builds"),
    [
        ("land_stream", None, False),
        ("ingest", None, False),
        ("build_gold", None, False),
        ("__ASSET_JOB", [["gold", "fact_sales"]], False),
        ("__ASSET_JOB", [["silver", "orders"], ["quarantine", "orders"]], True),
        ("lakehouse", None, True),
        ("undated", None, True),
    ],
)
def test_only_a_build_of_silver_holds_back_what_is_pending(
    job: str, selection: list[list[str]] | None, builds: bool
) -> None:
    keys = frozenset(dg.AssetKey(key) for key in selection) if selection else None
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_run(dg.DagsterRun(job, asset_selection=keys, status=dg.DagsterRunStatus.STARTED))
        assert silver_is_being_built(instance) is builds
