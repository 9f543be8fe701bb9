"""A Kafka cluster that evtui's library did not write: the mock cluster of librdkafka, three brokers in this process."""

import json
from collections.abc import Sequence
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, OFFSET_STORED, Consumer, Message, Producer, TopicPartition

from tests.limits import HANG

PARTITIONS = 4
"""The partitions of a topic that the cluster makes when it is asked for."""


class KafkaCluster:
    """Three brokers. It lasts as long as the producer that made it."""

    def __init__(self) -> None:
        self._owner = Producer({"test.mock.num.brokers": 3, "log_level": 0})
        self.brokers = {
            broker.id: f"{broker.host}:{broker.port}"
            for broker in self._owner.list_topics(timeout=HANG).brokers.values()
        }

    @property
    def servers(self) -> str:
        return ",".join(self.brokers.values())

    def topics(self) -> set[str]:
        """List the topics that there are."""
        return set(self._owner.list_topics(timeout=HANG).topics)

    def leaders(self, topic: str) -> dict[int, int]:
        """Return which broker leads each partition of a topic; the cluster makes the topic."""
        found = self._owner.list_topics(topic, timeout=HANG).topics[topic].partitions
        return {number: partition.leader for number, partition in found.items()}

    def partitions_of(self, topic: str, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Let librdkafka choose the partitions of keys, with the partitioner of Java's client."""
        chosen: dict[bytes, int] = {}

        def note(error: object, message: Message) -> None:
            key, partition = message.key(), message.partition()
            assert error is None
            assert isinstance(key, bytes)
            assert partition is not None
            chosen[key] = partition

        producer = Producer({"bootstrap.servers": self.servers, "partitioner": "murmur2"})
        for key in keys:
            producer.produce(topic, key=key, value=b"", on_delivery=note)
        assert producer.flush(HANG) == 0
        return chosen

    def close(self) -> None:
        """End the cluster."""
        del self._owner


class Reader:
    """Reads a topic from its beginning: alone, or as a member of a consumer group that goes on where it was."""

    def __init__(self, cluster: KafkaCluster, topic: str, group: str | None = None) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": cluster.servers, "group.id": group or "alone", "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
            }
        )  # fmt: skip
        self._in_group = group is not None
        begin = OFFSET_STORED if self._in_group else OFFSET_BEGINNING
        # Assigned, not balanced among members: to form a group takes the cluster many seconds.
        self._consumer.assign([TopicPartition(topic, number, begin) for number in cluster.leaders(topic)])

    def read(self, count: int) -> list[Message]:
        """Read so many messages; a member of a group commits them."""
        found: list[Message] = []
        while len(found) < count:
            messages = self._consumer.consume(count - len(found), timeout=HANG)
            assert messages, f"{len(found)} of {count} messages within {HANG:g} s"
            for message in messages:
                assert message.error() is None, message.error()
                found.append(message)
        if self._in_group:
            self._consumer.commit(asynchronous=False)
        return found

    def nothing_more(self) -> bool:
        """Say whether no message has come; messages that are there come at once."""
        return not self._consumer.consume(1, timeout=0.5)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()


def value_of(message: Message) -> Any:
    """Return the parameters of a notification."""
    value = message.value()
    assert isinstance(value, bytes)
    return json.loads(value)["params"]
