"""What the stream's sensor does: looks at watermarks, and asks for one run per batch of ranges."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

import dagster as dg

from keystone_nexus.events.cluster import Cluster, Topic
from keystone_nexus.events.plan import Wanted, plan
from keystone_nexus.events.settings import configured, stream_settings
from keystone_nexus.events.stalls import LONG, Stall, stalls
from keystone_nexus.lake import ledger
from keystone_nexus.lake.errors import KeystoneError
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.attempts import ACTIVE, attempt
from keystone_nexus.orchestration.automation import write_alert
from keystone_nexus.orchestration.settings import Settings

_clusters: list[Cluster] = []
"""The connection of this process: a tick costs two questions, not a handshake."""


def stream_ticked(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """The cursor is the trouble that was told last, so that it is told once."""
    if not configured():
        return dg.SkipReason("no Kafka is named (KEYSTONE_KAFKA_BROKERS)")
    if context.instance.get_runs_count(dg.RunsFilter(job_name="land_stream", statuses=ACTIVE)):
        return dg.SkipReason("a landing is under way")
    lake = Settings().open_lake()
    try:
        cluster = _cluster()
        topic = cluster.topic()
        marks = cluster.watermarks(topic)
        wanted = plan(ledger.read(lake), topic, marks, cluster.settings.max_events)
        waiting = stalls(cluster, topic, marks)
    except KeystoneError as error:
        said = str(error)
        if said != context.cursor:
            context.log.error(said)
            if lake.exists:
                write_alert(lake, "stream_stopped", said)
        return dg.SensorResult(skip_reason=said, cursor=said)
    told = _tell_stalls(context, lake, waiting)
    if not wanted:
        said = "; ".join(map(str, waiting)) or None
        return dg.SensorResult(skip_reason=said, cursor=told)
    request = _request(context.instance, topic, wanted)
    if request is None:
        return dg.SensorResult(
            skip_reason="the landing of these offsets failed, and is tried again in a while", cursor=told
        )
    return dg.SensorResult(run_requests=[request], cursor=told)


def _tell_stalls(context: dg.SensorEvaluationContext, lake: Lake, waiting: list[Stall]) -> str:
    """Tells of transactions that are open for long, once each; what the cursor remembers of it."""
    long = [one for one in waiting if one.seconds is None or one.seconds > LONG]
    cause = "; ".join(one.cause for one in long)
    if cause and cause != context.cursor:
        said = "; ".join(map(str, long))
        context.log.warning(said)
        if lake.exists:
            write_alert(lake, "stream_waits", said)
    return cause


def _cluster() -> Cluster:
    settings = stream_settings()
    if not _clusters or _clusters[0].settings != settings:
        _clusters[:] = [Cluster(settings)]
    return _clusters[0]


def _request(instance: dg.DagsterInstance, topic: Topic, wanted: list[Wanted]) -> dg.RunRequest | None:
    """The same ranges of the same topic are the same run, whoever asks; None while a failed one is not due again."""
    ranges = [{name: n for name, n in asdict(one).items() if name != "resume"} for one in wanted]
    named = f"{topic.cluster}/{topic.name}/{topic.topic_id}/{ranges}"
    found = attempt(instance, hashlib.sha256(named.encode()).hexdigest()[:32])
    if found is None:
        return None
    key, tags = found
    return dg.RunRequest(
        run_key=key,
        tags=tags,
        run_config={"ops": {"order_events": {"config": {"ranges": ranges}}}},
    )
