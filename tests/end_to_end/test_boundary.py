"""What surrounds a command: streams that are closed or full, odd arguments, the shell's variables, an error unforeseen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, keystone

UNFORESEEN = """
import sys
import keystone_nexus.cli.report as report
def status(_): raise ValueError("of postgres://me:hidden1@host/db and hidden2")
report.status = status
from keystone_nexus.cli.__main__ import run
sys.exit(run())
"""


def shell(lake: Path, command: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """A line of a shell, in which `keystone` is the command on the lake."""
    line = f'keystone() {{ "{sys.executable}" -m keystone_nexus.cli --lake "{lake}" "$@"; }}; {command}'
    env = {"PATH": "/usr/bin:/bin", "HOME": str(lake.parent), **variables}
    return subprocess.run(["bash", "-c", line], capture_output=True, env=env, cwd=ROOT, check=False, timeout=120)


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("keystone status >&-", 0, b""),
        ("keystone query 'select 1' <&- >&- 2>&-", 0, b""),
        ("keystone query selec 2>&-", 2, b""),
        ("keystone status >/dev/full", 3, b"keystone: standard output cannot be written: No space left on device\n"),
        ("keystone --help >/dev/full", 3, b"keystone: standard output cannot be written: No space left on device\n"),
        ("keystone query selec 2>/dev/full", 2, b""),
        ("keystone query 'from range(200000)' | head -1; exit ${PIPESTATUS[0]}", 0, b""),
        ("keystone query $'select \\xff'", 2, b"keystone: argument 4 is no UTF-8 at character 8: select \\xff\n"),
        ("keystone export gold.dim_date --out $'/tmp/\\xff.csv'", 2, b"no UTF-8"),
        ("KEYSTONE_DROP_DIR=$'\\xff' keystone status", 2, b"keystone: KEYSTONE_DROP_DIR is no UTF-8"),
    ],
)
def test_streams_and_arguments(built_lake: Path, command: str, code: int, said: bytes) -> None:
    done = shell(built_lake, command)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    assert said in done.stderr
    assert bool(said) == bool(done.stderr)


@pytest.mark.parametrize("style", ["table", "csv", "json"])
def test_the_shells_variables_change_no_result(built_lake: Path, style: str) -> None:
    sql = "select 'São Paulo' as city, now()::timestamp::date = current_date as utc, * from gold.dim_date order by date limit 3"
    command = f'keystone query "{sql}" --format {style}'
    plain = shell(built_lake, command, LC_ALL="C.UTF-8")
    odd = shell(
        built_lake, command, LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0",
        PYTHONWARNINGS="error", PYTHONOPTIMIZE="2", POLARS_VERBOSE="1", POLARS_FMT_MAX_ROWS="1", TZ="Asia/Tokyo", COLUMNS="3",
    )  # fmt: skip
    assert (plain.returncode, plain.stderr) == (0, b"")
    assert "São Paulo" in plain.stdout.decode()
    assert (odd.returncode, odd.stdout, odd.stderr) == (0, plain.stdout, b"")


def test_control_characters_reach_no_terminal(built_lake: Path) -> None:
    evil = "chr(27) || '[31m' || chr(155) || chr(8238) || chr(127) || chr(7) || chr(13) || chr(9)"
    table = shell(built_lake, f'keystone query "select {evil} as a"').stdout.decode()
    assert r"\x1b[31m\x9b\u202e\x7f\x07\r\t" in table
    raw = shell(built_lake, f'keystone query "select {evil} as a" --json').stdout.decode()
    assert json.loads(raw)[0]["a"] == "\x1b[31m\x9b\u202e\x7f\x07\r\t"
    csv = shell(built_lake, f'keystone query "select {evil} as a" --format csv').stdout.decode()
    assert "\x1b[31m\x9b\u202e\x7f\x07" in csv  # to a pipe the bytes are kept
    seen = shell(built_lake, f"script -qc '{sys.executable} -m keystone_nexus.cli --lake {built_lake} query \"select chr(27) as a\" --format csv' /dev/null")  # fmt: skip
    errors = shell(
        built_lake, "keystone query $'select \\e[31m x'; keystone $'\\ebad'; keystone run --select $'\\e]0;x'"
    )
    for text in (table, raw, seen.stdout.decode(), errors.stderr.decode()):
        assert not set(text) & set("\x1b\x9b\u202e\x7f\x07")


def test_what_nobody_foresaw_is_70_and_a_report(lake: Path, tmp_path: Path) -> None:
    def run(place: Path, **more: str) -> subprocess.CompletedProcess[str]:
        env = {"HOME": str(tmp_path), "A_TOKEN": "hidden2", **more}
        command = [sys.executable, "-c", UNFORESEEN, "--lake", str(place), "status"]
        return subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT, check=False)

    done = run(lake)
    (report,) = (lake / ".dagster/reports").iterdir()
    assert done.returncode == 70
    assert len(done.stderr.splitlines()) == 1
    assert str(report) in done.stderr
    assert report.stat().st_mode & 0o777 == 0o600
    text = report.read_text()
    assert "Traceback" in text
    assert "ValueError" in text
    assert "hidden" not in text + done.stderr
    assert run(tmp_path / "none").returncode == 70
    assert list((tmp_path / ".local/state/keystone-nexus/reports").iterdir())
    debugged = run(lake, KEYSTONE_DEBUG="1")
    assert debugged.returncode == 70
    assert "Traceback" in debugged.stderr


def test_a_refusal_is_no_traceback_when_debugging_is_off(built_lake: Path) -> None:
    assert "Traceback" not in keystone(built_lake, "query", "x").stderr
