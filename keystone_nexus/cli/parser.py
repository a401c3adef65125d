"""What can be typed: commands, options, and their help."""

from __future__ import annotations

import argparse
import os
from datetime import date

from keystone_nexus import __version__


def build_parser() -> argparse.ArgumentParser:
    """The parser of `keystone`. Global options stand before or after the command."""
    parser = argparse.ArgumentParser(
        prog="keystone", description="A data lakehouse for the Olist data: bronze, silver, quarantine, gold.",
        parents=[_globals(root=True)],
    )  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[_globals(root=False)])

    def no_pages(one: argparse.ArgumentParser) -> None:
        said = "leave dashboards, notebook and deck to the job `analytics`"
        one.add_argument("--no-pages", action="store_true", help=said)

    run = command("run", "source to bronze, silver, quarantine, gold and what people open")
    run.add_argument("--source", help="a directory, a zip archive or s3://bucket/prefix")
    run.add_argument("--from", dest="first", type=day, metavar="DAY", help="first day to build (YYYY-MM-DD)")
    run.add_argument("--to", dest="last", type=day, metavar="DAY", help="last day to build, included")
    run.add_argument("--select", metavar="SELECTION", help="Dagster asset selection, e.g. '+group:gold'")
    run.add_argument("--all", action="store_true", help="build everything, not only what is pending")
    no_pages(run)
    run.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")

    fetch = command("fetch", "download the dataset from Kaggle with your token")
    fetch.add_argument("--out", default="olist", metavar="DIR", help="where to put it (default: ./olist)")
    command("status", "per table: rows, days, bytes, quarantined rows, last built")
    command("check", "the newest verdict of every asset check")

    accept = command("accept", "let a known breach of a check pass")
    accept.add_argument("check", metavar="CHECK")
    accept.add_argument("--asset", required=True, help="e.g. silver/orders")
    accept.add_argument("--partition", type=day, metavar="DAY")
    accept.add_argument("--reason", required=True)
    accept.add_argument("--until", type=day, metavar="DAY", help="last day on which it holds")

    quarantine = command("quarantine", "what was rejected and why")
    actions = quarantine.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="rejected rows by table and rule", parents=[_globals(root=False)])
    show = actions.add_parser("show", help="the rejected rows of a table", parents=[_globals(root=False)])
    show.add_argument("table")
    show.add_argument("--rule", help="e.g. range:price")
    show.add_argument("--day", type=day, metavar="DAY")
    show.add_argument("--limit", type=int, default=100, metavar="N")
    replay = actions.add_parser(
        "replay",
        help="re-run what has rejects: its days, or the records of order_events",
        parents=[_globals(root=False)],
    )
    replay.add_argument("table", nargs="?")

    query = command("query", "read-only SQL over bronze, silver, quarantine and gold")
    query.add_argument("sql", metavar="SQL")
    query.add_argument("--format", choices=("table", "csv", "json"))

    export = command("export", "a relation as CSV, Parquet or Excel, by the file's ending")
    export.add_argument("relation", metavar="RELATION", help="e.g. gold.monthly_sales, silver.orders")
    export.add_argument("--out", required=True, metavar="FILE", help="a .csv, .parquet or .xlsx")
    export.add_argument("--with-personal-data", action="store_true", help="personal columns in full, not as digests")

    gold = command("gold", "kept versions of gold")
    versions = gold.add_subparsers(dest="action", required=True, metavar="ACTION")
    versions.add_parser("list", help="the kept versions", parents=[_globals(root=False)])
    for name, text in (
        ("rollback", "back to a version (default: the one before)"),
        ("diff", "rows and money by month that differ from a version"),
    ):
        one = versions.add_parser(name, help=text, parents=[_globals(root=False)])
        one.add_argument("version", nargs="?", type=int, metavar="N")

    catalog = command("catalog", "the tables of Glue from the contracts, of a lake on S3")
    glue = catalog.add_subparsers(dest="action", required=True, metavar="ACTION")
    glue.add_parser("plan", help="what Glue lacks, or has otherwise", parents=[_globals(root=False)])
    glue.add_parser("apply", help="mend it", parents=[_globals(root=False)])

    stream = command("stream", "order events: serve, send, replay, land")
    streams = stream.add_subparsers(dest="action", required=True, metavar="ACTION")

    def stream_command(name: str, text: str) -> argparse.ArgumentParser:
        return streams.add_parser(name, help=text, description=text, parents=[_globals(root=False)])

    serve = stream_command("serve", "the ingest server in the foreground; SIGTERM drains it")
    serve.add_argument("--listen", metavar="HOST:PORT", help="default: $KEYSTONE_INGEST_ADDRESS or 127.0.0.1:50051")
    serve.add_argument("--kafka", choices=("mock",), help="mock: an embedded cluster that keeps nothing, for trials")
    serve.add_argument("options", nargs="*", metavar="-- OPTION", help="more options of the server, after `--`")
    kafka = stream_command("kafka", "a local Apache Kafka for demos and tests")
    kafka.add_argument("direction", choices=("up", "down"))
    kafka.add_argument("--nodes", type=int, choices=(1, 3), default=1)
    replayed = stream_command("replay", "send a source's orders as the events that they were")
    replayed.add_argument("--source", required=True, help="a directory, a zip archive or s3://bucket/prefix")
    replayed.add_argument("--rate", type=float, metavar="N", help="events a second (default: as fast as acknowledged)")
    send = stream_command("send", "send one event or a file of them (JSON lines), for people")
    send.add_argument("event", nargs="?", metavar="JSON", help="an event; `-` reads lines from standard input")
    send.add_argument("--file", metavar="FILE", help="a file with an event a line")
    for one in (replayed, send):
        one.add_argument("--to", metavar="HOST:PORT", help="the server (default: $KEYSTONE_INGEST_ADDRESS)")
        one.add_argument("--tls-ca", metavar="FILE", help="speak TLS, and trust the authorities in this file")
        one.add_argument("--tls-cert", metavar="FILE", help="the client's certificate (mTLS)")
        one.add_argument("--tls-key", metavar="FILE", help="the client's key (mTLS)")
    no_pages(stream_command("land", "land what the topic holds and build the affected days"))
    stream_command("status", "per partition: low, high, landed up to, lag in events and seconds")
    stream_command("resume", "go on knowingly after lost or recreated history")
    schema = stream_command("schema", "make a schema of order events known, so that its events can be read")
    schema.add_argument("proto", metavar="FILE", help="the changed order_event.proto")

    describe = command("describe", "meaning, rules, lineage and owner of a table or column")
    describe.add_argument("name", metavar="TABLE[.COLUMN]")
    command("verify", "read the whole lake back: objects intact, sums exact")
    generate = command("generate", "nine synthetic CSV files of Olist's shape")
    generate.add_argument("--out", required=True, metavar="DIR")
    generate.add_argument("--scale", type=float, default=1.0, metavar="F", help="1 is the real size")
    generate.add_argument("--seed", type=int, default=42, metavar="N")
    ui = command("ui", "the Dagster UI on this lake")
    ui.add_argument("--port", type=int, default=3000, metavar="P")
    ui.add_argument("--host", default="127.0.0.1")
    cost = command("cost", "what a month on AWS costs, by module and by query")
    cost.add_argument("--of", choices=("staging", "prod"), help="whose Terraform inventory (default: prod)")
    cost.add_argument("--switch", choices=("default", "fargate", "streaming", "private"), default="default")
    cost.add_argument("--plan", metavar="FILE", help="a plan as `terraform show -json` prints it, not the inventory")
    cost.add_argument("--runs", type=int, default=30, metavar="N", help="runs a month (default: 30)")
    cost.add_argument("--queries", type=int, default=1000, metavar="N", help="queries a month (default: 1,000)")
    command("doctor", "what is installed, configured and reachable")
    return parser


def day(text: str) -> date:
    """A day that exists."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write YYYY-MM-DD") from None


def _globals(*, root: bool) -> argparse.ArgumentParser:
    """The options of every command. Only the root's have defaults, so that a subcommand does not undo them."""
    shared = argparse.ArgumentParser(add_help=False)
    group = shared.add_argument_group("everywhere")

    def default(value: object) -> object:
        return value if root else argparse.SUPPRESS

    lake = os.environ.get("KEYSTONE_LAKE") or "lake"
    group.add_argument(
        "--lake", default=default(lake), metavar="DIR", help="the lake (default: $KEYSTONE_LAKE or ./lake)"
    )
    group.add_argument(
        "--env", default=default(None), help="local, ci, staging or prod (default: $KEYSTONE_ENV or local)"
    )
    group.add_argument("--json", action="store_true", default=default(False), help="JSON where a table is printed")
    group.add_argument("--quiet", action="store_true", default=default(False), help="no progress")
    group.add_argument("--version", action="version", version=f"keystone {__version__}")
    return shared
