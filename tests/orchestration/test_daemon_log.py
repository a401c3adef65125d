"""The daemon's log has a line when something happens, and none when nothing does."""

from __future__ import annotations

import json

import dagster as dg

from keystone_nexus.cli.daemon_log import DaemonLog, RunLog


def said(message: str, level: str = "info") -> str:
    return json.dumps({"event": message, "level": level, "logger": "dagster.daemon.SensorDaemon"})


def test_a_look_that_found_nothing_new_is_silent() -> None:
    log = DaemonLog()
    assert log.line(said("Checking for new runs for sensor: source_drop")) is None
    first = log.line(said("Sensor source_drop skipped: the files of /d are in the lake"))
    assert first is not None
    assert first.endswith(" source_drop: the files of /d are in the lake")
    assert log.line(said("Sensor source_drop skipped: the files of /d are in the lake")) is None
    assert log.line(said("Sensor heartbeat skipped: Sensor function returned an empty result")) is None
    again = log.line(said("Sensor source_drop skipped: /d changed"))
    assert again is not None
    assert again.endswith("source_drop: /d changed")


def test_errors_and_what_is_no_json_are_passed_on() -> None:
    log = DaemonLog()
    assert log.line("Traceback (most recent call last):") == "Traceback (most recent call last):"
    odd = log.line(said("Checking run 1 failed: no route to host", "error"))
    assert odd is not None
    assert odd.endswith("no route to host")


def test_runs_are_told_when_they_start_and_end_and_why_they_failed() -> None:
    @dg.op
    def works() -> None:
        pass

    @dg.op
    def fails() -> None:
        raise ValueError("the disk is on fire")

    with dg.instance_for_test() as instance:
        dg.GraphDefinition("before", node_defs=[works]).to_job().execute_in_process(instance=instance)
        log = RunLog(instance)
        assert log.changes() == [], "what was there before is no news"
        dg.GraphDefinition("good", node_defs=[works]).to_job().execute_in_process(instance=instance)
        dg.GraphDefinition("bad", node_defs=[fails]).to_job().execute_in_process(
            instance=instance, raise_on_error=False
        )
        lines = log.changes()
        assert [line.partition("(")[2] for line in lines] == [
            "good): success",
            "bad): failure: fails: ValueError: the disk is on fire",
        ]
        assert log.changes() == []
