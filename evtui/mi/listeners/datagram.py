"""The datagram listener: JSON-RPC and the line protocol over UDP and UNIX sockets, a datagram per request and reply."""

import asyncio
import errno
import socket
import struct
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import anyio
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus
from anyio.lowlevel import checkpoint
from msgspec import Struct

from evtui.codecs.sockets import check_unix_path, split_udp
from evtui.core.errors import BadSocketError
from evtui.mi.dispatch import TURN, Dispatcher
from evtui.mi.listeners.client_queues import ClientQueue, ClientQueues
from evtui.mi.listeners.listen_error import ListenError
from evtui.mi.listeners.reply_waits import ReplyWaits
from evtui.mi.listeners.unix_socket import LockedUnixSocket
from evtui.mi.listeners.unread_replies import UnreadReplies
from evtui.mi.protocol import mi_jsonrpc

RECEIVE_BUFFER: Final = 4 << 20
"""Size of the kernel's queue to ask for, in bytes; it grants at most `net.core.rmem_max`."""

_SO_RXQ_OVFL = 40
"""Linux: the kernel passes with each datagram how many it has dropped before."""
_COUNT = struct.Struct("@I")
_ANCILLARY = socket.CMSG_SPACE(_COUNT.size)
_ATTEMPTS = 20
_PAUSE = 0.05
"""Seconds between two attempts to send to a client whose queue is full."""


class _Datagram(Struct, frozen=True):
    data: bytes
    peer: Any
    """The address of the client; None or empty when a UNIX client has bound none."""
    too_long: bool
    reply: bytes | None = None
    """The reply, when the request was served and only the reply is to be sent yet."""


async def serve_datagram(
    dispatcher: Dispatcher,
    address: str,
    *,
    max_request: int = 1 << 20,
    task_status: TaskStatus[str] = TASK_STATUS_IGNORED,
) -> None:
    """Serve `udp:HOST:PORT`, `unix:/PATH` or a path until cancelled.

    `task_status` gets the address as clients write it.

    raises ListenError: the address cannot be bound. BadSocketError: it is not such an address.
    """
    with _bound(address) as sock:
        sock.setblocking(False)
        listener = _DatagramListener(dispatcher, sock, max_request)
        async with anyio.create_task_group() as tasks:
            client_queues = ClientQueues(tasks, listener.serve, listener.drop)
            quick = _QuickDatagrams(listener, sock, client_queues)
            task_status.started(_shown(sock))
            while True:
                left = await quick.next_that_waits()
                await client_queues.put(left.peer or object(), left, len(left.data))


class _QuickDatagrams:
    """Serves the requests that need no wait in callbacks of the event loop, without a queue and without a task.

    A task that waits for each of them is woken up later, and asks the system for each to tell it when it may read.
    """

    def __init__(
        self, listener: "_DatagramListener", sock: socket.socket, client_queues: ClientQueues[_Datagram]
    ) -> None:
        self._listener = listener
        self._socket = sock
        self._client_queues = client_queues
        self._loop = asyncio.get_running_loop()
        self._now = self._loop.time  # that of `anyio.current_time`, which takes longer to ask
        self._turn_ends = 0.0

    async def next_that_waits(self) -> _Datagram:
        """Serve until one comes that may wait, or whose client has others waiting, and return that."""
        if self._now() > self._turn_ends:
            await checkpoint()
            self._begin_turn()
        if (left := self._serve_some()) is not None:
            return left
        found: asyncio.Future[_Datagram] = self._loop.create_future()
        self._loop.add_reader(self._socket, self._on_readable, found)
        try:
            return await found
        finally:
            self._loop.remove_reader(self._socket)

    def _on_readable(self, found: "asyncio.Future[_Datagram]") -> None:
        if found.done():
            return
        self._begin_turn()
        if (left := self._serve_some()) is not None:
            found.set_result(left)

    def _begin_turn(self) -> None:
        self._turn_ends = self._now() + TURN

    def _serve_some(self) -> _Datagram | None:
        """Serve what has arrived, until others must get their turn; returns one that may wait."""
        listener, is_idle = self._listener, self._client_queues.is_idle
        number = 0
        try:
            for datagram in listener.receive():
                is_quick = datagram.peer and not datagram.too_long and is_idle(datagram.peer)
                left = listener.serve_at_once(datagram, number) if is_quick else datagram
                number += 1
                if left is not None or self._now() > self._turn_ends:
                    return left
        finally:
            listener.let_go()
        return None


class _DatagramListener:
    """Receives requests on one socket and sends the replies from it."""

    def __init__(self, dispatcher: Dispatcher, sock: socket.socket, max_request: int) -> None:
        self._dispatcher = dispatcher
        self._statistics = dispatcher.statistics
        self._socket = sock
        self._buffer = memoryview(bytearray(max_request + 1))
        self._buffers = (self._buffer,)
        self._dropped = 0
        self._waits = ReplyWaits()
        self._unread = UnreadReplies(sock) if UnreadReplies.is_needed(sock) else None

    def receive(self, most: int = 64) -> Generator[_Datagram]:
        """Take the datagrams that have arrived, at most so many, so that other tasks get their turn."""
        take, buffers, buffer = self._socket.recvmsg_into, self._buffers, self._buffer
        longest = len(buffer)
        for _ in range(most):
            try:
                size, extras, _, peer = take(buffers, _ANCILLARY)
            except BlockingIOError:
                return
            except OSError:
                continue  # the kernel reports that an earlier reply reached no client
            if extras:
                self._count_dropped(extras)
            yield _Datagram(bytes(buffer[:size]), peer, too_long=size == longest)

    def drop(self) -> None:
        """Count a request of a client that has too many waiting."""
        self._statistics.requests_dropped += 1

    def let_go(self) -> None:
        """Let what several requests raised leave: others go on."""
        self._dispatcher.let_go()

    def serve_at_once(self, datagram: _Datagram, number: int) -> _Datagram | None:
        """Serve a request when that needs no wait; returns what is still to be served, None when nothing is.

        What the requests raise after the first one, number 0, may leave together.
        """
        if number:
            self._dispatcher.hold()
        answer = self._dispatcher.at_once(datagram.data)
        if answer is None:
            return datagram
        (reply,) = answer
        try:
            is_done = reply is None or self._try(reply, datagram.peer)
        except OSError:
            is_done = False
        return None if is_done else _Datagram(datagram.data, datagram.peer, too_long=False, reply=reply)

    async def serve(self, datagram: _Datagram, queue: ClientQueue[_Datagram]) -> None:
        """Run a request and send the reply to its client."""
        if datagram.too_long:
            self._statistics.datagrams_too_long += 1
            why = "the request is too long"
            reply: bytes | None = mi_jsonrpc.error_reply(None, mi_jsonrpc.INVALID_REQUEST, "Invalid Request", why)
        else:
            reply = datagram.reply
            if reply is None:
                reply = await self._dispatcher.datagram(datagram.data)
        if reply is not None:
            await self._send(reply, datagram.peer, queue)

    async def _send(self, reply: bytes, peer: Any, queue: ClientQueue[_Datagram]) -> None:
        """Send a reply; wait a second for a client that does not read, and not again for its next replies."""
        try:
            is_sent = self._try(reply, peer)
            if not is_sent:
                with self._waits.waiting(queue, _ATTEMPTS * _PAUSE, len(reply)):
                    while not is_sent:
                        await anyio.sleep(_PAUSE)
                        is_sent = self._try(reply, peer)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                self._statistics.datagram_replies_too_long += 1
                await self._send(b"500 Internal error", peer, queue)
                return
            is_sent = False
        except TypeError:  # a UNIX client without an address
            is_sent = False
        queue.reads_replies = is_sent
        if not is_sent:
            self._statistics.datagram_replies_lost += 1

    def _try(self, reply: bytes, peer: Any) -> bool:
        """Send a reply; returns whether the client has room for it."""
        unread = self._unread
        if unread is not None and not unread.has_room(peer, len(reply)):
            return False
        try:
            self._socket.sendto(reply, peer)
        except BlockingIOError:
            return False
        if unread is not None:
            unread.sent(peer)
        return True

    def _count_dropped(self, extras: list[tuple[int, int, bytes]]) -> None:
        for level, kind, data in extras:
            if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL and len(data) >= _COUNT.size:
                (dropped,) = _COUNT.unpack_from(data)
                self._statistics.datagrams_lost += (dropped - self._dropped) & 0xFFFFFFFF
                self._dropped = dropped


@contextmanager
def _bound(address: str) -> Generator[socket.socket]:
    scheme, _, rest = address.partition(":")
    if scheme == "udp":
        with closing(_bind_udp(address, *split_udp(rest))) as sock:
            yield sock
        return
    if scheme != "unix" and not address.startswith("/"):
        raise BadSocketError(address, "scheme", "write udp:HOST:PORT, unix:/PATH or a path")
    with closing(LockedUnixSocket(Path(check_unix_path(rest if scheme == "unix" else address)))) as unix:
        yield unix.socket


def _bind_udp(address: str, host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ListenError(address, error.strerror or str(error)) from error
    try:
        sock.bind(place)
    except OSError as error:
        sock.close()
        raise ListenError(address, error.strerror or str(error)) from error
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if sys.platform == "linux":
        sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
    return sock


def _shown(sock: socket.socket) -> str:
    name = sock.getsockname()
    if isinstance(name, str):
        return f"unix:{name}"
    host, port = name[:2]
    return f"udp:[{host}]:{port}" if sock.family == socket.AF_INET6 else f"udp:{host}:{port}"
