"""A connection to a Kafka cluster: sends batches of records to the leaders of a topic's partitions, one at a time.

It uses aiokafka's connections and record builder, not its producer. The producer has a queue of its own: it would
still send records after the outbox stopped waiting for them, beside the same records sent again.
"""

import ssl
from collections.abc import Container, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
from anyio import to_thread
from msgspec import Struct

from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.ports import Clock
from evtui.transports.address_classes import AddressClass
from evtui.transports.kafka.batch_sequences import DUPLICATE, LOST, ProducerId
from evtui.transports.kafka.grammar import KafkaSocket
from evtui.transports.library_loading import load_library
from evtui.transports.name_lookups import look_up
from evtui.transports.resolver import is_numeric, resolve

if TYPE_CHECKING:  # a process that talks to no broker does not pay for the library
    from evtui.transports.kafka.client import TopicClient

SETTING: Final = "transports.kafka.allow"
CLOSE_LIMIT: Final = 1.0
"""Seconds a connection may take to close."""

MAX_IDLE: Final = 540
"""Seconds a connection is kept without a request, unless the socket says otherwise."""
MAX_AGE: Final = 300
"""Seconds after which the cluster is asked again where a topic is, unless the socket says otherwise."""

BATCH: Final = 900_000
"""Bytes of records in one request; brokers take a million unless they are told otherwise."""

_ACKS: Final = {"0": 0, "1": 1, "all": -1}
_REFUSALS: Final = frozenset((10, 17, 18, 32, 43, 44, 87))
"""Codes of Kafka's protocol that mean that a record will never be taken: too large, invalid topic, batch too large,
invalid timestamp, format, policy, invalid record."""

_TOO_LARGE: Final = frozenset((10, 18))


class Record(Struct, frozen=True):
    """One message of Kafka."""

    key: bytes | None
    value: bytes
    timestamp: int
    """Wall milliseconds."""
    headers: tuple[tuple[str, bytes], ...] = ()


class Answer(Struct, frozen=True):
    """The answer of a leader to a batch; without an error it has taken all of it."""

    error: str | None = None
    final: bool = False
    """Whether it will never take it."""
    too_large: bool = False
    """Whether a smaller batch may do."""
    producer_lost: bool = False
    """Whether only a new producer id helps."""


class KafkaConnection:
    """One connected client of a cluster."""

    def __init__(self, client: "TopicClient", found: KafkaSocket, clock: Clock) -> None:
        self._client = client
        self._found = found
        self._clock = clock
        self._asked_at = clock()
        self.acks = _ACKS[found.properties.get("acks", "all")]

    @classmethod
    async def open(
        cls, found: KafkaSocket, timeout: float, allow: Container[AddressClass], clock: Clock
    ) -> "KafkaConnection":
        """Connect and learn where the topic's partitions are; `timeout`: seconds of one request.

        raises DeliveryError.
        """
        await load_library("evtui.transports.kafka.client", "aiokafka.record.default_records")
        from evtui.transports.kafka.client import TopicClient

        by_name = _checks_names(found.properties)

        async def check(host: str, port: int) -> str:
            ip = await _check(f"kafka:{host}:{port}", host, port, allow)
            return host if by_name else ip

        servers = await check_brokers(found, allow)
        try:
            options = await to_thread.run_sync(client_options, found.properties)
        except OSError as error:
            raise DeliveryError(f"the certificates cannot be read: {error.strerror or error}") from error
        options["request_timeout_ms"] = int(found.properties.get("request.timeout.ms", round(timeout * 1000)))
        client = TopicClient(found.topic, options, check)
        await client.open(servers)
        return cls(client, found, clock)

    async def partitions(self) -> tuple[int, ...]:
        """Return the numbers of the topic's partitions; what is known of them is asked again when it is old.

        raises DeliveryError: the cluster does not know the topic.
        """
        found = self._client.cluster.partitions_for_topic(self._found.topic)
        if not found or self._clock() - self._asked_at >= self._max_age:
            await self._refresh()
            found = self._client.cluster.partitions_for_topic(self._found.topic)
        if not found:
            raise DeliveryError(f"the brokers do not know the topic {self._found.topic}")
        return tuple(sorted(found))

    @property
    def _max_age(self) -> float:
        return int(self._found.properties.get("metadata.max.age.ms", MAX_AGE * 1000)) / 1000

    async def _refresh(self) -> None:
        from aiokafka.errors import KafkaError

        from evtui.transports.kafka.client import client_error_reason

        try:
            await self._client.refresh()
        except (KafkaError, OSError) as error:
            raise DeliveryError(f"where the topic is: {client_error_reason(error)}") from error
        self._asked_at = self._clock()

    async def producer_id(self) -> ProducerId:
        """Let the cluster give this producer an id, for batches with numbers.

        raises DeliveryError: it gives none.
        """
        from aiokafka.errors import KafkaError, for_code
        from aiokafka.protocol.transaction import InitProducerIdRequest

        from evtui.transports.kafka.client import client_error_reason

        try:
            no_transaction: Any = None
            answer = await self._client.ask_any(InitProducerIdRequest(no_transaction, 0))
            code, number, epoch = int(answer.error_code), int(answer.producer_id), int(answer.producer_epoch)
        except (KafkaError, OSError) as error:
            raise DeliveryError(f"a producer id, for g.enable.idempotence: {client_error_reason(error)}") from error
        except (AttributeError, TypeError, ValueError) as error:
            raise DeliveryError("a broker that was asked for a producer id broke the protocol") from error
        if code:
            raise DeliveryError(f"the brokers give no producer id, for g.enable.idempotence: {for_code(code).__name__}")
        return ProducerId(number, epoch)

    def pack(self, records: Sequence[Record], producer: ProducerId | None = None, first: int = -1) -> tuple[int, bytes]:
        """Pack as many of the records, from the first, as one request may hold: (how many, the bytes).

        `first` is the number of the first record in the sequence of a producer.
        """
        from aiokafka.record.default_records import DefaultRecordBatchBuilder

        size = int(self._found.properties.get("batch.size", BATCH))
        kind = _compression(self._found.properties.get("compression.type", "none"))
        number, epoch = (-1, -1) if producer is None else (producer.number, producer.epoch)
        builder = DefaultRecordBatchBuilder(2, kind, 0, number, epoch, first, size)
        count = 0
        for number, record in enumerate(records):
            if builder.append(number, record.timestamp, record.key, record.value, list(record.headers)) is None:
                break
            count += 1
        return count, bytes(builder.build())

    async def send(self, partition: int, batch: bytes, timeout: float) -> Answer:
        """Send packed records to the partition's leader and wait for its answer; the broker is given `timeout` seconds.

        raises DeliveryError: there is no leader, or the connection broke.
        """
        from aiokafka.errors import KafkaError, for_code
        from aiokafka.protocol.produce import ProduceRequest

        from evtui.transports.kafka.client import client_error_reason

        leader = self._client.leader(partition)
        if leader is None:
            raise DeliveryError(f"partition {partition} has no leader")
        records = [(self._found.topic, [(partition, batch)])]
        request = ProduceRequest(None, self.acks, round(timeout * 1000), records)
        try:
            response = await self._client.send(leader, request, answered=bool(self.acks))
            code = int(response.topics[0][1][0][1]) if self.acks else 0
        except (KafkaError, OSError) as error:
            raise DeliveryError(f"{client_error_reason(error)} at the leader of partition {partition}") from error
        except (IndexError, TypeError, ValueError) as error:
            raise DeliveryError(f"the leader of partition {partition} broke the protocol") from error
        if not code:
            return Answer()
        if code == DUPLICATE:  # it has them from an attempt whose answer was lost
            return Answer()
        return Answer(for_code(code).__name__, code in _REFUSALS, code in _TOO_LARGE, code in LOST)

    async def aclose(self) -> None:
        """Close the connections, also when the calling task is cancelled."""
        with anyio.move_on_after(CLOSE_LIMIT, shield=True):
            await self._client.aclose()


async def check_brokers(found: KafkaSocket, allow: Container[AddressClass]) -> list[tuple[str, int]]:
    """Resolve and check the brokers; returns hosts and ports to connect to.

    The hosts are addresses, or names when TLS checks them.

    raises DeliveryError: no broker has an allowed address.
    """
    by_name = _checks_names(found.properties)
    servers: list[tuple[str, int]] = []
    refusals: list[str] = []
    for broker in found.brokers:
        try:
            ip = await _check(f"kafka:{found.address}", broker.host, broker.port, allow)
        except DeliveryError as error:
            refusals.append(error.reason)
            continue
        servers.append((broker.host if by_name else ip, broker.port))
    if not servers:
        raise DeliveryError("; ".join(refusals))
    return servers


def client_options(properties: Mapping[str, str]) -> dict[str, Any]:
    """Translate properties to options of aiokafka's client. Reads certificates. raises OSError: one cannot be read."""
    options: dict[str, Any] = {
        option: kind(properties[name]) for name, (option, kind) in _CLIENT.items() if name in properties
    }
    options.setdefault("client_id", "evtui")
    options.setdefault("sasl_mechanism", "PLAIN")
    options.setdefault("max_idle_ms", MAX_IDLE * 1000)
    if options.get("security_protocol", "PLAINTEXT").endswith("SSL"):
        options["ssl_context"] = _context(properties)
    return options


_CLIENT: Final[Mapping[str, tuple[str, type[str] | type[int]]]] = {
    "client.id": ("client_id", str),
    "connections.max.idle.ms": ("max_idle_ms", int),
    "sasl.mechanism": ("sasl_mechanism", str),
    "sasl.password": ("sasl_plain_password", str),
    "sasl.username": ("sasl_plain_username", str),
    "security.protocol": ("security_protocol", str),
}


def _checks_names(properties: Mapping[str, str]) -> bool:
    """Say whether TLS checks the name of a broker."""
    return (
        properties.get("security.protocol", "PLAINTEXT").endswith("SSL")
        and properties.get("ssl.endpoint.identification.algorithm") != "none"
        and properties.get("enable.ssl.certificate.verification") != "false"
    )


def _context(properties: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=properties.get("ssl.ca.location"))
    context.check_hostname = _checks_names(properties)
    if properties.get("enable.ssl.certificate.verification") == "false":
        context.verify_mode = ssl.CERT_NONE
    if (certificate := properties.get("ssl.certificate.location")) is not None:
        context.load_cert_chain(certificate, properties.get("ssl.key.location"), properties.get("ssl.key.password"))
    return context


def _compression(name: str) -> int:
    """Return the number of a compression in Kafka's protocol."""
    return ("none", "gzip", "snappy", "lz4", "zstd").index(name)


async def _check(text: str, host: str, port: int, allow: Container[AddressClass]) -> str:
    """Return the address of a host, checked. raises DeliveryError."""
    try:
        if is_numeric(host):
            ip, _ = resolve(text, host, port, allow, SETTING)
        else:
            ip, _ = await look_up(f"kafka:{host}", partial(resolve, text, host, port, allow, SETTING))
    except BadSocketError as error:
        raise DeliveryError(error.why) from error
    return str(ip)
