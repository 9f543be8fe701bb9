"""The sender of one exchange and key of a broker: publishes batches on a channel that it shares with others.

AMQP closes a channel for an exchange that is missing or forbidden, whoever else publishes on it. All who had
notifications on
their way there go on at once, each on a channel of its own until its batch went well: there the broker closes the
guilty one's again, which has failed by its own reason, while the innocent noticed nothing.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from anyio import get_cancelled_exc_class
from msgspec import Struct

from evtui.core.errors import DeliveryError
from evtui.core.transport import Notification, Settle
from evtui.transports.rabbitmq.connection import BrokerConnection, Login
from evtui.transports.rabbitmq.connection_pool import BrokerPool, PooledConnection
from evtui.transports.rabbitmq.frames import Publication

if TYPE_CHECKING:  # a process that talks to no broker does not pay for the client
    from evtui.transports.rabbitmq.channel import ConfirmChannel

WINDOW: Final = 1000
"""Notifications on their way at once: what a crash of the broker can make come twice, and what hides its round
trips.
"""
PRECONDITION_FAILED: Final = 406
"""The code for a message that is larger than the broker takes (RabbitMQ 3.8 and later)."""


class Destination(Struct, frozen=True):
    """Where and how messages are published."""

    exchange: str
    key: str
    content_type: str
    persistent: bool
    mandatory: bool


class RabbitmqPublisher:
    """Publishes to one destination."""

    def __init__(self, pool: BrokerPool, login: Login, destination: Destination) -> None:
        self._pool = pool
        self._login = login
        self._destination = destination
        self._broker: PooledConnection | None = None
        self._publication: tuple[int, int, Publication] | None = None
        self._own: ConfirmChannel | None = None
        self._probation = 0
        self._one_by_one = False

    @property
    def window(self) -> int:
        """A thousand notifications; one while we look for the one that the broker will never take."""
        return 1 if self._one_by_one else WINDOW

    @property
    def confirms(self) -> bool:
        """The broker confirms each message, when it has put it where it belongs."""
        return True

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Publish the notifications and wait for the confirms.

        raises DeliveryError: the link is broken, or the broker did not take some.
        """
        if self._broker is None:
            self._broker = self._pool.enter(self._login)
        link = await self._broker.link()
        link.enter()
        try:
            await self._deliver(link, batch, settle)
        except get_cancelled_exc_class():
            link.retire()  # what is on its way there may still arrive: it must not mix with what comes next
            raise
        finally:
            link.leave()

    async def aclose(self) -> None:
        """Leave the connection."""
        self._go_back()
        if self._broker is not None:
            broker, self._broker = self._broker, None
            await self._pool.leave(broker)

    async def _deliver(self, link: BrokerConnection, batch: Sequence[Notification], settle: Settle) -> None:
        rest = _Rest(batch, settle)
        notifications, tell = rest.take()
        while notifications:
            channel = await self._channel(link)
            try:
                await channel.publish(self._writer(channel), self._route, notifications, tell)
                break
            except DeliveryError:
                if channel.code is None:
                    raise
                self._probation = max(self._probation, len(batch))
                if channel.suspects == [self._route]:  # and not of one who only came when it was closed already
                    self._confess(channel, tell)
            notifications, tell = rest.take()
        self._probation -= len(batch)
        if self._probation <= 0:
            self._go_back()

    def _confess(self, channel: "ConfirmChannel", tell: Settle) -> None:
        """Say why the broker closed a channel that nobody else was publishing on.

        raises DeliveryError, unless it is known which notification it was.
        """
        if not (self._one_by_one and channel.code == PRECONDITION_FAILED):
            self._one_by_one = channel.code == PRECONDITION_FAILED
            raise DeliveryError(channel.broken or "")
        tell(0, channel.broken)

    @property
    def _route(self) -> tuple[str, str]:
        return self._destination.exchange, self._destination.key

    async def _channel(self, link: BrokerConnection) -> "ConfirmChannel":
        if self._probation <= 0:
            return await link.shared()
        if self._own is None or self._own.broken is not None:
            self._own = await link.channel()
        return self._own

    def _go_back(self) -> None:
        self._probation = 0
        self._one_by_one = False
        if self._own is not None:
            self._own.close()
            self._own = None

    def _writer(self, channel: "ConfirmChannel") -> Publication:
        known = self._publication
        if known is None or known[:2] != (channel.number, channel.frame_max):
            fields = self._destination
            known = self._publication = (
                channel.number,
                channel.frame_max,
                Publication(
                    channel.number,
                    channel.frame_max,
                    exchange=fields.exchange,
                    key=fields.key,
                    content_type=fields.content_type,
                    persistent=fields.persistent,
                    mandatory=fields.mandatory,
                ),
            )
        return known[2]


class _Rest:
    """The notifications of a batch that have no end yet."""

    def __init__(self, batch: Sequence[Notification], settle: Settle) -> None:
        self._batch = batch
        self._settle = settle
        self._ended: set[int] = set()

    def take(self) -> tuple[Sequence[Notification], Settle]:
        """Return them in order, and what settles them by their places in that order."""
        places = [place for place in range(len(self._batch)) if place not in self._ended]

        def tell(number: int, why: str | None) -> None:
            self._ended.add(places[number])
            self._settle(places[number], why)

        return [self._batch[place] for place in places], tell
