"""The publisher of one exchange and routing key of a broker.

How it works. The outbox hands over a batch of at most `WINDOW` notifications. They are written as one run of bytes,
not one by one, and the broker answers them with confirms, each for one message or for all up to a number. The outbox
gets no next batch until the last is answered, so a crash of the broker can make at most one window come twice, and
nothing is reordered. A thousand messages in flight hide the broker's round trips; with more, more would come twice.

All publishers of one login share one connection and, on it, one channel. A channel costs the broker a process and each
confirm a frame; with one channel, thousands of subscriptions need no more of them than one, and one confirm answers
many. Only the numbers of messages on a channel must be given in the order of writing; `ConfirmChannel` sees to it.

The price of sharing: AMQP 0-9-1 reports an exchange that is missing or forbidden, and a message that is too large, by
closing the channel, also for the other publishers on it, and it does not say for which message. So a closed channel is
not a failure yet. Every publisher with a batch in flight there publishes the rest of it again at once, on a channel of
its own. The broker closes the own channel of the publisher whose destination is wrong: now the reason is known to be
its own, and its batch fails with it. The others succeed and go back to the shared channel after as many notifications
as the interrupted batch had. Their outbox never learns of it; one of their messages may come twice, under the same id.

When the broker closes a channel for a message that is too large, the publisher sends one notification at a time until
it meets that message again, fails only this one, and goes on with whole batches.

When a batch is given up without an answer (the outbox's time limit), the connection takes no new batches: messages
that are in flight on it may still arrive, and must not mix with what is sent next on another connection. Publishers
that still wait for confirms on it may wait on; it is cut with the last of them.
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
from evtui.transports.settled_places import settle_delivered

if TYPE_CHECKING:  # a process that talks to no broker does not pay for the client
    from evtui.transports.rabbitmq.channel import ConfirmChannel

WINDOW: Final = 1000
"""Notifications in flight at once."""

PRECONDITION_FAILED: Final = 406
"""The code for a message that is larger than the broker takes (RabbitMQ 3.8 and later)."""


class PublishTarget(Struct, frozen=True):
    """Where and how messages are published."""

    exchange: str
    key: str
    content_type: str
    persistent: bool
    mandatory: bool


class RabbitmqPublisher:
    """Publishes to one destination."""

    def __init__(self, pool: BrokerPool, login: Login, destination: PublishTarget) -> None:
        self._pool = pool
        self._login = login
        self._destination = destination
        self._pooled: PooledConnection | None = None
        self._publication: tuple[int, int, Publication] | None = None
        self._own_channel: ConfirmChannel | None = None
        self._left_on_own_channel = 0
        self._one_by_one = False

    @property
    def window(self) -> int:
        """Return a thousand; one while it looks for the notification that the broker will never take."""
        return 1 if self._one_by_one else WINDOW

    @property
    def confirms(self) -> bool:
        """Say that the broker confirms each message, when it is in its queues."""
        return True

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Publish the notifications and wait for the confirms.

        raises DeliveryError: the connection is broken, or the broker did not take some.
        """
        if self._pooled is None:
            self._pooled = self._pool.enter(self._login)
        connection = await self._pooled.connection()
        connection.enter()
        try:
            await self._deliver(connection, batch, settle)
        except get_cancelled_exc_class():
            connection.retire()  # what is in flight there may still arrive: it must not mix with what comes next
            raise
        finally:
            connection.leave()

    async def aclose(self) -> None:
        """Leave the connection."""
        await self._back_to_shared_channel()
        if self._pooled is not None:
            pooled, self._pooled = self._pooled, None
            await self._pool.leave(pooled)

    async def _deliver(self, connection: BrokerConnection, batch: Sequence[Notification], settle: Settle) -> None:
        unsettled = _Unsettled(batch, settle)
        notifications, tell = unsettled.take()
        while notifications:
            channel = await self._channel(connection)
            try:
                await channel.publish(self._writer(channel), self._route, notifications, tell)
                break
            except DeliveryError:
                if channel.code is None:
                    raise
                self._left_on_own_channel = max(self._left_on_own_channel, len(batch))
                if channel.routes_at_close == [self._route]:  # and this batch was not written after the close
                    self._fail_by_own_reason(channel, tell)
            notifications, tell = unsettled.take()
        self._left_on_own_channel -= len(batch)
        if self._left_on_own_channel <= 0:
            await self._back_to_shared_channel()

    def _fail_by_own_reason(self, channel: "ConfirmChannel", tell: Settle) -> None:
        """Fail what the broker closed a channel for, on which only this publisher had something in flight.

        raises DeliveryError, unless it is known which notification it was.
        """
        if not (self._one_by_one and channel.code == PRECONDITION_FAILED):
            self._one_by_one = channel.code == PRECONDITION_FAILED
            raise DeliveryError(channel.broken or "")
        tell(0, channel.broken)

    @property
    def _route(self) -> tuple[str, str]:
        return self._destination.exchange, self._destination.key

    async def _channel(self, connection: BrokerConnection) -> "ConfirmChannel":
        if self._left_on_own_channel <= 0:
            return await connection.shared_channel()
        if self._own_channel is None or self._own_channel.broken is not None:
            self._own_channel = await connection.confirm_channel()
        return self._own_channel

    async def _back_to_shared_channel(self) -> None:
        self._left_on_own_channel = 0
        self._one_by_one = False
        if self._own_channel is not None:
            channel, self._own_channel = self._own_channel, None
            await channel.aclose()

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


class _Unsettled:
    """The notifications of a batch that are not settled yet."""

    def __init__(self, batch: Sequence[Notification], settle: Settle) -> None:
        self._batch = batch
        self._settle = settle
        self._settled: set[int] = set()

    def take(self) -> tuple[Sequence[Notification], Settle]:
        """Return them in order, and the function that settles them by their places in that order."""
        places = [place for place in range(len(self._batch)) if place not in self._settled]
        return [self._batch[place] for place in places], _Renumbered(places, self._settled, self._settle)


class _Renumbered:
    """Settles some notifications of a batch by their places among these, and notes which."""

    def __init__(self, places: Sequence[int], settled: set[int], settle: Settle) -> None:
        self._places = places
        self._settled = settled
        self._settle = settle

    def __call__(self, number: int, why: str | None, /) -> None:
        self._settled.add(self._places[number])
        self._settle(self._places[number], why)

    def all_delivered(self, first: int, behind: int, /) -> None:
        places = self._places[first:behind]
        self._settled.update(places)
        settle_delivered(self._settle, places)
