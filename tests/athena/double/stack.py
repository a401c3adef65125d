"""All of the double: moto, Trino and the API, started and stopped together."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.athena.double import artifacts
from tests.athena.double.faults import PATH
from tests.athena.double.processes import free_port, start, stop, wait_for_port
from tests.athena.double.server import Athena
from tests.athena.double.trino import Trino, start_trino, wait_until_ready

REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Double:
    """Where it answers, and how long it took to start."""

    aws: str
    athena: str
    trino: str
    seconds: float
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What makes every AWS client talk to it."""
        return {
            "AWS_ENDPOINT_URL": self.aws, "AWS_ENDPOINT_URL_ATHENA": self.athena, "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
        }  # fmt: skip

    def client(self, service: str) -> Any:
        url = self.athena if service == "athena" else self.aws
        return boto3.client(
            service, endpoint_url=url, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
        )

    def fail(self, *faults: dict[str, Any], service: str = "athena") -> None:
        """Orders faults (`faults.py`); none forgets all."""
        url = (self.athena if service == "athena" else self.aws) + PATH
        body = json.dumps(faults).encode()
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=5):
            pass

    def asked_of_s3(self) -> dict[str, Any]:
        """What happened since faults were ordered last: how many `faults` of each kind, and the `puts`."""
        with urllib.request.urlopen(self.aws + PATH, timeout=5) as answer:
            return json.loads(answer.read())

    def url(self, database: str, group: str) -> str:
        """The SQLAlchemy URL of a database, as for AWS: where it answers is in the environment."""
        return f"awsathena+rest://@athena.{REGION}.amazonaws.com:443/{database}?work_group={group}&poll_interval=0.1"


@contextmanager
def running(folder: Path) -> Iterator[Double]:
    """Starts everything below `folder`. Raises artifacts.Missing where something cannot be had."""
    artifacts.trino(), artifacts.java()
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    aws, trino, athena = free_port(), free_port(), free_port()
    log, trino_log = folder / "aws.log", folder / "trino" / "trino.log"
    processes: list[subprocess.Popen[bytes]] = []
    server: Athena | None = None
    try:
        processes.append(start([sys.executable, "-m", "tests.athena.double.aws", str(aws)], log, artifacts.ROOT))
        processes.append(start_trino(folder / "trino", trino, f"http://127.0.0.1:{aws}", REGION))
        wait_for_port(aws, processes[0], log)
        wait_until_ready(Trino(f"http://127.0.0.1:{trino}"), processes[1], trino_log)
        server = Athena(athena, f"http://127.0.0.1:{trino}", f"http://127.0.0.1:{aws}", REGION)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield Double(
            f"http://127.0.0.1:{aws}", f"http://127.0.0.1:{athena}", f"http://127.0.0.1:{trino}",
            time.monotonic() - began, folder,
        )  # fmt: skip
    finally:
        if server is not None:
            server.executions.close()
            server.shutdown()
            server.server_close()
        for process in reversed(processes):
            stop(process)
