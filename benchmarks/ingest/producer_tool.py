"""librdkafka without gRPC, validation or keys to spread: its own rdkafka_performance, with the server's settings."""

from __future__ import annotations

import signal
import subprocess
import time

from benchmarks.ingest.binaries import rdkafka_performance
from benchmarks.ingest.load import WARM_UP, Load
from keystone_nexus.wire.schema import HEADER, own_schema_id

EVENT_BYTES = 213 + 32
"""The load generator's average event, and its key: the tool's own key is the same for all, so it sends none."""
COLUMNS = ("elapsed_ms", "messages", "bytes", "rtt", "delivered")


def produce(brokers: str, topic: str, seconds: float) -> Load:
    """Delivered messages a second, between the first row of its table after the warm-up and the last one."""
    settings = {"enable.idempotence": "true", "linger.ms": "5", "message.timeout.ms": "10000"}
    properties = [part for name, value in settings.items() for part in ("-X", f"{name}={value}")]
    command = [rdkafka_performance(), "-P", "-t", topic, "-b", brokers, "-a", "-1", "-s", str(EVENT_BYTES)]
    command += ["-H", f"{HEADER}={own_schema_id()}", *properties, "-u", "-i", "50"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time.sleep(WARM_UP + seconds)
    process.send_signal(signal.SIGINT)  # by which it prints what it has: killed, it would keep the last rows
    printed, _ = process.communicate()
    return Load(slope(printed))


def slope(printed: str) -> float:
    """Raises RuntimeError where there is nothing to tell it by."""
    rows = [_row(line) for line in printed.splitlines() if line.count("|") >= len(COLUMNS)]
    # Its clock starts before it has its producer id: the warm-up starts with the first delivery.
    delivering = [row for row in rows if row.get("delivered", 0) > 0]
    if not delivering:
        raise RuntimeError(f"rdkafka_performance delivered nothing: {printed[-500:]}")
    counted = [row for row in delivering if row["elapsed_ms"] >= delivering[0]["elapsed_ms"] + WARM_UP * 1000]
    first, last = counted[0], counted[-1]
    return (last["delivered"] - first["delivered"]) / (last["elapsed_ms"] - first["elapsed_ms"]) * 1000


def _row(line: str) -> dict[str, int]:
    cells = [cell.strip() for cell in line.split("|")[1:]]
    if not cells[0].isdigit():
        return {}
    return {name: int(cell) for name, cell in zip(COLUMNS, cells, strict=False)}
