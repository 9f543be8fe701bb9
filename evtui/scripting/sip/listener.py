"""Receive SIP messages on a UDP socket and pass them to a handler. No message ends the listener."""

import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any, Final, TypeAlias

import anyio
from anyio.abc import TaskGroup, TaskStatus

from evtui.core.errors import BadMessageError, RequestError
from evtui.core.line_limit import LineLimit, more_lines
from evtui.core.ports import Clock
from evtui.scripting.sip.sip_message import SipMessage, is_keepalive, parse_message
from evtui.scripting.sip.sip_statistics import SipStatistics

MAX_IN_PROGRESS: Final = 1000
"""Messages that may be handled at the same time; further ones are dropped."""

RECEIVE_BUFFER: Final = 4 << 20
"""Size of the kernel's queue to ask for, in bytes; it grants at most `net.core.rmem_max`."""

_MAX_DATAGRAM: Final = 65_535
_MAX_AT_ONCE: Final = 16
"""Datagrams taken before other tasks get their turn,"""
_MAX_BYTES_AT_ONCE: Final = 64 * 1024
"""or bytes of datagrams, if that is less: a long message takes longer."""

_log = logging.getLogger(__name__)

Send: TypeAlias = Callable[[bytes, tuple[str, int]], bool]
"""Send a datagram now, from the socket that receives the messages; returns whether it was sent."""

Handle: TypeAlias = Callable[[SipMessage, Send], Awaitable[None]]
"""Handle a message. It must not raise."""


class SipListenError(RequestError):
    """SIP messages cannot be received at this place: `udp:HOST:PORT`."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"cannot listen for SIP on {place}: {why}")
        self.place = place
        self.why = why


class SipListener:
    """One UDP socket that receives messages and sends replies."""

    def __init__(self, host: str, port: int, handle: Handle, statistics: SipStatistics, clock: Clock) -> None:
        """Bind the socket. Messages that arrive from now on wait until `run`.

        `clock`: monotonic seconds; a flood of bad datagrams fills no log. raises SipListenError.
        """
        self._limit = LineLimit(clock)
        self._handle = handle
        self._statistics = statistics
        self._in_progress = 0
        self._socket = _bind(host, port)
        found: Any = self._socket.getsockname()
        self.local: tuple[str, int] = (str(found[0]), int(found[1]))

    @property
    def place(self) -> str:
        """The address as it is written: `udp:HOST:PORT`."""
        return _place(*self.local)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Listen until cancelled, then close the socket."""
        with closing(self._socket) as sock:
            async with anyio.create_task_group() as tasks:
                task_status.started()
                while True:
                    await anyio.wait_readable(sock)
                    self._receive(tasks)

    def send(self, data: bytes, address: tuple[str, int]) -> bool:
        """Send a datagram now; returns whether it was sent. A failure is counted and logged."""
        try:
            self._socket.sendto(data, address)
        except OSError as error:
            self._statistics.unsent += 1
            self._warn("the reply to %s:%d was not sent: %s", *address, error.strerror or error)
            return False
        self._statistics.sent += 1
        return True

    def _receive(self, tasks: TaskGroup) -> None:
        taken = 0
        for _ in range(_MAX_AT_ONCE):
            if taken >= _MAX_BYTES_AT_ONCE:
                return
            try:
                data, peer = self._socket.recvfrom(_MAX_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:
                continue  # the kernel reports that an earlier reply reached no client
            taken += len(data)
            message = self._read(data, (str(peer[0]), int(peer[1])))
            if message is not None:
                self._in_progress += 1
                tasks.start_soon(self._serve, message)

    def _read(self, data: bytes, peer: tuple[str, int]) -> SipMessage | None:
        statistics = self._statistics
        if is_keepalive(data):
            statistics.keepalives += 1
            return None
        try:
            message = parse_message(data, peer, self.local)
        except BadMessageError as error:
            statistics.malformed += 1
            self._warn("a datagram from %s:%d is not a SIP message: %s", *peer, error.why)
            return None
        if self._in_progress >= MAX_IN_PROGRESS:
            statistics.dropped += 1
            self._warn("a SIP message from %s:%d was dropped: %d are being handled", *peer, self._in_progress)
            return None
        if message.status is None:
            statistics.requests += 1
        else:
            statistics.replies += 1
        return message

    def _warn(self, text: str, *arguments: object) -> None:
        """Log a warning, unless there were too many of its kind in this second; the next one says how many."""
        if not self._limit.allows(text):
            return
        if self._limit.has_omitted:
            _log.warning("%s warnings like these", more_lines(sum(self._limit.take_omitted().values())))
        _log.warning(text, *arguments)

    async def _serve(self, message: SipMessage) -> None:
        try:
            await self._handle(message, self.send)
        finally:
            self._in_progress -= 1


def _place(host: str, port: int) -> str:
    return f"udp:[{host}]:{port}" if ":" in host else f"udp:{host}:{port}"


def _bind(host: str, port: int) -> socket.socket:
    sock: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.bind(address)
    except OSError as error:
        if sock is not None:
            sock.close()
        raise SipListenError(_place(host, port), error.strerror or str(error)) from error
    return sock
