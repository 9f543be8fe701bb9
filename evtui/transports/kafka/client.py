"""A client of one topic of a Kafka cluster, made of aiokafka's connections and protocol. Imported on first use.

aiokafka's own client is of no use here. It waits for a reply of any length that a peer announces, before the login
too. It connects by itself to addresses that a cluster names, before evtui has checked them. It logs what it cannot
read with a traceback. Its connection, which does the login, is kept, behind a reader that checks each length first.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka.cluster import ClusterMetadata
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError, KafkaProtocolError, NodeNotReadyError, RequestTimedOutError
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.structs import TopicPartition

from evtui.core.errors import DeliveryError
from evtui.transports.kafka.client_types import CheckBroker

LOGIN_REPLY: Final = 1 << 14
"""Bytes of the longest reply before and while we log in: the list of versions, and tokens."""
MAX_REPLY: Final = 1 << 18
"""Bytes of the longest reply after that: the partitions of one topic, some 5,000."""


class ReplyTooLongError(ConnectionError):
    """A peer announced a reply longer than any that Kafka sends here, or of less than no bytes."""


class CheckedReader:
    """The reader that aiokafka reads replies from. Each length is checked before anything is waited for."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.limit = LOGIN_REPLY
        self._reader = reader

    async def readexactly(self, size: int) -> bytes:
        """Read so many bytes. raises ReplyTooLongError: it is more than the limit."""
        if not 0 <= size <= self.limit:
            raise ReplyTooLongError(f"a reply of {size:,} bytes, more than {self.limit:,}")
        return await self._reader.readexactly(size)

    def at_eof(self) -> bool:
        """Say whether the peer has closed the connection and everything was read."""
        return self._reader.at_eof()


class CheckedConnection(AIOKafkaConnection):  # type: ignore[misc]  # the library has no types
    """A connection to a broker."""

    checked: CheckedReader | None = None

    def _create_reader_task(self) -> Any:
        """Put the checks between the stream and the library, which begins to read here."""
        self.checked = CheckedReader(self._reader)
        self._reader: Any = self.checked
        return super()._create_reader_task()

    async def open(self, longest: int = MAX_REPLY) -> None:
        """Connect and log in. `longest` are the bytes of the longest reply after that.

        raises KafkaError, OSError, DeliveryError: there is no broker, or it does not let us in.
        """
        try:
            await self.connect()
        except AssertionError as error:  # how the library says that a list of versions is wrong
            raise KafkaProtocolError from error
        if self.checked is None:
            raise DeliveryError("this version of aiokafka cannot be used: the length of its replies cannot be checked")
        self.checked.limit = longest

    async def ask(self, request: Any, *, answered: bool = True) -> Any:
        """Send a request and return its answer.

        raises KafkaError, OSError: the connection broke, or what came is not an answer to it.
        """
        try:
            library: Any = super()
            return await library.send(request, expect_response=answered)
        except TimeoutError as error:
            self.drop()
            raise RequestTimedOutError from error

    def drop(self) -> Any:
        """Close it; returns what to await for its end, None when it was never open."""
        library: Any = super()
        return library.close()


class TopicClient:
    """The connections to the leaders of one topic's partitions."""

    def __init__(self, topic: str, options: Mapping[str, Any], check: CheckBroker) -> None:
        """`options` are those of aiokafka's connection; `check` is asked before each connection to a named broker."""
        self.cluster: Any = ClusterMetadata()
        self._topic = topic
        self._options = options
        self._check = check
        self._connections: dict[int, CheckedConnection] = {}
        self._opening = asyncio.Lock()

    async def open(self, servers: Sequence[tuple[str, int]]) -> None:
        """Learn where the topic is from the first of the servers that answers.

        raises DeliveryError: none does.
        """
        reasons: list[str] = []
        for host, port in servers:
            connection = CheckedConnection(host, port, **self._options)
            try:
                await connection.open()
                await self._ask_where(connection)
            except (KafkaError, OSError) as error:
                reasons.append(f"{host}:{port}: {client_error_reason(error)}")
            else:
                return
            finally:
                connection.drop()
        raise DeliveryError(f"no broker answers and accepts the connection ({'; '.join(reasons)})")

    async def refresh(self) -> None:
        """Ask the cluster again where the topic is.

        raises KafkaError, OSError, DeliveryError.
        """
        await self._ask_where(await self._any())

    async def ask_any(self, request: Any) -> Any:
        """Send a request to any broker and return its answer.

        raises KafkaError, OSError, DeliveryError.
        """
        return await (await self._any()).ask(request)

    async def _any(self) -> CheckedConnection:
        connected = next((one for one in self._connections.values() if one.connected()), None)
        return connected or await self._connected(min(broker.nodeId for broker in self.cluster.brokers()))

    def leader(self, partition: int) -> int | None:
        """Return the broker that takes a partition's records; None when there is none."""
        found = self.cluster.leader_for_partition(TopicPartition(self._topic, partition))
        return None if found in {None, -1} else int(found)

    async def send(self, node: int, request: Any, *, answered: bool = True) -> Any:
        """Send a request to a broker, connecting when needed, and return its answer.

        raises KafkaError, OSError, DeliveryError: it is away, not allowed, or does not keep to the protocol.
        """
        return await (await self._connected(node)).ask(request, answered=answered)

    async def aclose(self) -> None:
        """Close all connections, and wait until they are."""
        closing = [connection.drop() for connection in self._connections.values()]
        self._connections.clear()
        for each in closing:
            await each

    async def _connected(self, node: int) -> CheckedConnection:
        async with self._opening:
            connection = self._connections.get(node)
            if connection is None or not connection.connected():
                if (broker := self.cluster.broker_metadata(node)) is None:
                    raise NodeNotReadyError
                host = await self._check(broker.host, broker.port)
                connection = CheckedConnection(host, broker.port, **self._options)
                await connection.open()
                self._connections[node] = connection
            return connection

    async def _ask_where(self, connection: CheckedConnection) -> None:
        self.cluster.update_metadata(await connection.ask(MetadataRequest([self._topic])))


def client_error_reason(error: BaseException) -> str:
    """Say what went wrong in a connection to a broker."""
    if isinstance(error.__cause__, ReplyTooLongError):
        return f"the broker broke the protocol: {error.__cause__}"
    return type(error).__name__ if isinstance(error, KafkaError) else str(error) or type(error).__name__
