"""The figures: what runs against what, and the aims."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Callable
from contextlib import ExitStack

from benchmarks.ingest import brokers
from benchmarks.ingest.binaries import RELEASE
from benchmarks.ingest.figure import Figure
from benchmarks.ingest.load import Load
from benchmarks.ingest.producer_tool import produce
from benchmarks.ingest.rounds import Rounds, interleave, median, rate, ratio
from benchmarks.ingest.workshop import Workshop, loads

MOCK, REAL = "mock, own process", "real, one node"
KEYSTONE, MTLS, PYTHON, NOOP, TOOL = "keystone-ingest", "mTLS", "Python", "no-op", "rdkafka_performance"
OPEN_LOOP_SECONDS = 5.0


def unary(shop: Workshop) -> list[Figure]:
    found = _compete(shop, "unary", MTLS, NOOP)
    return [
        _against(found, "unary against a no-op gRPC server", NOOP, 0.70),
        _against(found, "unary against the Python server", PYTHON, 10),
        _mtls(found, "unary"),
        _cpu(found, "unary", 30),
    ]


def batch(shop: Workshop) -> list[Figure]:
    found = _compete(shop, "batch")
    return [_against(found, "batches of 100 against the Python server", PYTHON, 3.4), _cpu(found, "batches of 100", 5)]


def stream(shop: Workshop) -> list[Figure]:
    found = _compete(shop, "stream", MTLS, TOOL)
    return [
        _against(found, "stream against rdkafka_performance", TOOL, 0.40),
        _against(found, "stream against the Python server", PYTHON, 10),
        _mtls(found, "stream"),
        _cpu(found, "stream", 2.6),
    ]


def enqueue(shop: Workshop) -> list[Figure]:
    """No server, no gRPC: from an event's bytes to its place in the producer's queue."""
    command = [str(RELEASE / "enqueue_benchmark"), "--benchmark_filter=Submit", "--benchmark_format=json"]
    command += ["--benchmark_min_time=1"]
    medians: dict[str, list[float]] = {}
    for _ in range(min(3, shop.rounds)):
        printed = subprocess.run(command, stdout=subprocess.PIPE, stderr=shop.log, text=True, check=True).stdout
        for run in json.loads(printed)["benchmarks"]:
            medians.setdefault(run["name"].split("/")[1], []).append(run["p50_ns_an_event"] / 1000)
    return [
        Figure(f"validate to enqueue, p50, {what}", "mock, same process", statistics.median(medians[events]), "",
               at_most=1.5, unit=" us")
        for events, what in (("1", "one event"), ("100", "an event of a batch"))
    ]  # fmt: skip


def latency(shop: Workshop) -> list[Figure]:
    """Open loop: a call's time counts from when it was due, so that no wait is left out."""
    with brokers.mock(shop.log) as kafka:
        figures = [_open_loop(shop, kafka, MOCK, 1)]
    with brokers.real(shop.folder / "kafka") as kafka:
        # The mock has its topics, and cannot be asked to make any.
        figures.append(_open_loop(shop, kafka, REAL, None, "--create-topics", "--partitions", brokers.PARTITIONS))
    return figures


FIGURES: dict[str, Callable[[Workshop], list[Figure]]] = {
    "unary": unary,
    "batch": batch,
    "stream": stream,
    "enqueue": enqueue,
    "latency": latency,
}


def _compete(shop: Workshop, shape: str, *also: str) -> Rounds:
    """All on one mock cluster. They stay up between their turns, as an idle one takes no CPU time to speak of."""
    with ExitStack() as stack:
        up = stack.enter_context
        kafka = up(brokers.mock(shop.log))
        rivals: dict[str, Callable[[float], Load]] = {}
        if NOOP in also:
            rivals[NOOP] = loads(up(shop.noop()), shape)
        if TOOL in also:
            rivals[TOOL] = lambda seconds: produce(kafka, brokers.TOPIC, seconds)
        rivals[KEYSTONE] = loads(up(shop.keystone(kafka)), shape)
        if MTLS in also:
            certificates = shop.certificates()
            secured = up(shop.keystone(kafka, *certificates.server_flags()))
            rivals[MTLS] = loads(secured, shape, certificates.client_flags())
        rivals[PYTHON] = loads(up(shop.python(kafka)), shape)
        return interleave(rivals, shop.rounds, shop.seconds)


def _open_loop(shop: Workshop, kafka: str, name: str, at_most: float | None, *flags: str) -> Figure:
    with shop.keystone(kafka, "--linger-ms", "0", *flags) as server:
        found = interleave({KEYSTONE: loads(server, "open")}, min(3, shop.rounds), max(OPEN_LOOP_SECONDS, shop.seconds))
    p50, p99 = (median(found, of) / 1000 for of in (lambda o: o[KEYSTONE].p50, lambda o: o[KEYSTONE].p99))
    return Figure("acknowledged, p99, 3,000 unary events/s, open loop, linger 0", name, p99, f"p50 {p50:.2f} ms",
                  at_most=at_most, unit=" ms")  # fmt: skip


def _against(found: Rounds, what: str, rival: str, at_least: float) -> Figure:
    detail = f"{rate(found, KEYSTONE):,.0f}/s against {rate(found, rival):,.0f}/s"
    return Figure(what, "none / " + MOCK if rival == NOOP else MOCK, ratio(found, KEYSTONE, rival), detail, at_least)


def _mtls(found: Rounds, shape: str) -> Figure:
    detail = f"{rate(found, MTLS):,.0f}/s against {rate(found, KEYSTONE):,.0f}/s"
    return Figure(f"{shape} with mTLS against plain", MOCK, ratio(found, MTLS, KEYSTONE), detail, 0.75)


def _cpu(found: Rounds, what: str, at_most: float) -> Figure:
    cpu = {name: median(found, lambda one, name=name: one[name].cpu) for name in (KEYSTONE, PYTHON)}
    detail = f"{PYTHON} {cpu[PYTHON]:.1f} us"
    return Figure(f"server CPU an event, {what}", MOCK, cpu[KEYSTONE], detail, at_most=at_most, unit=" us")
