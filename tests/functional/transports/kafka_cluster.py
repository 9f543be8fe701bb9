"""A Kafka cluster that evtui's library did not write: the mock cluster of librdkafka, three brokers in this process."""

import ctypes
import json
from collections.abc import Sequence
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, OFFSET_STORED, Consumer, Message, Producer, TopicPartition, cimpl

from tests.limits import HANG

BROKERS = 3

_PRODUCE = 0
_NO_ERROR = 0

PARTITIONS = 4
"""The partitions of a topic that the cluster makes when it is asked for."""


class _Library:
    """The functions of librdkafka that `confluent_kafka` has no names for; its extension module carries the library."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(cimpl.__file__)

    def call(self, name: str, *arguments: object, gives: Any = ctypes.c_int) -> Any:
        """Call a function; texts and numbers are given as they are, pointers as `c_void_p`."""
        function = self._library[name]
        function.restype = gives
        return function(*arguments)


class KafkaCluster:
    """Three brokers, each of which can go away and come back."""

    def __init__(self) -> None:
        self._library = library = _Library()
        quiet = ctypes.c_void_p(library.call("rd_kafka_conf_new", gives=ctypes.c_void_p))
        library.call("rd_kafka_conf_set", quiet, b"log_level", b"0", None, ctypes.c_size_t(0))
        owner = library.call("rd_kafka_new", 0, quiet, None, ctypes.c_size_t(0), gives=ctypes.c_void_p)
        self._owner = ctypes.c_void_p(owner)
        cluster = library.call("rd_kafka_mock_cluster_new", self._owner, BROKERS, gives=ctypes.c_void_p)
        self._cluster = ctypes.c_void_p(cluster)
        bootstraps = library.call("rd_kafka_mock_cluster_bootstraps", self._cluster, gives=ctypes.c_char_p)
        self.servers = bytes(bootstraps).decode()
        self.brokers = dict(enumerate(self.servers.split(","), 1))
        self._client = Producer({"bootstrap.servers": self.servers, "log_level": 0})

    def down(self, *brokers: int) -> None:
        """Let brokers go: they refuse connections and cut those there are. Their partitions keep their leaders."""
        for broker in brokers or self.brokers:
            assert self._library.call("rd_kafka_mock_broker_set_down", self._cluster, broker) == 0

    def up(self, *brokers: int) -> None:
        """Let brokers come back at the same address, with what they had."""
        for broker in brokers or self.brokers:
            assert self._library.call("rd_kafka_mock_broker_set_up", self._cluster, broker) == 0

    def lead(self, topic: str, partition: int, broker: int) -> None:
        """Make a broker the leader of a partition."""
        name = topic.encode()
        assert self._library.call("rd_kafka_mock_partition_set_leader", self._cluster, name, partition, broker) == 0

    def answer_late(self, milliseconds: int) -> None:
        """Let each broker answer its next produce request so much later; what it is sent, it takes at once."""
        for broker in self.brokers:
            self._library.call(
                "rd_kafka_mock_broker_push_request_error_rtts",
                self._cluster, broker, _PRODUCE, ctypes.c_size_t(1), _NO_ERROR, milliseconds,
            )  # fmt: skip

    def forget_lateness(self) -> None:
        """Let the brokers answer at once again."""
        self._library.call("rd_kafka_mock_clear_request_errors", self._cluster, _PRODUCE, gives=None)

    def form_groups_after(self, milliseconds: int) -> None:
        """Let a group that forms wait for so long for its first members, not for three seconds."""
        self._library.call("rd_kafka_mock_group_initial_rebalance_delay_ms", self._cluster, milliseconds, gives=None)

    def publish(self, topic: str, *bodies: bytes, partition: int = 0) -> None:
        """Publish messages to a partition of a topic that there is, until the cluster has them."""
        for body in bodies:
            self._client.produce(topic, value=body, partition=partition)
        assert self._client.flush(HANG) == 0

    def topics(self) -> set[str]:
        """List the topics that there are."""
        return set(self._client.list_topics(timeout=HANG).topics)

    def leaders(self, topic: str) -> dict[int, int]:
        """Return which broker leads each partition of a topic; the cluster makes the topic."""
        found = self._client.list_topics(topic, timeout=HANG).topics[topic].partitions
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
        del self._client
        self._library.call("rd_kafka_mock_cluster_destroy", self._cluster, gives=ctypes.c_void_p)
        self._library.call("rd_kafka_destroy", self._owner, gives=ctypes.c_void_p)


class Reader:
    """Reads a topic from its beginning: alone, or as a member of a consumer group that goes on where it was."""

    def __init__(self, cluster: KafkaCluster, topic: str, group: str | None = None) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": cluster.servers, "group.id": group or "alone", "auto.offset.reset": "earliest",
                "enable.auto.commit": False, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100,
                "log_level": 0,
            }
        )  # fmt: skip
        self._in_group = group is not None
        begin = OFFSET_STORED if self._in_group else OFFSET_BEGINNING
        # Assigned, not balanced among members: to form a group takes the cluster many seconds.
        self._consumer.assign([TopicPartition(topic, number, begin) for number in cluster.leaders(topic)])

    def read(self, count: int, *, commit: bool = True) -> list[Message]:
        """Read so many messages; a member of a group commits them, unless it must not."""
        found: list[Message] = []
        while len(found) < count:
            messages = self._consumer.consume(count - len(found), timeout=HANG)
            assert messages, f"{len(found)} of {count} messages within {HANG:g} s"
            for message in messages:
                assert message.error() is None, message.error()
                found.append(message)
        if self._in_group and commit:
            self._consumer.commit(asynchronous=False)
        return found

    def read_now(self) -> list[Message]:
        """Read what has come, without waiting."""
        return [message for message in self._consumer.consume(1000, timeout=0.0) if message.error() is None]

    def read_rest(self) -> list[Message]:
        """Read until nothing has come for half a second."""
        found: list[Message] = []
        while messages := self._consumer.consume(1000, timeout=0.5):
            found += [message for message in messages if message.error() is None]
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
