"""What a Kafka cluster says of itself and of a topic: identity, partitions, low and high offsets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from keystone_nexus.events.settings import StreamSettings
from keystone_nexus.lake.errors import EnvironmentFault, Refused

if TYPE_CHECKING:
    from confluent_kafka import Consumer
    from confluent_kafka.admin import AdminClient

TIMEOUT = 10.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is now. `topic_id` is the only sign by which a recreated topic can be told."""

    cluster: str
    name: str
    topic_id: str
    partitions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Watermarks:
    """The offsets of a partition that can be landed: `low` <= n < `high`, the last stable offset. The partition itself
    goes on to `end` (None: as far), behind the first record of the oldest transaction that is open."""

    partition: int
    low: int
    high: int
    end: int | None = None

    @property
    def real_end(self) -> int:
        return self.high if self.end is None else max(self.high, self.end)

    @property
    def waiting(self) -> int:
        """Records that are there, and cannot be landed yet."""
        return self.real_end - self.high


class KafkaErrors:
    """Collects what librdkafka says in its callbacks: calls themselves only say that the transport failed.

    `refused` is why a certificate or a password was not accepted, which no second try changes.
    """

    def __init__(self) -> None:
        self.last = ""
        self.refused = ""

    def __call__(self, error: Any) -> None:
        from confluent_kafka import KafkaError

        said = str(error.str())
        if error.code() == KafkaError._ALL_BROKERS_DOWN and self.last:  # pyright: ignore[reportPrivateUsage]
            return  # it follows from what was said before, and says less
        self.last = said
        if error.code() == KafkaError._AUTHENTICATION or "certificate" in said:  # pyright: ignore[reportPrivateUsage]
            self.refused = said

    def explain(self, error: object) -> str:
        return f"{error}" + (f" ({self.last})" if self.last and self.last not in str(error) else "")


@dataclass
class Cluster:
    """A connection to a cluster: an admin client, and consumers on request."""

    settings: StreamSettings
    errors: KafkaErrors = field(default_factory=KafkaErrors)

    def __post_init__(self) -> None:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        try:
            self.admin: AdminClient = AdminClient(self.settings.client(error_cb=self.errors))  # pyright: ignore[reportArgumentType]
        except KafkaException as error:
            raise Refused(f"Kafka's client refuses its configuration: {error.args[0].str()}") from error

    def consumer(self, **more: object) -> Consumer:
        """A consumer that is in no group, reads committed records, and never skips silently."""
        from confluent_kafka import Consumer

        return Consumer(
            self.settings.client(
                **{
                    "group.id": "keystone-landing",
                    "enable.auto.commit": False,
                    "enable.auto.offset.store": False,
                    "auto.offset.reset": "error",
                    "isolation.level": "read_committed",
                    "error_cb": self.errors,
                    **more,
                }
            )  # pyright: ignore[reportArgumentType]
        )

    def topic(self) -> Topic:
        """The topic as it is now. Raises Refused where it does not exist, EnvironmentFault where Kafka is away."""
        from confluent_kafka import KafkaError, TopicCollection

        name = self.settings.topic
        metadata = self.asked(lambda: self.admin.list_topics(name, timeout=TIMEOUT))
        found = metadata.topics[name]
        if found.error is not None:
            if found.error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):  # pyright: ignore[reportPrivateUsage]
                raise Refused(f"there is no topic {name!r} on {self.settings.brokers}: {missing_topic()}")
            raise EnvironmentFault(f"the topic {name!r} cannot be read: {self.errors.explain(found.error)}")
        cluster, partitions = metadata.cluster_id or "unknown", tuple(sorted(found.partitions))
        if cluster.startswith("mockCluster"):
            return Topic(cluster, name, "mock", partitions)  # librdkafka's mock cluster cannot describe a topic
        topics = TopicCollection([name])

        def described() -> str:
            return str(self.admin.describe_topics(topics, request_timeout=TIMEOUT)[name].result().topic_id)

        return Topic(cluster, name, self.asked(described), partitions)

    def watermarks(self, topic: Topic) -> list[Watermarks]:
        """Of every partition, asked of the brokers."""
        from confluent_kafka import TopicPartition

        found: list[Watermarks] = []
        with closing(self.consumer()) as consumer:
            for partition in topic.partitions:
                place = TopicPartition(topic.name, partition)
                low, high = self.asked(lambda place=place: consumer.get_watermark_offsets(place, timeout=TIMEOUT))
                found.append(Watermarks(partition, low, high))
        ends = self._ends(topic)  # asked last: an end only grows
        return [replace(mark, end=ends[mark.partition]) for mark in found]

    def _ends(self, topic: Topic) -> dict[int, int]:
        """Partition -> where it really ends, open transactions included: one question for all of them."""
        from confluent_kafka import IsolationLevel, TopicPartition
        from confluent_kafka.admin import OffsetSpec  # pyright: ignore[reportPrivateImportUsage]

        latest = {TopicPartition(topic.name, partition): OffsetSpec.latest() for partition in topic.partitions}

        def asked() -> dict[int, int]:
            answers = self.admin.list_offsets(
                latest,  # pyright: ignore[reportArgumentType]
                isolation_level=IsolationLevel.READ_UNCOMMITTED,
                request_timeout=TIMEOUT,
            )
            return {place.partition: int(answer.result().offset) for place, answer in answers.items()}

        return self.asked(asked)

    def asked(self, question: Callable[[], T]) -> T:
        """An answer of Kafka. Raises EnvironmentFault with the reason where it gives none in time, and
        Refused at once where it does not accept who asks, or is not accepted."""
        from confluent_kafka import KafkaException
        from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_fixed

        self.errors.refused = ""
        retrying = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, KafkaException) and not self._refused()),
            stop=stop_after_attempt(3) | stop_after_delay(TIMEOUT),
            wait=wait_fixed(0.5),
            reraise=True,
        )
        try:
            return retrying(question)
        except KafkaException as error:
            if self.errors.refused:
                raise Refused(
                    f"no connection to Kafka at {self.settings.brokers}: {self.errors.refused}; nothing was landed. "
                    "What is used to connect is in the file that KEYSTONE_KAFKA_CONFIG names"
                ) from error
            said = self.errors.explain(error.args[0].str())
            raise EnvironmentFault(
                f"Kafka at {self.settings.brokers} does not answer: {said}; nothing was landed, run again"
            ) from error

    def _refused(self) -> bool:
        """Errors come in callbacks, which have to be asked for."""
        self.admin.poll(0)
        return bool(self.errors.refused)


def missing_topic() -> str:
    return "create it, start `keystone stream serve` (which creates it on a local cluster), or set KEYSTONE_KAFKA_TOPIC"
