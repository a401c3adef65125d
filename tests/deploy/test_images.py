"""The images, without an engine: their Dockerfiles' own steps in chroots of Debian 12, and what they hold run for real.

As root on a machine with debootstrap: `make test-images`. What runs in them runs as `docker run --read-only
--cap-drop=ALL --security-opt=no-new-privileges --tmpfs /tmp` would: another user, no capability, a read-only tree.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.dockerfile import Builder, Image, command_in
from tests.deploy.postgres import Server, free_port
from tests.deploy.stack import is_loaded, launch, production_env, status, waited

pytestmark = pytest.mark.images
ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keystone-nexus"
MIRROR = os.environ.get("KEYSTONE_DEBIAN_MIRROR", "http://deb.debian.org/debian")
VARIABLES = ("KEYSTONE_", "DAGSTER_", "AWS_", "PG")


@pytest.fixture(scope="module")
def base() -> Path:
    """Debian 12 as `debian:12-slim` has it, made once and kept."""
    if os.geteuid() != 0:
        pytest.skip("chroots are made by root only: sudo make test-images")
    if shutil.which("debootstrap") is None:
        pytest.skip("debootstrap is not installed: apt-get install debootstrap")
    root = CACHE / "debian-12"
    if not (root / "etc" / "debian_version").exists() or not (root / ".whole").exists():
        shutil.rmtree(root, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", "bookworm", str(root), MIRROR],
            check=True,
            capture_output=True,
            timeout=900,
        )
        (root / ".whole").touch()
    return root


@pytest.fixture(scope="module")
def work() -> Iterator[Path]:
    """Where the stages are; big, and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="keystone-images-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def keystone(base: Path, work: Path) -> Image:
    return Builder(ROOT, base, work / "keystone").build(ROOT / "Dockerfile")


@pytest.fixture(scope="module")
def lake(keystone: Image) -> Iterator[Path]:
    """A writable directory, mounted into the read-only tree."""
    folder = Path(tempfile.mkdtemp(prefix="keystone-lake-", dir="/var/tmp"))
    uid, _, gid = keystone.user.partition(":")
    os.chown(folder, int(uid), int(gid))
    (keystone.root / "lake").mkdir(exist_ok=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def run(image: Image, *command: str, mounts: dict[Path, str] | None = None, timeout: float = 600, **env: str):
    return subprocess.run(
        command_in(image, [*image.entrypoint, *command], env, mounts or {}),
        capture_output=True, text=True, check=False, timeout=timeout, cwd="/",
    )  # fmt: skip


class TestKeystone:
    def test_it_says_its_version(self, keystone: Image):
        done = run(keystone, "keystone", "--version")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("keystone ")

    def test_it_is_not_root_and_nothing_but_tmp_can_be_written(self, keystone: Image):
        script = "id -u; for d in / /etc /opt/keystone/app /var/lib /usr/local/bin; do touch $d/x 2> /dev/null && echo wrote $d; done; touch /tmp/x && echo tmp"
        done = run(keystone, "sh", "-c", script)
        assert done.stdout.split("\n")[:-1] == ["65532", "tmp"], done.stdout + done.stderr

    def test_no_tool_that_builds_is_left(self, keystone: Image):
        done = run(keystone, "sh", "-c", "command -v gcc pip uv curl git; ls /opt")
        assert done.stdout.split() == ["keystone"]

    def test_the_doctor_is_content(self, keystone: Image, lake: Path):
        done = run(keystone, "keystone", "--lake", "/lake", "doctor", mounts={lake: "/lake"})
        assert done.returncode == 0, done.stdout + done.stderr

    def test_it_builds_a_lake_as_it_would_in_a_task(self, keystone: Image, lake: Path):
        (lake / "drop").mkdir()
        os.chown(lake / "drop", 65532, 65532)
        made = run(keystone, "keystone", "generate", "--out", "/lake/drop", "--scale", "0.02", mounts={lake: "/lake"})
        assert made.returncode == 0, made.stderr
        done = run(
            keystone, "keystone", "--lake", "/lake/lake", "run", "--source", "/lake/drop", "--quiet",
            mounts={lake: "/lake"}, timeout=900, DAGSTER_HOME="",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert (lake / "lake" / "gold" / "gold.duckdb").exists()
        asked = run(
            keystone, "keystone", "--lake", "/lake/lake", "query", "select count(*) as n from gold.fact_orders",
            "--format", "csv", mounts={lake: "/lake"},
        )  # fmt: skip
        assert int(asked.stdout.split()[1]) > 1000

    def test_webserver_daemon_and_code_server_run_a_job(
        self,
        keystone: Image,
        lake: Path,
        postgres: Server,
        s3: str,
        tmp_path: Path,
    ):
        from tests.conftest import keystone as command_line

        source = Path(tempfile.mkdtemp(prefix="drop-", dir=tmp_path))
        assert command_line(tmp_path, "generate", "--out", str(source), "--scale", "0.02").returncode == 0
        target = lake / "served"
        shutil.copytree(source, lake / "served-drop")
        env = {k: v for k, v in production_env(tmp_path, postgres, s3, target).items() if k.startswith(VARIABLES)}
        env |= {
            "DAGSTER_PG_SECRET": "/lake/password",
            "KEYSTONE_LAKE": "/lake/served",
            "KEYSTONE_SOURCE": "/lake/served-drop",
        }
        shutil.copy(tmp_path / "password", lake / "password")
        for path in lake.rglob("*"):
            os.chown(path, 65532, 65532)
        for name in ("DAGSTER_HOME", "KEYSTONE_WORKSPACE"):
            env.pop(name)
        port = int(env["KEYSTONE_UI_PORT"])
        started = []
        try:
            for role in ("code", "webserver", "daemon"):
                log = (tmp_path / f"{role}.log").open("wb")
                one = command_in(keystone, keystone.entrypoint, {**env, "KEYSTONE_ROLE": role}, {lake: "/lake"})
                started.append(subprocess.Popen(one, stdout=log, stderr=log, cwd="/", start_new_session=True))
            waited("the code location", lambda: is_loaded(port), 300)
            run_id = launch(port, "ingest")
            ended = waited("the landing", lambda: (s := status(port, run_id)) in ("SUCCESS", "FAILURE") and s, 300)
            assert ended == "SUCCESS", "\n".join(p.read_text()[-3000:] for p in tmp_path.glob("*.log"))
            assert list((target / "bronze" / "_ledger").glob("*.json"))
        finally:
            for one in started:
                os.killpg(one.pid, signal.SIGTERM)
            for one in started:
                one.wait(60)


class TestIngest:
    @pytest.fixture(scope="class")
    def ingest(self, base: Path, work: Path) -> Image:
        return Builder(ROOT, base, work / "ingest").build(ROOT / "cpp_ingest" / "Dockerfile")

    def test_it_says_its_version(self, ingest: Image):
        done = run(ingest, "--version")
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()

    def test_it_serves_and_its_own_health_check_says_so(self, ingest: Image):
        port, metrics = free_port(), free_port()
        command = [
            ingest.entrypoint[0], "--listen", f"127.0.0.1:{port}", "--metrics", f"127.0.0.1:{metrics}", "--mock-kafka", "1",
        ]  # fmt: skip
        one = subprocess.Popen(command_in(ingest, command, {}, {}), cwd="/", start_new_session=True)
        try:
            url = f"http://127.0.0.1:{metrics}/metrics"
            waited("the metrics", lambda: urllib.request.urlopen(url, timeout=2).status == 200, 60)
            check = ["/usr/local/bin/healthcheck.sh"]
            env = {"KEYSTONE_INGEST_ADDRESS": f"127.0.0.1:{port}"}
            healthy = subprocess.run(command_in(ingest, check, env, {}), cwd="/", check=False, capture_output=True)
            assert healthy.returncode == 0, healthy.stderr
        finally:
            os.killpg(one.pid, signal.SIGTERM)
            one.wait(60)
        time.sleep(1)
        dead = subprocess.run(command_in(ingest, check, env, {}), cwd="/", check=False, capture_output=True)
        assert dead.returncode != 0
