"""A TCP connection to a peer, opened when it is needed and kept. Reading and writing do not wait for each other."""

import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from errno import ECONNREFUSED, EINPROGRESS
from typing import TypeAlias

import anyio
from anyio.lowlevel import checkpoint

from evtui.core.errors import DeliveryError
from evtui.transports.address_classes import Ip
from evtui.transports.system_errors import reason_of

LINGER = 0.3
"""Seconds a peer may take to close its side after evtui closed its own."""

_PIECE = 1 << 16
_MAX_UNREAD = 1 << 20

PeerResolver: TypeAlias = Callable[[], Awaitable[tuple[Ip, int, int]]]
"""Resolve and check the peer: address, port and IPv6 scope. raises DeliveryError."""


class StreamConnection:
    """One connection. `open` connects at the first call, and again after the connection was dropped."""

    def __init__(self, resolve: PeerResolver, timeout: float, *, strict: bool = False) -> None:
        """`timeout` is how many seconds the peer may take to connect, or to take bytes.

        A `strict` connection is replaced when the peer sent bytes between two batches: the next reply could otherwise
        be read as the rest of these bytes.
        """
        self._resolve = resolve
        self._timeout = timeout
        self._strict = strict
        self._socket: socket.socket | None = None

    async def open(self) -> socket.socket:
        """Return the connection. One that the peer has closed is replaced.

        raises DeliveryError: there is no peer.
        """
        if self._socket is not None and not self._is_usable(self._socket):
            self.drop()
        if self._socket is None:
            try:
                with anyio.fail_after(self._timeout):
                    self._socket = await _connect(*await self._resolve())
            except TimeoutError as error:
                raise DeliveryError(f"no connection in {self._timeout:g} s") from error
            except OSError as error:
                raise DeliveryError(reason_of(error)) from error
        return self._socket

    def drop(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def aclose(self) -> None:
        """Close the writing side, then read for up to `LINGER` seconds before closing.

        Closing with unread bytes would reset the connection, and the peer would lose what it has not read yet.
        """
        sock, self._socket = self._socket, None
        if sock is None:
            return
        try:
            with suppress(OSError, DeliveryError), anyio.move_on_after(LINGER):
                sock.shutdown(socket.SHUT_WR)
                while await self.read(sock):
                    await checkpoint()
        finally:
            sock.close()

    async def write(self, sock: socket.socket, data: bytes, take: Callable[[bytes], None]) -> None:
        """Give all bytes to the system. Bytes that the peer sends meanwhile go to `take`, to avoid a deadlock.

        raises DeliveryError: the peer took nothing for `timeout` seconds. OSError: the connection is broken.
        """
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[sock.send(rest) :]
            except BlockingIOError:
                for piece in await self._wait_writable(sock):
                    take(piece)

    async def read(self, sock: socket.socket) -> bytes:
        """Wait for some bytes.

        raises DeliveryError: the peer closed the connection. OSError: the connection is broken.
        """
        await checkpoint()  # a peer that sends without end must not keep the event loop
        while True:
            try:
                piece = sock.recv(_PIECE)
            except BlockingIOError:
                await anyio.wait_readable(sock)
                continue
            if not piece:
                raise DeliveryError("the peer closed the connection")
            return piece

    def arrived(self, sock: socket.socket) -> Iterator[bytes]:
        """Read what has come already, up to a bound. raises OSError: the connection is broken."""
        with suppress(BlockingIOError):
            for _ in range(_MAX_UNREAD // _PIECE):
                if not (piece := sock.recv(_PIECE)):
                    return
                yield piece

    def _is_usable(self, sock: socket.socket) -> bool:
        """Read what the peer sent since the last batch, up to a bound; False when the peer closed the connection."""
        for _ in range(_MAX_UNREAD // _PIECE):
            try:
                piece = sock.recv(_PIECE)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not piece or self._strict:
                return False
        return True

    async def _wait_writable(self, sock: socket.socket) -> list[bytes]:
        pieces: list[bytes] = []
        try:
            with anyio.fail_after(self._timeout):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_gather, sock, pieces, tasks.cancel_scope)
                    await anyio.wait_writable(sock)
                    tasks.cancel_scope.cancel()
        except TimeoutError as error:
            raise DeliveryError(f"the peer took nothing for {self._timeout:g} s") from error
        return pieces


async def _connect(ip: Ip, port: int, scope: int) -> socket.socket:
    address = (str(ip), port) if ip.version == 4 else (str(ip), port, 0, scope)
    sock = socket.socket(socket.AF_INET if ip.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    connected = False
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if (refused := sock.connect_ex(address)) == EINPROGRESS:
            await anyio.wait_writable(sock)
            refused = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not refused and sock.getsockname() == sock.getpeername():
            refused = (
                ECONNREFUSED  # nothing listens, and the system gave our end that very port: it is connected to itself
            )
        if refused:
            raise OSError(refused, "")
        connected = True
    finally:
        if not connected:
            sock.close()
    return sock


async def _gather(sock: socket.socket, pieces: list[bytes], waiting: anyio.CancelScope) -> None:
    """Read until the peer closes, or until `_MAX_UNREAD` bytes were read and must be taken first."""
    with suppress(OSError):
        for _ in range(_MAX_UNREAD // _PIECE):
            await anyio.wait_readable(sock)
            with suppress(BlockingIOError):
                if not (piece := sock.recv(_PIECE)):
                    return
                pieces.append(piece)
        waiting.cancel()
