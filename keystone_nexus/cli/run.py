"""`keystone run`: source to gold, or what is pending."""

from __future__ import annotations

import argparse
import gc
import shlex
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keystone_nexus.cli import signals
from keystone_nexus.cli.main import open_lake
from keystone_nexus.cli.show import Progress, print_json, print_table
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.wire.vocabulary import EVENTS

if TYPE_CHECKING:
    from keystone_nexus.transforms.pending import Pending


def run(arguments: argparse.Namespace) -> int:
    """Builds, prints a summary. Returns 1 when a gate withheld gold."""
    if arguments.first and arguments.last and arguments.first > arguments.last:
        raise Refused(f"--from {arguments.first} is after --to {arguments.last}")
    lake = open_lake(arguments, must_exist=arguments.source is None)
    if arguments.source:
        from keystone_nexus.source.drop import open_drop

        with open_drop(arguments.source) as drop:  # a source that is none is refused before anything is started
            arguments.passed_over = drop.passed_over
    if arguments.dry_run:
        return _dry_run(arguments, lake)
    return _run(arguments, lake)


def _run(arguments: argparse.Namespace, lake: Lake, late: Pending | None = None) -> int:
    """Under the lake's lock: lands, builds, publishes. `late` replaces what is pending."""
    started = time.perf_counter()
    progress = Progress(quiet=arguments.quiet)
    lake.create()
    with lake.store.lock(shlex.join(["keystone", *sys.argv[1:]])):
        lake.store.sweep()
        outcome, before = _build(arguments, lake, progress, late)
    progress.done()
    signals.check()  # Dagster makes of an interruption a run that did not succeed
    summary = summarise(lake, outcome, before, time.perf_counter() - started)
    summary["passed_over"] = getattr(arguments, "passed_over", [])
    _print(summary, as_json=arguments.json)
    for failure in outcome.failures:
        print(f"keystone: {failure}", file=sys.stderr)
    return max((failure.exit_code for failure in outcome.failures), default=0)


def _build(arguments: argparse.Namespace, lake: Lake, progress: Progress, late: Pending | None) -> tuple[Any, int]:
    from keystone_nexus.lake import builds, ledger
    from keystone_nexus.lake.errors import Breach
    from keystone_nexus.orchestration import dbt_project, runner
    from keystone_nexus.orchestration.gold_step import closed_gates
    from keystone_nexus.orchestration.instance import bury_dead_runs, open_instance
    from keystone_nexus.orchestration.progress import listen
    from keystone_nexus.source.land import brings_new_files

    listen(progress)
    outcome = runner.Outcome()
    with open_instance(lake) as instance:
        bury_dead_runs(instance, lake)
        builds.fold(lake)
        before = ledger.read(lake).position
        if arguments.source:
            # Only bronze is loaded: the days of the other layers are known when the source has landed.
            from keystone_nexus.defs.bronze import location

            if brings_new_files(ledger.read(lake), arguments.source):
                dbt_project.begin_loading()
            runner.land_source(instance, location.resolve_job_def("ingest"), arguments.source, outcome)
            dbt_project.finish_loading()
        elif wanted := getattr(arguments, "stream", None):
            from keystone_nexus.defs.stream import location

            runner.land_stream(
                instance, location.resolve_job_def("land_stream"), outcome, quarantine=wanted == "quarantine"
            )
        runner.close_partitions(lake)
        selected = _selected(arguments.select)
        todo = runner.plan(lake, arguments.first, arguments.last, arguments.all, selected)
        if late is not None:
            todo = runner.Plan(late, gold=True)
        progress(_say(todo))
        if not todo.none:
            from keystone_nexus.definitions import defs

            # From here on tables come and go: garbage is collected again, but not what was imported (__main__.py).
            gc.freeze()
            gc.enable()
            runner.build(instance, defs, todo, outcome)
        withheld = all(isinstance(failure, Breach) for failure in outcome.failures)
        with_pages = withheld and not getattr(arguments, "no_pages", False)
        pages = runner.wanted_pages(instance, lake, selected) if with_pages else []
        if pages:
            from keystone_nexus.definitions import defs

            runner.build_pages(instance, defs, pages, outcome)
        closed = closed_gates(instance, lake)
        if closed:
            # Named by the lake's own count, whichever step of this run or of an earlier one met it.
            said = Breach("gold is withheld: " + "; ".join(v.sentence() for v in closed))
            outcome.failures = [said, *(f for f in outcome.failures if not isinstance(f, Breach))]
    return outcome, before


def _say(todo: Any) -> str:
    days = todo.late.all_days
    if todo.none:
        return "nothing is pending"
    parts = [f"{len(days):,} days ({days[0]} to {days[-1]})"] if days else []
    parts += [", ".join(todo.late.tables)] if todo.late.tables else []
    return "to build: " + "; ".join([*parts, *(["gold"] if todo.gold else [])])


def _selected(selection: str | None) -> set[str] | None:
    """The assets of a Dagster selection, None for all. Raises Refused for one that is none or selects nothing."""
    if selection is None:
        return None
    import dagster as dg

    from keystone_nexus.definitions import defs

    try:
        keys = dg.AssetSelection.from_string(selection).resolve(defs.resolve_asset_graph())
    except Exception as error:
        raise Refused(f"--select {selection!r} is no asset selection: {str(error).splitlines()[0]}") from error
    if not keys:
        raise Refused(f"--select {selection!r} selects no asset")
    return {key.to_user_string() for key in keys}


def summarise(lake: Lake, outcome: Any, before: int, seconds: float) -> dict[str, Any]:
    """What the run did, and what the lake holds: rows, rejects by rule, money, days, seconds by layer."""
    from keystone_nexus.contracts.catalog import tables
    from keystone_nexus.lake import builds, ledger
    from keystone_nexus.lake.bronze import Bronze
    from keystone_nexus.quality.gates import sum_counts
    from keystone_nexus.transforms.money import money
    from keystone_nexus.transforms.pending import pending

    built = builds.read(lake)
    held = ledger.read(lake)
    bronze = Bronze(lake, held)
    late = pending(lake, bronze, built)
    by_table: list[dict[str, Any]] = []
    for name in tables():
        mine = built.filter(built["table"] == name)
        by_table.append(
            {
                "table": name,
                "bronze": bronze.rows(name),
                "silver": int(mine["silver"].sum()),
                "quarantined": int(mine["quarantined"].sum()),
                "rejects": sum_counts(mine["rejects"]),
            }
        )
    return {
        "landed": [f.name for e in held.entries if e.number > before for f in e.files],
        "landed_events": sum(r.rows for e, r in held.ranges if e.number > before),
        "tables": by_table,
        "money": money(lake),
        "days_built": len(outcome.days),
        "pending_days": len(late.all_days),
        "gold_published": outcome.gold,
        "pages": outcome.pages,
        "runs": outcome.runs,
        "seconds": {layer: round(s, 2) for layer, s in outcome.seconds.items()} | {"total": round(seconds, 2)},
    }


def _print(summary: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
        return
    rows = [[t["table"], t["bronze"], t["silver"], t["quarantined"], _rules(t["rejects"])] for t in summary["tables"]]
    print_table(["table", "bronze", "silver", "quarantined", "rejected by"], rows)
    print()
    print_table(
        ["money (BRL)", "in", "silver", "quarantined"],
        [[m["column"], m["in"], m["silver"], m["quarantined"]] for m in summary["money"]],
    )
    events = [f"{summary['landed_events']:,} events"] if summary["landed_events"] else []
    landed = ", ".join([*summary["landed"], *events]) or "nothing new"
    print(f"\nlanded: {landed}")
    _print_passed_over(summary["passed_over"])
    print(
        f"built: {summary['days_built']:,} days; pending: {summary['pending_days']:,}; gold {'published' if summary['gold_published'] else 'unchanged'}"
    )
    for page in summary["pages"]:
        print(f"page: {page}")
    print("seconds: " + ", ".join(f"{layer} {s:.1f}" for layer, s in summary["seconds"].items()))


MOST_NAMED = 20


def _print_passed_over(names: list[str]) -> None:
    """What lay beside the CSV files, and is none."""
    if names:
        more = f" and {len(names) - MOST_NAMED:,} more (--json names all)" if len(names) > MOST_NAMED else ""
        print(f"passed over (neither .csv nor .csv.gz): {', '.join(names[:MOST_NAMED])}{more}")


def _rules(rejects: dict[str, int]) -> str:
    return ", ".join(f"{rule} {rows:,}" for rule, rows in rejects.items())


def _dry_run(arguments: argparse.Namespace, lake: Lake) -> int:
    """Which files, days and months would change."""
    from keystone_nexus.orchestration.dry_run import dry_run

    wanted = (arguments.source, arguments.first, arguments.last, arguments.all, _selected(arguments.select))
    if lake.exists:
        found = dry_run(lake, *wanted)
    else:
        with tempfile.TemporaryDirectory() as folder:
            empty = Lake(Path(folder), lake.env)
            empty.create()
            found = dry_run(empty, *wanted)
    if arguments.json:
        print_json(found)
        return 0
    print(f"files that would land: {', '.join(found['files']) or 'none'}")
    _print_passed_over(found["passed_over"])
    for table, days in found["days"].items():
        print(f"{table}: {len(days):,} days{_span(days)}")
    print(f"undated tables: {', '.join(found['tables']) or 'none'}")
    print(f"gold months: {len(found['months']):,}{_span(found['months'])}")
    return 0


def _span(days: list[date] | list[str]) -> str:
    if len(days) > 12:
        return f" ({days[0]} to {days[-1]})"
    return f" ({', '.join(str(d) for d in days)})" if days else ""


def land_stream(arguments: argparse.Namespace) -> int:
    """Lands all that the topic holds, and builds what that affects: what sensor and daemon do by themselves."""
    arguments.first = arguments.last = arguments.select = arguments.source = None
    arguments.all, arguments.stream = False, "topic"
    return _run(arguments, open_lake(arguments, must_exist=False))


def replay(arguments: argparse.Namespace, lake: Lake, table: str | None) -> int:
    """Builds again what has rejects: the days of their rows, and what has no day; of the event log, its records."""
    from keystone_nexus.transforms.pending import with_rejects

    late = None
    if table == EVENTS:
        arguments.stream = "quarantine"
    else:
        late = with_rejects(lake, table)
    arguments.first = arguments.last = arguments.select = arguments.source = None
    arguments.all = False
    return _run(arguments, lake, late)
