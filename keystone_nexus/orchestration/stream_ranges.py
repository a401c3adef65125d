"""What the stream's sensor does: looks at watermarks, and asks for one run per batch of ranges."""

from __future__ import annotations

from dataclasses import asdict

import dagster as dg

from keystone_nexus.events.cluster import Cluster, Topic
from keystone_nexus.events.plan import Wanted, plan
from keystone_nexus.events.settings import configured, stream_settings
from keystone_nexus.events.stalls import LONG, Stall, stalls
from keystone_nexus.lake import ledger
from keystone_nexus.lake.errors import KeystoneError
from keystone_nexus.lake.lake import Lake
from keystone_nexus.orchestration.attempts import ACTIVE, Wait, attempt, named
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
    if isinstance(request, Wait):
        return dg.SensorResult(skip_reason=f"the landing of the newest offsets: {request.why}", cursor=told)
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


def _request(instance: dg.DagsterInstance, topic: Topic, wanted: list[Wanted]) -> dg.RunRequest | Wait:
    """The same offsets to begin with are the same work, whoever asks; Wait while a failed landing is not due again.

    Where the ranges end does not count: a topic that grows would begin the waits anew with every event.
    """
    ranges = [{name: n for name, n in asdict(one).items() if name != "resume"} for one in wanted]
    begins = [(one.partition, one.first) for one in wanted]
    found = attempt(instance, named("stream", [topic.cluster, topic.name, topic.topic_id, begins]))
    if isinstance(found, Wait):
        return found
    return dg.RunRequest(
        run_key=found.key,
        tags=found.tags,
        run_config={"ops": {"order_events": {"config": {"ranges": ranges}}}},
    )
