"""`keystone` on a lake `s3://NAME`, without gold (which is Athena's): the same lake as in a folder, whatever S3 does."""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from tests.conftest import KEYSTONE, ROOT, keystone
from tests.s3.conftest import new_lake
from tests.s3.lakes import files, objects
from tests.s3.server import S3

FILES = "group:bronze or group:silver or group:quarantine"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def env(s3: S3, tmp_path: Path) -> dict[str, str]:
    """What a process needs to work on the server, with copies and a Dagster home of its own."""
    return {
        **s3.env,
        "KEYSTONE_CACHE": str(tmp_path / "copies"),
        "DAGSTER_HOME": str(tmp_path / "home"),
    }


@pytest.fixture
def ran(s3: S3, env: dict[str, str]) -> Run:
    """Runs `keystone` on the server."""
    return lambda lake, *arguments: keystone(lake, *arguments, env=env)


def same(s3: S3, url: str, folder: Path) -> None:
    for layer in ("bronze", "silver", "quarantine"):
        assert objects(s3, f"{url.removeprefix('s3://')}-{layer}") == files(folder, layer), layer


def test_a_lake_on_a_failing_s3_is_the_folders_byte_by_byte(s3: S3, ran: Run, month: Path, tmp_path: Path) -> None:
    """One request in ten fails: every object is written, none twice, and a second run has nothing to do."""
    url = new_lake(s3)
    s3.rate = 0.1
    done = ran(url, "run", "--source", str(month), "--select", FILES)
    assert done.returncode == 0, done.stderr
    assert sum(s3.faults.values()) > 20
    s3.rate = 0.0
    written = Counter(path for path, _ in s3.puts if "/_locks/" not in path and path.count("/") > 1)
    assert {path for path, times in written.items() if times > 1} == set()
    local = tmp_path / "local"
    assert keystone(local, "run", "--source", str(month), "--select", FILES).returncode == 0
    same(s3, url, local)
    s3.puts.clear()
    again = ran(url, "run", "--source", str(month), "--select", FILES)
    assert "already in the lake" in again.stderr
    assert [path for path, _ in s3.puts if "/_locks/" not in path] == []
    assert ran(url, "verify").returncode == 0


@pytest.mark.long
def test_one_changed_day_costs_few_requests(s3: S3, ran: Run, month: Path, tmp_path: Path) -> None:
    """No listing for each file, no look at each object: what a drop of one payment asks of S3 does not grow."""
    url = new_lake(s3)
    assert ran(url, "run", "--source", str(month), "--select", FILES).returncode == 0
    s3.requests.clear()
    s3.puts.clear()
    assert ran(url, "run", "--source", str(changed(month, tmp_path / "drop")), "--select", FILES).returncode == 0
    days = [path for path, _ in s3.puts if "part-0.parquet" in path]
    assert len(days) == 1
    assert re.search(r"-silver/order_payments/year=\d{4}/month=\d\d/day=\d\d/part-0.parquet$", days[0])
    assert s3.calls("HEAD") <= 4
    assert s3.calls("LIST") <= 60
    assert s3.calls("GET") <= 40
    assert s3.calls("PUT") <= 20


def changed(source: Path, drop: Path) -> Path:
    """A drop of one payment that the source has, with another value."""
    drop.mkdir()
    (path,) = source.glob("*payments*.csv")
    with path.open(newline="") as file:
        row = next(csv.DictReader(file))
    row["payment_value"] = "1.11"
    with (drop / path.name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    return drop


@pytest.mark.long
def test_a_run_that_is_killed_is_done_again(s3: S3, env: dict[str, str], ran: Run, month: Path, tmp_path: Path) -> None:
    url, chance = new_lake(s3), random.Random(3)
    command = [*KEYSTONE, "--lake", url, "--quiet", "run", "--source", str(month), "--select", FILES]
    for _ in range(3):
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(chance.uniform(2, 4.5))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if chance.random() < 0.5:
            shutil.rmtree(tmp_path / "copies", ignore_errors=True)  # the next host has no copies
    done = ran(url, "run", "--source", str(month), "--select", FILES)
    assert done.returncode == 0, done.stderr
    local = tmp_path / "local"
    assert keystone(local, "run", "--source", str(month), "--select", FILES).returncode == 0
    same(s3, url, local)
    assert ran(url, "verify").returncode == 0


@pytest.mark.long
def test_two_runs_at_once_do_the_work_once(s3: S3, env: dict[str, str], month: Path, tmp_path: Path) -> None:
    """As two tasks on two hosts: each with its own copies and home."""
    url = new_lake(s3)
    both = [
        subprocess.Popen(
            [*KEYSTONE, "--lake", url, "--quiet", "run", "--source", str(month), "--select", FILES],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **env, "KEYSTONE_CACHE": str(tmp_path / f"c{n}"), "DAGSTER_HOME": str(tmp_path / f"h{n}")},
        )
        for n in range(2)
    ]  # fmt: skip
    ended = [process.communicate(timeout=200) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    days = Counter(path for path, _ in s3.puts if "part-0.parquet" in path)
    assert max(days.values()) == 1
    assert sum("_ledger" in path for path, _ in s3.puts) == 1


@pytest.mark.long
def test_verify_names_what_somebody_put_or_took(s3: S3, ran: Run, month: Path) -> None:
    url = new_lake(s3)
    assert ran(url, "run", "--source", str(month), "--select", FILES).returncode == 0
    silver = boto3.resource("s3", endpoint_url=s3.url).Bucket(f"{url.removeprefix('s3://')}-silver")
    held = sorted(one.key for one in silver.objects.filter(Prefix="orders/"))
    silver.put_object(Key="orders/notes.txt", Body=b"x")
    silver.put_object(Key=held[0], Body=b"x")
    silver.delete_objects(Delete={"Objects": [{"Key": held[1]}]})
    done = ran(url, "verify")
    assert done.returncode == 1
    assert "silver/orders/notes.txt was built by no recorded run" in done.stderr
    assert f"silver/{held[0]} is not what was built" in done.stderr
    assert f"{day_of(held[1])} is missing its object" in done.stderr


def day_of(key: str) -> str:
    return "-".join(part.partition("=")[2] for part in key.split("/")[1:4])


def test_an_environment_cannot_write_anothers_lake(s3: S3, ran: Run, month: Path) -> None:
    url = new_lake(s3)
    assert ran(url, "run", "--source", str(month), "--select", FILES, "--env", "prod").returncode == 0
    s3.puts.clear()
    for arguments in (("run", "--source", str(month)), ("status",), ("quarantine", "list")):
        refused = ran(url, *arguments, "--env", "staging")
        assert refused.returncode == 2
        assert "belongs to the environment 'prod', this is 'staging'" in refused.stderr
    assert s3.puts == []


@pytest.mark.long
def test_a_denied_write_publishes_nothing_half(s3: S3, ran: Run, month: Path) -> None:
    """Silver's bucket refuses: bronze is whole, the days are pending, and the next run builds them."""
    url = new_lake(s3)
    s3.answer = lambda environ: (
        ("403", "AccessDenied")
        if environ["REQUEST_METHOD"] == "PUT" and "-silver/order" in environ["PATH_INFO"]
        else None
    )
    done = ran(url, "run", "--source", str(month), "--select", FILES)
    assert done.returncode == 3
    assert "grant s3:PutObject on bucket" in done.stderr
    assert "Traceback" not in done.stderr
    assert not any("-silver/orders/" in path for path, _ in s3.puts)
    s3.answer = None
    assert ran(url, "run", "--select", FILES).returncode == 0
    assert ran(url, "verify").returncode == 0


@pytest.mark.long
def test_rejected_rows_are_shown_from_copies(s3: S3, ran: Run, month: Path, tmp_path: Path) -> None:
    url, drop = new_lake(s3), tmp_path / "bad"
    shutil.copytree(month, drop)
    (path,) = drop.glob("*payments*.csv")
    lines = path.read_text().splitlines()
    cells = lines[1].split(",")
    cells[-1] = "-5"
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n")
    assert ran(url, "run", "--source", str(drop), "--select", FILES).returncode == 0
    listed = ran(url, "quarantine", "list")
    assert listed.returncode == 0, listed.stderr
    assert "range:payment_value" in listed.stdout
    assert '"-5"' in ran(url, "quarantine", "show", "order_payments", "--json").stdout
