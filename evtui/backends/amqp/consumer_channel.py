"""The channel of a consumer: makes requests, takes messages as they come, and acknowledges them.

aio-pika opens the channel, sends the requests and reads the answers. The messages themselves are read here, on the
stream below it, for two reasons.

Speed. aio-pika makes a dozen objects and two tasks a message. Measured on 29 November 2026 with two busy cores, one
broker, prefetch 1000, in turn (`python -m tests.benchmarks amqp-client`): aio-pika's `queue.consume` and its iterator
take 3,600 to 3,800 messages for a second of processor time, this channel 45,000 to 50,000. By the clock it was 1,500
beside 14,000 to 19,000 messages a second.

Safety. One message whose routing key, id or headers are not UTF-8 ends aio-pika's whole connection: pamqp cannot
decode the frame, the reader stops, and the broker brings the same message again to the next connection.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import aiormq
import anyio
from pamqp.base import Frame as Request
from pamqp.commands import Basic
from pamqp.frame import marshal

from evtui.backends.amqp.delivery_frames import ConsumedMessage, MessageAssembler, is_delivery
from evtui.core.errors import BadMessageError, DeliveryError
from evtui.transports.rabbitmq.connection import BrokerConnection
from evtui.transports.rabbitmq.incoming_frames import BASIC_CANCEL, CHANNEL_CLOSE, Frame, read_close

MAX_WAITING: Final = 64 << 20
"""Bytes of bodies that may wait to be taken before the broker is read no further."""


class ConsumerChannel:
    """A channel of a connection that serves one consumer. A channel that the broker closed can be opened again."""

    def __init__(self, connection: BrokerConnection, silence: float | None = None) -> None:
        """`silence` is how many seconds a broker may send nothing at all, not even a heartbeat; None for ever."""
        self.code: int | None = None
        """The broker's code when it closed the channel: 404 when something is missing."""
        self._connection = connection
        self._stream = connection.stream
        self._silence = silence
        self._channel: aiormq.Channel | None = None
        self._broken: str | None = "not open"
        self._assembler = MessageAssembler()
        self._messages: deque[ConsumedMessage] = deque()
        self._bytes = 0
        self._paused = False
        self._prefetch = 0
        self._wake_up = anyio.Event()

    async def open(self) -> None:
        """Open the channel.

        raises DeliveryError.
        """
        opened = await self._connection.open_channel(confirms=False)
        channel = await opened.get_underlay_channel()
        assert isinstance(channel, aiormq.Channel)
        self._channel = channel
        self._broken = self.code = None
        self._assembler = MessageAssembler()
        self._stream.watch(channel.number, self._read)
        self._connection.when_lost(channel.number, self._break)

    async def request(self, frame: Request) -> Any:
        """Send a request and return its answer.

        raises DeliveryError: the broker refused, or the connection is lost.
        """
        channel = self._opened
        try:
            with self._connection.named_errors():
                return await channel.rpc(frame)
        except DeliveryError as error:
            raise DeliveryError(self._broken or error.reason) from error

    async def limit(self, prefetch: int) -> None:
        """Let at most so many messages wait for their acknowledgement.

        raises DeliveryError.
        """
        self._prefetch = prefetch
        with self._connection.named_errors():
            await self._opened.basic_qos(prefetch_count=prefetch)

    async def take(self, *, rest: bool) -> Sequence[ConsumedMessage]:
        """Wait for messages and return all that are there.

        When the channel broke, those that were not taken before come out first if `rest` says so: the broker will not
        bring them again. raises DeliveryError: it broke.
        """
        while not self._messages or (self._broken is not None and not rest):
            await self._wait()
        found = tuple(self._messages)
        self._messages.clear()
        self._bytes = 0
        if self._paused:
            self._paused = False
            self._stream.pause(paused=False)
        return found

    def ack(self, tag: int) -> None:
        """Acknowledge all messages up to a tag; a channel that broke takes nothing.

        It is written at once. The library's queue of frames would lose it when the connection is closed next.
        """
        if self._broken is None:
            self._stream.write(marshal(Basic.Ack(tag, multiple=True), self._opened.number))

    @property
    def _opened(self) -> aiormq.Channel:
        if self._channel is None or self._broken is not None:
            raise DeliveryError(self._broken or "not open")
        return self._channel

    def _read(self, frame: Frame) -> bool:
        if is_delivery(frame):
            message = self._assembler.take(frame)
            if message is not None:
                self._keep(message)
            return True
        if frame.method == CHANNEL_CLOSE:  # the library answers it
            self.code, why = read_close(frame)
            self._break(why)
        if frame.method == BASIC_CANCEL:
            self._break("the queue was deleted")
            return True
        return False

    def _keep(self, message: ConsumedMessage) -> None:
        if 0 < self._prefetch <= len(self._messages):
            raise BadMessageError(f"more than {self._prefetch} messages that were not acknowledged")
        self._messages.append(message)
        self._bytes += len(message.body)
        self._wake_up.set()
        if self._bytes > MAX_WAITING and not self._paused:
            self._paused = True
            self._stream.pause(paused=True)

    def _break(self, why: str) -> None:
        self._broken = self._broken or why
        self._wake_up.set()

    async def _wait(self) -> None:
        """Wait for something to happen.

        raises DeliveryError: the channel broke, or the broker was silent for too long.
        """
        if self._broken is not None:
            raise DeliveryError(self._broken)
        self._wake_up, heard = anyio.Event(), self._stream.heard
        with anyio.move_on_after(self._silence) as limit:
            await self._wake_up.wait()
        if limit.cancelled_caught and self._stream.heard == heard:
            self._break(f"no heartbeat in {self._silence:g} s")
            self._connection.abort()
