"""What `keystone run` refuses: exit 2 with the reason in a sentence, and a lake as it was before."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import KEYSTONE, ROOT, keystone
from tests.helpers import HELD_BACK, files_below, header_of, nine_headers


@pytest.fixture
def headers(tmp_path: Path) -> Path:
    return nine_headers(tmp_path / "headers")


def incomplete(drop: Path) -> str:
    (drop / "orders.csv").unlink()
    return "first drop and lacks orders"


def renamed(drop: Path) -> str:
    (drop / "orders.csv").write_text(header_of("orders").replace("order_status", "status"))
    return "orders.csv: orders lacks the column `order_status`; renamed? it has `status`"


def open_quote(drop: Path) -> str:
    (drop / "orders.csv").write_text(header_of("orders") + 'o1,"c1\n')
    return "orders.csv: record 1 (line 2) opens a quote that is never closed"


def unknown(drop: Path) -> str:
    (drop / "colours.csv").write_text("colour\nred\n")
    return "colours.csv: neither header nor name is one of the nine Olist tables"


@pytest.mark.parametrize("spoil", [incomplete, renamed, open_quote, unknown])
def test_a_bad_drop_is_exit_2_and_publishes_nothing(
    tmp_path: Path, headers: Path, spoil: Callable[[Path], str]
) -> None:
    why = spoil(headers)
    lake = tmp_path / "lake"
    done = keystone(lake, "run", "--no-pages", "--source", str(headers))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert why in done.stderr.splitlines()[-1]
    published = [
        n for n in files_below(lake) if n.startswith(("bronze/", "silver/", "quarantine/", "gold/", ".staging/"))
    ]
    assert published == []


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        ({"format": 99, "env": "local"}, "install a newer Keystone Nexus"),
        ({"format": 1, "env": "prod"}, "belongs to the environment 'prod', this is 'local'"),
        ({"env": "local"}, "lake.json is not a lake's identity"),
        ([], "lake.json is not a lake's identity"),
        (None, "lake.json is not a lake's identity"),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["status"]])
def test_a_lake_that_is_not_ours_is_refused(
    tmp_path: Path, headers: Path, identity: object, why: str, command: list[str]
) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / "lake.json").write_text(json.dumps(identity))
    done = keystone(lake, *command, *(["--source", str(headers)] if command == ["run"] else []))
    assert done.returncode == 2, done.stderr
    assert why in done.stderr
    assert list(files_below(lake)) == ["lake.json"]


def test_a_lake_without_permission_to_write_is_the_machines_fault(tmp_path: Path, headers: Path) -> None:
    place = tmp_path / "place"
    place.mkdir(mode=0o555)
    done = subprocess.run(
        [*HELD_BACK, *KEYSTONE, "--lake", str(place / "lake"), "run", "--no-pages", "--source", str(headers)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert done.stderr.strip().endswith("lake cannot be created: Permission denied")
    assert list(place.iterdir()) == []
