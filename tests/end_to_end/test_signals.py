"""SIGINT and SIGTERM at any moment: one sentence, 130 or 143, and a lake that the next run completes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import KEYSTONE, ROOT, keystone

PROGRESS = re.compile(r" *\d+\.\d s  ")
SENTENCE = "keystone: interrupted: nothing half-written was published; run again"
SLOW = "select sum(hash(a.range + b.range)) from range(100_000_000) a, range(1000) b"
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def interrupted(how: signal.Signals, after: float | str, *command: str) -> tuple[int | None, list[str], float]:
    """Exit code, lines on stderr but progress, and how long it took: the signal comes after seconds, or after a line."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KEYSTONE_", "DAGSTER_"))}
    process = subprocess.Popen(
        [*KEYSTONE, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean, cwd=ROOT
    )
    assert process.stderr is not None
    if isinstance(after, str):
        while after not in (line := process.stderr.readline()):
            assert line, f"ended before {after!r}"
    else:
        time.sleep(after)
    began = time.monotonic()
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    lines = [line for line in errors.splitlines() if not PROGRESS.match(line)]
    return process.returncode, lines, time.monotonic() - began


MOMENTS = ["records of geolocation", "to build", "silver/orders", "gold: building", "analytics/charts"]


@pytest.mark.parametrize(("how", "moment"), [(list(CODES)[i % 2], moment) for i, moment in enumerate(MOMENTS)])
def test_a_run_stops_at_each_step(tmp_path: Path, synthetic: Path, how: signal.Signals, moment: str) -> None:
    ended = interrupted(how, moment, "--lake", str(tmp_path / "lake"), "run", "--source", str(synthetic))
    assert ended[:2] == (CODES[how], [SENTENCE])
    assert ended[2] < 10


@pytest.mark.long
@pytest.mark.parametrize("how", CODES)
def test_a_run_stops_at_many_moments_and_the_next_completes_it(
    tmp_path: Path, synthetic: Path, how: signal.Signals
) -> None:
    lake, wrong = tmp_path / "lake", list[object]()
    for tenth in range(1, 80, 3):
        ended = interrupted(
            how, tenth / 10, "--lake", str(lake), "run", "--source", str(synthetic), "--no-pages", "--all"
        )
        before_python_runs = ended[:2] == (-how, [])
        if ended[:2] != (CODES[how], [SENTENCE]) and ended[0] != 0 and not before_python_runs:
            wrong.append((tenth, ended))
    assert not wrong
    done = keystone(lake, "run", "--source", str(synthetic), "--no-pages")
    assert done.returncode == 0, done.stderr
    verified = keystone(lake, "verify")
    assert verified.returncode == 0, verified.stderr


@pytest.mark.parametrize("after", [0.3, 2.0])
@pytest.mark.parametrize("how", CODES)
def test_a_long_query_stops(built_lake: Path, how: signal.Signals, after: float) -> None:
    ended = interrupted(how, after, "--lake", str(built_lake), "query", SLOW)
    assert ended[:2] == (CODES[how], [SENTENCE])
    assert ended[2] < 8


def test_a_command_that_waits_for_the_lock_stops(lake: Path) -> None:
    from keystone_nexus.lake.lock import lake_lock

    with lake_lock(lake, "test"):
        ended = interrupted(signal.SIGTERM, 2.0, "--lake", str(lake), "gold", "rollback")
    assert ended[:2] == (143, [SENTENCE])


@pytest.mark.long
@pytest.mark.parametrize("how", CODES)
@pytest.mark.parametrize("after", [0.5, 2.0, 4.0, 8.0])
def test_the_ui_stops_with_its_servers(lake: Path, how: signal.Signals, after: float) -> None:
    ended = interrupted(how, after, "--lake", str(lake), "--quiet", "ui", "--port", "3917")
    assert ended[0] == CODES[how]
    assert ended[1][-1] == SENTENCE
    assert "Traceback" not in "\n".join(ended[1])
    assert not subprocess.run(["pgrep", "-f", "dagster.*3917"], capture_output=True, check=False).stdout
