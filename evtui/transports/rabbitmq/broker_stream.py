"""The byte stream under a connection to a broker, which gives some frames to their channel before the library.

aio-pika logs in, keeps the connection alive, opens channels and makes requests. Two kinds of frames do not reach it:
the confirms of published messages and the messages of a consumer, which come by the thousand and of which the library
makes a dozen objects and a task each. The stream is made by a transport factory, as the library offers for this.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from ssl import SSLContext
from typing import Final, TypeAlias

import anyio
from aiormq import TransportFactory

from evtui.core.errors import BadMessageError, DeliveryError
from evtui.transports.address_classes import Ip
from evtui.transports.rabbitmq.incoming_frames import (
    CONNECTION_TUNE,
    HEARTBEAT,
    LOGIN_FRAME,
    Frame,
    FrameSplitter,
    read_tune,
)

FrameReader: TypeAlias = Callable[[Frame], bool]
"""Reads a frame of its channel; returns True when the library shall not see it.

raises BadMessageError, struct.error, IndexError: the frame is wrong.
"""

READ_LIMIT: Final = 1 << 16
"""Bytes that may wait for the library before the socket is read no further."""


class BrokerStream(TransportFactory):
    """Connects to the address that was checked. One stream serves one connection."""

    def __init__(
        self,
        resolve: Callable[[], Awaitable[tuple[Ip, int]]],
        port: int,
        *,
        server_hostname: str,
        tls: Callable[[], SSLContext] | None,
        reason_of: Callable[[OSError], str],
    ) -> None:
        """`server_hostname` is the name that the broker's certificate must have; `tls` None is for plain TCP."""
        self._resolve = resolve
        self._port = port
        self._server_hostname = server_hostname
        self._tls = tls
        self._reason_of = reason_of
        self._protocol: FrameProtocol | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def create(self, url: object, **kwargs: object) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:  # noqa: ARG002 - the library's signature
        """Connect.

        raises DeliveryError.
        """
        ip, scope = await self._resolve()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=READ_LIMIT, loop=loop)
        self._protocol = protocol = FrameProtocol(reader, loop)
        try:
            context = await anyio.to_thread.run_sync(self._tls) if self._tls is not None else None
            transport, _ = await loop.create_connection(
                lambda: protocol,
                f"{ip}%{scope}" if scope else str(ip),
                self._port,
                ssl=context,
                server_hostname=self._server_hostname if context else None,
            )
        except OSError as error:
            raise DeliveryError(self._reason_of(error)) from error
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        return reader, self._writer

    @property
    def open(self) -> bool:
        """Say whether it can be written to."""
        return self._writer is not None and not self._writer.is_closing()

    @property
    def heard(self) -> int:
        """Count how often the broker sent something; a heartbeat is something."""
        return self._frames.heard

    @property
    def protocol_error(self) -> str | None:
        """Say how the broker broke the protocol; None when it did not."""
        return None if self._protocol is None else self._protocol.protocol_error

    def watch(self, channel: int, read: FrameReader) -> None:
        """Give the frames of a channel to `read` first."""
        self._frames.readers[channel] = read

    def unwatch(self, channel: int) -> None:
        """Give the frames of a channel to the library only."""
        self._frames.readers.pop(channel, None)

    def write(self, frames: bytes) -> None:
        """Send whole frames; a closed stream drops them."""
        if self.open:
            self._written.write(frames)

    async def drain(self) -> None:
        """Wait until the system takes more.

        raises OSError: the connection is lost.
        """
        await self._written.drain()

    def pause(self, *, paused: bool) -> None:
        """Read nothing from the broker while `paused`."""
        if self.open:
            transport = self._written.transport
            assert isinstance(transport, asyncio.Transport)
            (transport.pause_reading if paused else transport.resume_reading)()

    def abort(self) -> None:
        """Cut the connection at once."""
        if self._writer is not None:
            self._writer.transport.abort()

    @property
    def _frames(self) -> "FrameProtocol":
        assert self._protocol is not None, "the stream is not connected"
        return self._protocol

    @property
    def _written(self) -> asyncio.StreamWriter:
        assert self._writer is not None, "the stream is not connected"
        return self._writer


class FrameProtocol(asyncio.StreamReaderProtocol):
    """Cuts what comes in into frames and passes to the library those that no channel's reader keeps.

    The library would wait for a frame of any length, so that it only sees whole frames of a length that is allowed:
    `LOGIN_FRAME` bytes until the broker has proposed a limit, then that. What breaks the protocol ends the connection.
    """

    def __init__(self, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(reader, loop=loop)
        self.readers: dict[int, FrameReader] = {}
        self.heard = 0
        self.protocol_error: str | None = None
        self._splitter = FrameSplitter(LOGIN_FRAME)
        self._tuned = False
        self._transport_to_abort: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what can cut the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport_to_abort = transport
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take what was read from the system."""
        self.heard += 1
        if self.protocol_error is None and (passed := self._filter(data)):
            super().data_received(passed)

    def _filter(self, data: bytes) -> bytes:
        """Return what the library has to see; a heartbeat stands for frames that were kept from it."""
        passed: list[bytes] = []
        kept = False
        try:
            for frame in self._splitter.feed(data):
                read = self.readers.get(frame.channel)
                if read is not None and read(frame):
                    kept = True
                    continue
                passed.append(frame.raw)
                if not self._tuned and frame.method == CONNECTION_TUNE:
                    self._tuned, self._splitter.limit = True, read_tune(frame)
        except (BadMessageError, struct.error, IndexError) as error:
            self._refuse(error)
        return b"".join(passed) or (HEARTBEAT if kept else b"")

    def _refuse(self, error: Exception) -> None:
        """Cut the connection: the peer is not a broker, or a broker that breaks the protocol."""
        said = str(error) or "a frame is cut short"
        self.protocol_error = (
            f"the broker broke the protocol: {said}" if self._tuned else f"the peer is not a broker: it sent {said}"
        )
        assert self._transport_to_abort is not None
        self._transport_to_abort.abort()
