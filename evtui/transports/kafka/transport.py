"""Kafka: JSON notifications as messages of a topic, acknowledged by the brokers. aiokafka implements the protocol.

`kafka:BROKER:PORT,…/TOPIC[?g.PROPERTY=VALUE&t.PROPERTY=VALUE&key=NAME&durable]`, as event_kafka has them. There
the key comes from the SIP request; here it is the value of a parameter.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias, cast

import anyio

from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.ports import Clock
from evtui.core.transport import Notification, Queued, Settle, Target, TransportInfo
from evtui.core.values import Socket
from evtui.transports.kafka.batch_sequences import BatchSequences
from evtui.transports.kafka.connection import SETTING, Answer, KafkaConnection, Record, client_options
from evtui.transports.kafka.grammar import KafkaSocket, parse_kafka
from evtui.transports.kafka.settings import INFOS, KafkaSettings
from evtui.transports.resolver import is_numeric, resolve
from evtui.transports.settled_places import settle_delivered

WINDOW: Final = 1000
"""Messages of one batch."""

_BY_CRAMJAM: Final = frozenset({"snappy", "lz4", "zstd"})
"""Compressions for which aiokafka needs the library cramjam."""

Partitioner: TypeAlias = Callable[[bytes, list[int], list[int]], int]
"""Choose one of the partitions for a key."""


class KafkaTransport:
    """The transport of Kafka messages. Each destination has connections of its own."""

    def __init__(self, settings: KafkaSettings | None = None, *, clock: Clock) -> None:
        """`clock` is monotonic."""
        self._settings = settings or KafkaSettings()
        self._clock = clock

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe kafka."""
        return INFOS

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        """Understand a Kafka socket.

        raises BadSocketError: also when the library is not installed.
        """
        found = parse_kafka(address, trusted=trusted)
        if importlib.util.find_spec("aiokafka") is None:
            why = "the library for it is missing: install evtui[kafka], or aiokafka beside evtui"
            raise BadSocketError(f"{scheme}:{found.address}", "scheme", why)
        return Target(
            Socket(scheme, found.address),
            "jsonrpc",
            partial(self._open, found),
            blocks=not all(is_numeric(broker.host) for broker in found.brokers) or bool(found.properties),
            text=f"{scheme}:{found.source}",
            secret=found.secret,
            peers=tuple((broker.host, broker.port) for broker in found.brokers),
        )

    def close(self) -> None:
        """Do nothing: each sender closes its own connections."""

    def _open(self, found: KafkaSocket) -> Queued:
        text = f"kafka:{found.address}"
        for broker in found.brokers:
            resolve(text, broker.host, broker.port, self._settings.allow, SETTING)
        _check_library(text, found)
        return Queued(KafkaPublisher(found, self._settings, self._clock), self._settings.policy(durable=found.durable))


class KafkaPublisher:
    """The publisher of one topic. A partition gets its messages in order, one request at a time."""

    window = WINDOW

    def __init__(self, found: KafkaSocket, settings: KafkaSettings, clock: Clock) -> None:
        self._found = found
        self._settings = settings
        self._clock = clock
        self._key = found.key or settings.key
        self._link: KafkaConnection | None = None
        self._sequences = BatchSequences() if found.properties.get("enable.idempotence") == "true" else None
        self.confirms = found.properties.get("acks") != "0"
        """Whether brokers acknowledge: not with acks=0."""

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Send the notifications to the leaders of their partitions, all partitions at the same time.

        raises DeliveryError: a leader is away, or answered with a temporary error.
        """
        settings = self._settings
        link = self._link or await KafkaConnection.open(self._found, settings.timeout_s, settings.allow, self._clock)
        self._link = link
        try:
            await self._deliver(link, batch, settle)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        link, self._link = self._link, None
        if link is not None:
            await link.aclose()

    async def _deliver(self, link: KafkaConnection, batch: Sequence[Notification], settle: Settle) -> None:
        broken: set[str] = set()

        async def serve(partition: int, places: list[int]) -> None:
            notifications = [(place, batch[place]) for place in places]
            if (reason := await self._serve(link, partition, notifications, settle)) is not None:
                broken.add(reason)

        shares = _shares(batch, await link.partitions(), self._key)
        if self._sequences is not None:
            await _begin(self._sequences, link, batch, shares)
        async with anyio.create_task_group() as tasks:
            for partition, places in shares.items():
                tasks.start_soon(serve, partition, places)
        if broken:
            raise DeliveryError("; ".join(sorted(broken)))

    async def _serve(
        self, link: KafkaConnection, partition: int, notifications: list[tuple[int, Notification]], settle: Settle
    ) -> str | None:
        """Send one partition's notifications; returns why it stopped before the end."""
        most = len(notifications)
        while notifications:
            try:
                count, answer = await self._send_first(link, partition, notifications[:most])
            except DeliveryError as error:
                return error.reason
            if answer.too_large and count > 1:
                most = max(1, count // 2)
                continue
            if answer.error is not None and not answer.final:
                return answer.error
            if answer.error is not None and count > 1:
                most = 1  # one of them is refused: send each alone, so that the others do not fail with it
                continue
            places = [place for place, _ in notifications[:count]]
            if answer.error is None:
                settle_delivered(settle, places)
            else:
                for place in places:
                    settle(place, answer.error)
            notifications = notifications[count:]
        return None

    async def _send_first(
        self, link: KafkaConnection, partition: int, notifications: list[tuple[int, Notification]]
    ) -> tuple[int, Answer]:
        """Send as many as one batch may have: (how many, the answer). A batch without an answer is sent as it was.

        raises DeliveryError: no answer came.
        """
        sequences, timeout = self._sequences, self._settings.timeout_s
        if sequences is None:
            count, packed = link.pack([_record(notification, self._key) for _, notification in notifications])
            return count, await link.send(partition, packed, timeout)
        batch = [notification for _, notification in notifications[: sequences.most(partition, len(notifications))]]
        records = [_record(notification, self._key) for notification in batch]
        count, packed = link.pack(records, sequences.producer, sequences.first(partition))
        sequences.sent(partition, [notification.message_id for notification in batch[:count]])
        answer = await link.send(partition, packed, timeout)
        if answer.error is None:
            sequences.answered(partition, count)
        elif answer.final:
            sequences.answered(partition, 0)
        elif answer.producer_lost:
            sequences.forget()
        return count, answer


async def _begin(
    sequences: BatchSequences,
    link: KafkaConnection,
    batch: Sequence[Notification],
    shares: Mapping[int, Sequence[int]],
) -> None:
    """Get a producer id when there is none, or a batch without an answer cannot be sent again as it was.

    raises DeliveryError: the cluster gives none.
    """
    waiting = {partition: [batch[place].message_id for place in places] for partition, places in shares.items()}
    if sequences.producer is None or not all(sequences.fit(partition, ids) for partition, ids in waiting.items()):
        sequences.begin(await link.producer_id())


def _shares(batch: Sequence[Notification], partitions: Sequence[int], key: str | None) -> dict[int, list[int]]:
    """Choose the partitions of notifications by their keys, as Kafka's own clients do.

    Without a key all notifications of an event go to one partition, so that they stay in order.
    """
    from aiokafka.partitioner import DefaultPartitioner

    choose = cast("Partitioner", DefaultPartitioner())
    chosen: dict[bytes, int] = {}
    shares: dict[int, list[int]] = {}
    for place, notification in enumerate(batch):
        name = key_of(notification, key)
        if name is None:
            name = notification.event.encode("utf-8", "surrogateescape")
        if name not in chosen:
            chosen[name] = choose(name, list(partitions), list(partitions))
        shares.setdefault(chosen[name], []).append(place)
    return shares


def _record(notification: Notification, key: str | None) -> Record:
    headers = (
        ("message_id", notification.message_id.encode()),
        ("event", notification.event.encode("utf-8", "surrogateescape")),
    )
    return Record(key_of(notification, key), notification.payload, round(notification.at * 1000), headers)


def key_of(notification: Notification, name: str | None) -> bytes | None:
    """Return the value of the parameter that is the key; None when the notification has none, or null."""
    for found, value in notification.params.pairs() if name is not None else ():
        if found == name:
            return None if value is None else str(value).encode("utf-8", "surrogateescape")
    return None


def _check_library(text: str, found: KafkaSocket) -> None:
    """Check what depends on installed libraries, without loading one, and on files. raises BadSocketError."""
    kind = found.properties.get("compression.type", "none")
    if kind in _BY_CRAMJAM and importlib.util.find_spec("cramjam") is None:
        raise BadSocketError(text, "t.compression.type", f"{kind} needs the library cramjam: install aiokafka[all]")
    try:
        client_options(found.properties)
    except OSError as error:
        part = next((f"g.{name}" for name in sorted(found.properties) if name.endswith(".location")), "g.ssl")
        raise BadSocketError(text, part, f"the certificates cannot be read: {error.strerror or error}") from error
