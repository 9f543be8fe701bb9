"""The types of what is used of aiokafka's client, which has none."""

from collections.abc import Awaitable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Protocol


class KafkaBroker(Protocol):
    """Where the cluster says a broker is."""

    host: str
    port: int


class Cluster(Protocol):
    """What the client knows of a cluster."""

    def brokers(self) -> AbstractSet[KafkaBroker]:
        """List the brokers."""
        ...

    def partitions_for_topic(self, topic: str) -> AbstractSet[int] | None:
        """List a topic's partitions, None for an unknown topic."""
        ...

    def leader_for_partition(self, partition: object) -> int | None:
        """Return the broker that takes a partition's records; None or -1 when there is none."""
        ...


class Client(Protocol):
    """A connected client. Its methods raise KafkaError and OSError."""

    @property
    def cluster(self) -> Cluster:
        """Return what it knows of the cluster."""
        ...

    async def bootstrap(self) -> None:
        """Connect to the first broker that answers."""
        ...

    def set_topics(self, topics: Sequence[str]) -> Awaitable[object]:
        """Ask the cluster where these topics are."""
        ...

    def force_metadata_update(self) -> Awaitable[object]:
        """Ask the cluster again."""
        ...

    async def send(self, node_id: int, request: object) -> Any:
        """Send a request to a broker, connecting when needed, and wait for its answer."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
