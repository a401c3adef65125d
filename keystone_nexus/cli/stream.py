"""`keystone stream`: send events, land them, see how far behind the lake is."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from keystone_nexus.cli.main import open_lake
from keystone_nexus.cli.show import Progress, print_json, print_table
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.place import lake_folder

if TYPE_CHECKING:
    from keystone_nexus.events.client import Sent, Tls

MOST_EVENTS_BYTES = 1 << 30


def stream(arguments: argparse.Namespace) -> int:
    return ACTIONS[arguments.action](arguments)


def _land(arguments: argparse.Namespace) -> int:
    from keystone_nexus.cli.run import land_stream

    return land_stream(arguments)


def _status(arguments: argparse.Namespace) -> int:
    """Low, high, landed up to, lag. Raises Refused where the topic was recreated."""
    from keystone_nexus.events.cluster import Cluster
    from keystone_nexus.events.lag import lags, landed
    from keystone_nexus.events.settings import configured, stream_settings
    from keystone_nexus.lake import ledger

    held = ledger.read(open_lake(arguments, must_exist=False))
    if configured():
        found = [asdict(one) for one in lags(held, Cluster(stream_settings()))]
    else:
        print("keystone: no Kafka is named (KEYSTONE_KAFKA_BROKERS): this is what has landed", file=sys.stderr)
        found = [asdict(one) for one in landed(held)]
    if arguments.json:
        print_json(found)
    else:
        columns = ["topic", "partition", "low", "high", "landed", "events", "seconds"]
        heads = ["topic", "partition", "low", "high", "landed up to", "lag in events", "lag in seconds"]
        print_table(heads, [[row[c] for c in columns] for row in found])
    for stall in (row["stall"] for row in found if row["stall"]):
        print(f"keystone: {stall}", file=sys.stderr)
    return 0


def _resume(arguments: argparse.Namespace) -> int:
    from keystone_nexus.events.cluster import Cluster
    from keystone_nexus.events.land import resume
    from keystone_nexus.events.settings import stream_settings

    lake = open_lake(arguments)
    with lake.store.lock("keystone stream resume"):
        found = resume(lake, Cluster(stream_settings()))
    if arguments.json:
        print_json([{"partition": one.partition, "from": one.first, "why": why} for one, why in found])
        return 0
    for one, why in found:
        print(f"{one.topic}/{one.partition} goes on at offset {one.first:,}: {why}")
    if not found:
        print("nothing to resume: the topic goes on where the ledger ends")
    return 0


def _schema(arguments: argparse.Namespace) -> int:
    """Makes a schema known to the registry. Raises Refused where it is not BACKWARD compatible."""
    from keystone_nexus.events.registry import configured_registry

    lake = open_lake(arguments)
    identity = configured_registry(lake).register(_text(Path(arguments.proto)), arguments.proto)
    if arguments.json:
        print_json({"schema": identity})
    else:
        print(f"{identity}\nevents of it that were rejected: keystone quarantine replay order_events")
    return 0


def _replay(arguments: argparse.Namespace) -> int:
    from keystone_nexus.events.replay import events_of

    if arguments.rate is not None and arguments.rate <= 0:
        raise Refused(f"--rate {arguments.rate:g}: events a second, more than 0")
    progress = Progress(quiet=arguments.quiet)
    replay = events_of(arguments.source, progress)
    for table, rows in replay.left_out.items():
        progress(f"{table}: {rows:,} rows break a rule, or belong to no order that can be sent: not sent")
    return _send(arguments, replay.events, arguments.rate, progress)


def _send_events(arguments: argparse.Namespace) -> int:
    """Events as JSON, as the proto's JSON mapping writes them: an argument, a file, or standard input."""
    if (arguments.event is None) == (arguments.file is None):
        raise Refused("give one event as JSON, `-` to read lines from standard input, or --file FILE")
    if arguments.file is not None:
        lines = _text(Path(arguments.file)).splitlines()
    else:
        lines = sys.stdin.read(MOST_EVENTS_BYTES).splitlines() if arguments.event == "-" else [arguments.event]
    events = [_event(line, number) for number, line in enumerate(lines, start=1) if line.strip()]
    return _send(arguments, events, None, Progress(quiet=True))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_EVENTS_BYTES:
            raise Refused(f"{path} is larger than 1 GiB: give it in parts")
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is no UTF-8 text: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error


def _event(line: str, number: int) -> bytes:
    from google.protobuf.json_format import Parse, ParseError

    from keystone_nexus.wire.stubs.order_event_pb2 import OrderEvent

    try:
        return Parse(line, OrderEvent()).SerializeToString()
    except (ParseError, json.JSONDecodeError) as error:
        raise Refused(f"line {number} is no OrderEvent: {error}; nothing was sent") from error


def _send(arguments: argparse.Namespace, events: list[bytes], rate: float | None, progress: Progress) -> int:
    from keystone_nexus.events.client import send
    from keystone_nexus.events.settings import ingest_address

    result = send(
        events,
        arguments.to or ingest_address(),
        tls=_tls(arguments),
        rate=rate,
        progress=_every(progress, len(events)),
    )
    progress.done()
    _say(arguments, result)
    return 0


def _every(progress: Progress, total: int) -> Callable[[int], None]:
    """A line for each twentieth of the whole."""
    told = [0]

    def tell(done: int) -> None:
        if (done - told[0]) * 20 >= total:
            told[0] = done
            progress(f"{done:,} of {total:,} events answered")

    return tell


def _say(arguments: argparse.Namespace, result: Sent) -> None:
    figures = {"sent": result.sent, "acknowledged": result.acknowledged, "rejected": result.rejected}
    if arguments.json:
        print_json(figures)
    else:
        print(", ".join(f"{name} {n:,}" for name, n in figures.items()))
    for problem in result.problems:
        print(f"keystone: rejected {problem}", file=sys.stderr)
    if result.rejected > len(result.problems):
        print(f"keystone: and {result.rejected - len(result.problems):,} more were rejected", file=sys.stderr)


def _tls(arguments: argparse.Namespace) -> Tls | None:
    from keystone_nexus.events.client import Tls

    certificate, key = arguments.tls_cert, arguments.tls_key
    if arguments.tls_ca is None:
        if certificate or key:
            raise Refused("--tls-cert and --tls-key need --tls-ca, the authority of the server's certificate")
        return None
    if (certificate is None) != (key is None):
        raise Refused("--tls-cert and --tls-key belong together")
    return Tls(Path(arguments.tls_ca), Path(certificate) if certificate else None, Path(key) if key else None)


def _serve(arguments: argparse.Namespace) -> int:
    """Becomes the server: its line, its exit code and its signals are the command's own."""
    from keystone_nexus.events.settings import ingest_address

    command = [str(_server()), "--listen", arguments.listen or ingest_address()]
    if arguments.kafka == "mock":
        command += ["--mock-kafka", "1"]
    elif _brokers_are_local():
        command.append("--create-topics")
    sys.stdout.flush()
    try:
        os.execv(command[0], [*command, *arguments.options])  # noqa: S606
    except (OSError, ValueError) as error:
        raise Refused(f"the ingest server {command[0]} cannot be started: {error}") from error


def _server() -> Path:
    """The built server. Raises Refused where it is not."""
    named = os.environ.get("KEYSTONE_INGEST_BINARY")
    path = Path(named) if named else Path(__file__).parents[2] / "build/ingest/release/keystone-ingest"
    if not os.access(path, os.X_OK):
        raise Refused(f"the ingest server is not built ({path}): run `make ingest`, or set KEYSTONE_INGEST_BINARY")
    return path


def _brokers_are_local() -> bool:
    from keystone_nexus.events.settings import stream_settings

    hosts = {address.rpartition(":")[0].strip("[]") for address in stream_settings().brokers.split(",")}
    return hosts <= {"127.0.0.1", "localhost", "::1"}


def _kafka(arguments: argparse.Namespace) -> int:
    """A local cluster, in `<lake>/.kafka`."""
    from keystone_nexus.local_kafka.cluster import down, up

    folder = lake_folder(arguments.lake) / ".kafka"
    if arguments.direction == "down":
        print("Kafka is down; its topics are kept" if down(folder) else "no Kafka runs here")
        return 0
    cluster = up(folder, arguments.nodes)
    if arguments.json:
        print_json({"brokers": cluster.brokers, "cluster_id": cluster.cluster_id, "folder": folder})
    else:
        print(cluster.brokers)
    return 0


ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "serve": _serve,
    "kafka": _kafka,
    "land": _land,
    "status": _status,
    "resume": _resume,
    "schema": _schema,
    "replay": _replay,
    "send": _send_events,
}
