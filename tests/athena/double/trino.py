"""Trino as the double runs it: one node, hive over moto's Glue and S3, limits like Athena's."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from tests.athena.double import artifacts
from tests.athena.double.processes import start, tail

ACCOUNT = "123456789012"
JVM = """-server -Xms512M -Xmx2G -XX:+UseParallelGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError
-XX:-OmitStackTraceInFastThrow -XX:ReservedCodeCacheSize=256M --enable-native-access=ALL-UNNAMED
--sun-misc-unsafe-memory-access=allow -Djdk.attach.allowAttachSelf=true -Dfile.encoding=UTF-8 -Duser.timezone=UTC"""
# One writer per query: Athena's limit of 100 open partitions is per query, Trino's per writer.
CONFIG = """coordinator=true
node-scheduler.include-coordinator=true
node.internal-address=127.0.0.1
node.bind-ip=127.0.0.1
http-server.http.port={port}
discovery.uri=http://127.0.0.1:{port}
query.max-length={max_length}
plugin.dir={plugins}
catalog.config-dir={catalogs}
query.max-memory=1GB
query.max-memory-per-node=800MB
memory.heap-headroom-per-node=400MB
task.concurrency=2
task.min-writer-count=1
task.max-writer-count=1
task.scale-writers.enabled=false
query.min-expire-age=1m
web-ui.enabled=false
"""
CATALOG = """connector.name=hive
hive.metastore=glue
hive.metastore.glue.region={region}
hive.metastore.glue.endpoint-url={aws}
hive.metastore.glue.aws-access-key=testing
hive.metastore.glue.aws-secret-key=testing
hive.metastore.glue.catalogid={account}
fs.native-s3.enabled=true
s3.endpoint={aws}
s3.region={region}
s3.path-style-access=true
s3.aws-access-key=testing
s3.aws-secret-key=testing
hive.non-managed-table-writes-enabled=true
hive.partition-projection-enabled=true
hive.max-partitions-per-writers=100
hive.timestamp-precision=MILLISECONDS
hive.storage-format=PARQUET
hive.table-statistics-enabled=false
hive.collect-column-statistics-on-write=false
hive.recursive-directories=true
"""
NAME = "awsdatacatalog"


def start_trino(folder: Path, port: int, aws: str, region: str) -> subprocess.Popen[bytes]:
    """Starts Trino in a folder of its own. `wait_until_ready` says when it answers."""
    home = artifacts.trino()
    catalogs = folder / "catalogs"
    catalogs.mkdir(parents=True)
    (folder / "log.properties").write_text("io.trino=WARN\n")
    (catalogs / f"{NAME}.properties").write_text(CATALOG.format(aws=aws, region=region, account=ACCOUNT))
    (folder / "config.properties").write_text(
        CONFIG.format(port=port, max_length=1_000_000, plugins=home / "plugin", catalogs=catalogs)
    )
    command = [
        str(artifacts.java()), *JVM.split(),
        "-Dnode.environment=test", "-Dnode.id=one", f"-Dnode.data-dir={folder / 'data'}",
        f"-Dconfig={folder / 'config.properties'}", f"-Dlog.levels-file={folder / 'log.properties'}",
        "-cp", f"{home / 'lib'}/*", "io.trino.server.TrinoServer",
    ]  # fmt: skip
    return start(command, folder / "trino.log", folder)


def wait_until_ready(trino: Trino, process: subprocess.Popen[bytes], log: Path, patience: float = 120) -> None:
    """Until the node has joined and Glue answers: `select 1` is answered before, the next query then fails."""
    deadline = time.monotonic() + patience
    while True:
        try:
            if trino.run("select count(*) from system.runtime.nodes where state = 'active'").rows == [[1]]:
                trino.run(f"show schemas from {NAME}")
                return
        except (TrinoError, urllib3.exceptions.HTTPError, ValueError):
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Trino did not start: {tail(log)}")
        time.sleep(0.2)


class TrinoError(Exception):
    """A query that failed: Trino's name of the error, and its words."""

    def __init__(self, name: str, kind: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name, self.kind, self.message = name, kind, message


@dataclass(slots=True)
class Answer:
    """Columns as Trino names them, rows as JSON has them, bytes read from S3."""

    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    scanned: int = 0
    update_count: int | None = None
    update_type: str | None = None


class Trino:
    """Its REST protocol: a statement, then page after page until there is no next one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=urllib3.Timeout(connect=2, read=120))

    def run(
        self,
        sql: str,
        schema: str = "default",
        session: dict[str, str] | None = None,
        heard: Callable[[int, str], None] = lambda _bytes, _uri: None,
    ) -> Answer:
        """`heard` gets the bytes read so far and the address at which the query can be cancelled."""
        headers = {
            "X-Trino-User": "athena", "X-Trino-Catalog": NAME, "X-Trino-Schema": schema,
            "X-Trino-Time-Zone": "UTC",
            # Without it every timestamp is cut to (3).
            "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
        }  # fmt: skip
        if session:
            headers["X-Trino-Session"] = ",".join(f"{k}={v}" for k, v in session.items())
        answer = Answer()
        page = self._page("POST", f"{self._url}/v1/statement", sql.encode(), headers)
        while True:
            if "error" in page:
                error = page["error"]
                raise TrinoError(error["errorName"], error["errorType"], error["message"])
            answer.columns = page.get("columns") or answer.columns
            answer.rows += page.get("data") or []
            answer.scanned = page["stats"].get("physicalInputBytes", 0)
            answer.update_count = page.get("updateCount")
            answer.update_type = page.get("updateType")
            if "nextUri" not in page:
                return answer
            heard(answer.scanned, page["nextUri"])
            page = self._page("GET", page["nextUri"], None, {"X-Trino-User": "athena"})

    def cancel(self, uri: str) -> None:
        self._pool.request("DELETE", uri, headers={"X-Trino-User": "athena"})

    def _page(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
        while True:
            response = self._pool.request(method, url, body=body, headers=headers)
            if response.status == 503:
                time.sleep(0.05)
                continue
            if response.status == 410:
                raise TrinoError("USER_CANCELED", "USER_ERROR", "Query was canceled")
            return json.loads(response.data)


def binary_as_hex(value: str) -> str:
    """Athena shows binary as hexadecimal pairs; Trino sends base64."""
    return base64.b64decode(value).hex(" ")
