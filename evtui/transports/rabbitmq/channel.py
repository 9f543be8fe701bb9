"""A channel in confirm mode: writes whole batches, and tells each notification's end as the broker confirms.

It takes the place of aiormq's own channel in a connection, whose publish makes two futures and a dozen objects a
message; what comes in for its number is read in place. Imported on first use, as the client is.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import anyio
from aiormq.abc import ChannelFrame
from pamqp.commands import Basic, Channel, Confirm
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from evtui.core.errors import DeliveryError
from evtui.core.transport import Notification, Settle
from evtui.transports.rabbitmq.confirms import Confirms, Flight
from evtui.transports.rabbitmq.frames import Publication

if TYPE_CHECKING:
    from aiormq import Connection
    from aiormq.abc import AbstractChannel, FrameType
    from pamqp.base import Frame


class ConfirmChannel:
    """One channel of a connection."""

    def __init__(self, connection: "Connection", number: int) -> None:
        self.number = number
        self.broken: str | None = None
        """Why it is of no use any more."""
        self.code: int | None = None
        """The broker's code when it closed the channel, not the connection: something is missing or not allowed."""
        self.suspects: Sequence[tuple[str, str]] = ()
        """Where the batches went that were on their way when the broker closed it: it was closed for one of them."""
        self._connection = connection
        self._queue = cast("asyncio.Queue[ChannelFrame]", connection.write_queue)
        self._confirms = Confirms()
        self._writing = anyio.Lock()
        self._returned: tuple[tuple[str, str], str] | None = None
        self._replied = anyio.Event()
        self._bells: set[anyio.Event] = set()
        connection.channels[number] = cast("AbstractChannel", self)  # it is asked for `frames` only

    @property
    def frames(self) -> "ConfirmChannel":
        """Return where the connection puts the frames that come in."""
        return self

    @property
    def frame_max(self) -> int:
        """Count the bytes of the longest frame, 0 for any."""
        return self._connection.connection_tune.frame_max

    async def open(self) -> None:
        """Open it and ask for confirms.

        raises DeliveryError.
        """
        for request in (Channel.Open(), Confirm.Select()):
            self._replied = anyio.Event()
            self._put(request)
            await self._wait(self._replied)

    async def publish(
        self, publication: Publication, route: tuple[str, str], notifications: Sequence[Notification], settle: Settle
    ) -> None:
        """Publish a batch and wait until each notification was answered; `route` is exchange and key.

        raises DeliveryError: some notifications were not taken, or the channel is gone.
        """
        answered = anyio.Event()
        flight = Flight(notifications, settle, route, answered.set)
        try:
            await self._write(publication, flight)
            await self._wait(answered)
        finally:
            self._confirms.forget(flight)
        if flight.nacked:
            raise DeliveryError("the broker did not take it (nack)")

    def close(self) -> None:
        """Close it; nobody waits for the answer."""
        if self.broken is None:
            self._break("the channel was closed")
            self._put(Channel.Close(200, "", 0, 0))

    def lose(self, reason: str) -> None:
        """Say that the connection is gone."""
        self._break(reason)

    async def put(self, item: "tuple[int, FrameType]") -> None:
        """Take a frame for this channel."""
        _, frame = item
        match frame:
            case Basic.Ack():
                self._confirms.answer(frame.delivery_tag or 0, multiple=bool(frame.multiple), taken=True)
            case Basic.Nack():
                self._confirms.answer(frame.delivery_tag or 0, multiple=bool(frame.multiple), taken=False)
            case Basic.Return():
                route = (frame.exchange or "", frame.routing_key or "")
                self._returned = (route, f"{frame.reply_code} {frame.reply_text}")
            case ContentHeader() if self._returned is not None:
                (route, why), self._returned = self._returned, None
                self._confirms.give_back(frame.properties.message_id or "", route, why)
            case Channel.Close():
                self.code = frame.reply_code
                self.suspects = self._confirms.routes
                self._break(frame.reply_text or f"the broker closed the channel ({frame.reply_code})")
                self._put(Channel.CloseOk())
            case Channel.OpenOk() | Confirm.SelectOk():
                self._replied.set()
            case _:
                pass  # the body of what was returned

    async def _write(self, publication: Publication, flight: Flight) -> None:
        async with self._writing:  # the tags of a piece follow one another
            for count, data in publication.pieces(flight.notifications):
                self._check()
                drained: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                await self._queue.put(ChannelFrame(data, should_close=False, drain_future=drained))
                self._confirms.publish(flight, count)
                await self._drain(drained)

    async def _drain(self, drained: "asyncio.Future[None]") -> None:
        bell = anyio.Event()
        drained.add_done_callback(lambda _: bell.set())
        await self._wait(bell)

    async def _wait(self, bell: anyio.Event) -> None:
        """Wait for a bell, which rings too when the channel breaks.

        raises DeliveryError: it broke.
        """
        self._check()
        self._bells.add(bell)
        try:
            await bell.wait()
        finally:
            self._bells.discard(bell)
        self._check()

    def _check(self) -> None:
        if self.broken is not None:
            raise DeliveryError(self.broken)

    def _break(self, reason: str) -> None:
        self.broken = self.broken or reason
        for bell in self._bells:
            bell.set()

    def _put(self, frame: "Frame") -> None:
        with suppress(asyncio.QueueFull):  # a broker that takes nothing: what waits for an answer is cut off by time
            self._queue.put_nowait(ChannelFrame(marshal(frame, self.number), should_close=False))
