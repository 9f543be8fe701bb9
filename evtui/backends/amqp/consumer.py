"""A consumer of a RabbitMQ exchange or queue: it stays connected, hands over what arrives, then acknowledges it."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Final, TypeAlias, get_args

import anyio
from msgspec import Struct

from evtui.backends.amqp.address import AmqpAddress
from evtui.backends.amqp.deduplicator import Deduplicator
from evtui.backends.amqp.delivery_frames import MAX_BODY, ConsumedMessage
from evtui.backends.seen.notification_body import decode_body
from evtui.core.backoff import Backoff
from evtui.core.errors import BadMessageError, BadSocketError, DeliveryError
from evtui.core.ports import Clock
from evtui.core.values import Params
from evtui.transports.address_classes import AddressClass, Ip
from evtui.transports.name_lookups import look_up
from evtui.transports.rabbitmq.connection import ConnectionSettings, Login, connect_broker
from evtui.transports.resolver import resolve

if TYPE_CHECKING:  # a process that consumes nothing does not pay for the client
    from evtui.backends.amqp.consumer_channel import ConsumerChannel

SETUP_LIMIT: Final = 10.0
"""Seconds a broker may take from the login to the first message."""

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds between two attempts to connect: 1, 2, 4 … 30."""

SOON: Final = 1.0
"""Seconds a first connection may take before the status says that it is being made."""

MISSED: Final = 2
"""Heartbeats a broker may miss before the connection is given up."""

_NOT_FOUND: Final = 404
_ANYWHERE: Final[frozenset[AddressClass]] = frozenset(get_args(AddressClass))
"""Classes of addresses that may be connected to: all, because the user who starts evtui names the broker."""

_log = logging.getLogger(__name__)


class Arrived(Struct, frozen=True):
    """A notification as it arrived."""

    at: float
    """Wall seconds of its arrival."""
    event: str
    params: Params
    codec: str
    message: ConsumedMessage

    @property
    def source(self) -> str:
        """Name its route: `amqp:EXCHANGE/KEY`."""
        return source_of(self.message)


class UnreadableMessage(Struct, frozen=True):
    """A message that is not a notification."""

    at: float
    why: str
    message: ConsumedMessage


Receive: TypeAlias = Callable[[Sequence[Arrived | UnreadableMessage]], Awaitable[None]]
"""Takes what arrived. When it returns, the messages are acknowledged."""


def source_of(message: ConsumedMessage) -> str:
    """Name the route of a message: `amqp:EXCHANGE/KEY`."""
    return f"amqp:{message.exchange}/{message.key}"


def _body(message: ConsumedMessage) -> bytes:
    """Return the body.

    raises BadMessageError: it was too long to keep.
    """
    if message.too_long:
        raise BadMessageError(f"a body of {message.too_long} bytes, more than {MAX_BODY}")
    return message.body


class Consumer:
    """One consumer. Its counts and its state can be read at any time."""

    def __init__(
        self, address: AmqpAddress, settings: ConnectionSettings, receive: Receive, *, clock: Clock, wall: Clock
    ) -> None:
        self.address = address
        self.received = 0
        """Notifications that were handed over."""
        self.duplicates = 0
        """Messages left out because they were handed over before."""
        self.malformed = 0
        """Messages that were not notifications."""
        self.trouble: str | None = None
        """Why there is no connection; None when there is one."""
        self.decided = anyio.Event()
        """Set when the first attempt to connect has ended."""
        self.begun = anyio.Event()
        """Set when it consumes for the first time."""
        self._settings = settings
        self._receive = receive
        self._clock = clock
        self._wall = wall
        self._deduplicator = Deduplicator()
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._retry_at = 0.0
        self._begun_at: float | None = None

    def trouble_text(self) -> str:
        """Say why there is no connection and when the next attempt is; empty when there is one, or soon will be."""
        now = self._clock()
        if self.trouble is not None:
            return f"{self.trouble}; retry in {max(1, ceil(self._retry_at - now))} s"
        if self._begun_at is None or self.decided.is_set() or now - self._begun_at < SOON:
            return ""
        return "connecting"

    async def run(self) -> None:
        """Consume until cancelled. Log why a connection failed or ended, and connect again after a pause."""
        self._begun_at = self._clock()
        while True:
            pause = 0.0
            try:
                await self._consume()
            except DeliveryError as error:
                pause = self._backoff.next_pause()
                self._retry_at = self._clock() + pause
                self.trouble = error.reason
                _log.warning("%s: %s; again in %g s", self.address.place, error.reason, pause)
            self.decided.set()
            await anyio.sleep(pause)

    async def _consume(self) -> None:
        from evtui.backends.amqp.consumer_channel import ConsumerChannel

        connection = await connect_broker(self._login, self._resolve, self._settings)
        try:
            channel = ConsumerChannel(connection, MISSED * self.address.heartbeat or None)
            try:
                with anyio.fail_after(SETUP_LIMIT):
                    await self._prepare(channel)
            except TimeoutError as error:
                raise DeliveryError(f"no answer in {SETUP_LIMIT:g} s") from error
            self._connected()
            own = self.address.queue is None
            while True:
                messages = await channel.take(rest=own)
                await self._hand_over(messages)
                channel.ack(messages[-1].tag)
        finally:
            await connection.aclose()

    def _connected(self) -> None:
        if self.trouble is not None:
            gone = ", what was published meanwhile is lost" if self.address.queue is None else ""
            _log.warning("%s: connected again%s", self.address.place, gone)
        self.trouble = None
        self._backoff.reset()
        self.begun.set()
        self.decided.set()

    async def _prepare(self, channel: "ConsumerChannel") -> None:
        from evtui.backends.amqp import requests

        address = self.address
        await channel.open()
        if address.exchange is not None:
            await channel.request(requests.find_exchange(address.exchange))
        queue = await self._queue(channel)
        for key in address.keys:
            await channel.request(requests.bind(queue, address.exchange or "", key))
        await channel.limit(address.prefetch)
        await channel.request(requests.consume(queue))

    async def _queue(self, channel: "ConsumerChannel") -> str:
        """Find the named queue, or make it, or make one for this connection only; returns its name."""
        from evtui.backends.amqp import requests

        if (name := self.address.queue) is not None:
            try:
                await channel.request(requests.find_queue(name))
            except DeliveryError:
                if channel.code != _NOT_FOUND:
                    raise
                await channel.open()
            else:
                return name
        made = await channel.request(requests.make_queue(name or "", durable=self.address.durable))
        return str(made.queue)

    async def _hand_over(self, messages: Sequence[ConsumedMessage]) -> None:
        now = self._wall()
        found = [self._read(message, now) for message in messages if self._is_new(message)]
        if found:
            await self._receive(found)

    def _is_new(self, message: ConsumedMessage) -> bool:
        new = self._deduplicator.is_new(message)
        self.duplicates += not new
        return new

    def _read(self, message: ConsumedMessage, now: float) -> Arrived | UnreadableMessage:
        try:
            event, params, codec = decode_body(_body(message))
        except BadMessageError as error:
            self.malformed += 1
            return UnreadableMessage(now, str(error), message)
        self.received += 1
        return Arrived(now, event, params, codec, message)

    @property
    def _login(self) -> Login:
        address = self.address
        return Login(address.user, address.password, address.host, address.port, address.vhost, address.tls)

    async def _resolve(self, login: Login) -> tuple[Ip, int]:
        try:
            return await look_up(login.host, partial(resolve, login.host, login.host, login.port, _ANYWHERE))
        except BadSocketError as error:
            raise DeliveryError(f"{error.part}: {error.why}") from error
