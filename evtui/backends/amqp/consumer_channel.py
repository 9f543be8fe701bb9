"""The channel of a consumer: asks, takes messages as they come, and acknowledges them.

The client library makes a dozen objects a message, starts a task for each, and breaks on names that are not UTF-8. So
it logs in and keeps the connection alive; what comes in for our channel is read here, before it.
"""

import asyncio
import struct
from collections import deque
from collections.abc import Sequence

import anyio

from evtui.backends.amqp import request_frames as requests
from evtui.backends.amqp.delivery_frames import HEARTBEAT, Assembler, ConsumedMessage, Frame, Splitter, is_delivery
from evtui.core.errors import BadMessageError, DeliveryError
from evtui.transports.rabbitmq.connection import BrokerConnection, said


class ConsumerChannel:
    """The channel of one link, which it has to itself. A channel that the broker closed can be opened again."""

    def __init__(self, link: BrokerConnection, silence: float | None = None) -> None:
        """`silence` is how many seconds a broker may say nothing at all, not even that it lives; None for ever."""
        self._silence = silence
        self._heard = 0
        self.code: int | None = None
        """The broker's code when it closed the channel: 404 when something is missing."""
        self._link = link
        self._broken: str | None = "not open"
        self._splitter = Splitter()
        self._assembler = Assembler()
        self._messages: deque[ConsumedMessage] = deque()
        self._replies: deque[Frame] = deque()
        self._bell = anyio.Event()
        self._transport = link.transport
        self._library = link.transport.get_protocol()
        link.transport.set_protocol(_Tap(self, self._library))
        link.connection.closing.add_done_callback(self._on_closing)  # pyright: ignore[reportUnknownMemberType] - aiormq does not say what it holds

    async def open(self) -> None:
        """Open the channel.

        raises DeliveryError.
        """
        if self._link.connection.is_closed:
            raise DeliveryError(self._broken or "the broker closed the connection")
        self._broken = self.code = None
        self._assembler = Assembler()
        await self.ask(requests.open_channel())

    async def ask(self, request: bytes) -> Frame:
        """Send a request and return its answer.

        raises DeliveryError: the broker refused, or is gone.
        """
        self._replies.clear()
        self._send(request)
        while not self._replies:
            await self._wait()
        return self._replies.popleft()

    async def take(self, *, rest: bool) -> Sequence[ConsumedMessage]:
        """Wait for messages and return all that are there.

        When the channel broke, those that were not taken before come out first if `rest` says so: the broker will not
        bring them again. raises DeliveryError: it broke.
        """
        while not self._messages or (self._broken is not None and not rest):
            await self._wait()
        found = tuple(self._messages)
        self._messages.clear()
        return found

    def ack(self, tag: int) -> None:
        """Acknowledge all messages up to a tag; a channel that broke takes nothing."""
        if self._broken is None:
            self._send(requests.ack(tag))

    def take_data(self, data: bytes) -> bytes:
        """Take what the connection brought; returns what the library has to see of it: life, if nothing else."""
        self._heard += 1
        passed: list[bytes] = []
        try:
            for frame in self._splitter.feed(data):
                if frame.channel:
                    self._take_frame(frame)
                else:
                    passed.append(frame.raw)
        except (BadMessageError, struct.error, IndexError) as error:
            self._break(f"the broker sent nonsense: {error}")
            self._link.abort()
            return b""
        return b"".join(passed) or HEARTBEAT

    def _take_frame(self, frame: Frame) -> None:
        if is_delivery(frame):
            message = self._assembler.take(frame)
            if message is not None:
                self._messages.append(message)
                self._bell.set()
            return
        match requests.method_of(frame):
            case requests.CLOSE:
                self.code, why = requests.read_close(frame)
                self._send(requests.close_ok())
                self._break(why or f"the broker closed the channel ({self.code})")
            case requests.CANCEL:
                self._break("the queue was deleted")
            case _:
                self._replies.append(frame)
                self._bell.set()

    def _on_closing(self, closing: "asyncio.Future[object]") -> None:
        self._break(said(None if closing.cancelled() else closing.exception()))

    def _send(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def _break(self, why: str) -> None:
        self._broken = self._broken or why
        self._bell.set()

    async def _wait(self) -> None:
        if self._broken is not None:
            raise DeliveryError(self._broken)
        self._bell, heard = anyio.Event(), self._heard
        with anyio.move_on_after(self._silence) as limit:
            await self._bell.wait()
        if limit.cancelled_caught and self._heard == heard:
            self._break(f"no heartbeat in {self._silence:g} s")
            self._link.abort()


class _Tap(asyncio.Protocol):
    """Stands between the connection and the library."""

    def __init__(self, channel: ConsumerChannel, library: asyncio.BaseProtocol) -> None:
        assert isinstance(library, asyncio.Protocol)  # a stream's
        self._channel = channel
        self._library = library

    def data_received(self, data: bytes) -> None:
        if passed := self._channel.take_data(data):
            self._library.data_received(passed)

    def eof_received(self) -> bool | None:
        return self._library.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._library.connection_lost(exc)

    def pause_writing(self) -> None:
        self._library.pause_writing()

    def resume_writing(self) -> None:
        self._library.resume_writing()
