"""A feed: a socket of our own at a server over MI, renewed at two thirds of its time, unsubscribed at the end."""

import logging
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias, cast

import anyio
from anyio.abc import TaskStatus
from msgspec import Struct

from evtui.backends.remote.mi_address import HttpAddress, MiAddress, UdpAddress
from evtui.backends.remote.mi_client import MiClient
from evtui.backends.remote.subscription_requests import member_int, member_text, subscribe_all
from evtui.codecs import jsonrpc, text
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sockets import check_unix_path, split_scheme, split_udp
from evtui.core.errors import BackendError, BadMessageError, BadSocketError, RequestError, ServerError
from evtui.core.ports import Clock
from evtui.core.values import Params

FEED_EXPIRE: Final = 60
"""Seconds a feed subscribes for: what a killed process leaves behind dies this soon."""

_RETRY_FIRST, _RETRY_LAST = 1.0, 30.0
_CHECK_EVERY = 5.0
_GOODBYE = 2.0
_MAX_DATAGRAM = 1 << 16
_RECEIVE_BUFFER = 4 * 1024 * 1024
_SO_RXQ_OVFL = 40  # Linux: the kernel's count of datagrams this socket lost comes with each one
_AT_ONCE = 500

_log = logging.getLogger(__name__)


class Received(Struct, frozen=True):
    """A notification as it arrived."""

    at: float
    """Wall seconds of its arrival."""
    source: str
    """The address it came from; empty when the sender has none."""
    event: str
    params: Params
    payload: bytes


Receive: TypeAlias = Callable[[Received], None]
"""Takes what arrives; must not wait."""


class Feed:
    """Receives the notifications of some events (names or wildcards, all of them when empty) until `run` is cancelled.

    Lost datagrams are the kernel's and are counted; what is no notification is counted and skipped.
    """

    def __init__(
        self,
        client: MiClient,
        events: Sequence[str],
        receive: Receive,
        *,
        wall: Clock,
        expire: int = FEED_EXPIRE,
        own: str | None = None,
    ) -> None:
        self._client = client
        self._events = tuple(events) or ("*",)
        self._receive = receive
        self._wall = wall
        self._expire = expire
        self._own = own
        self._renew_now = anyio.Event()
        self.socket = ""
        """The socket as it was subscribed, once `run` has started."""
        self.lost = 0
        """Datagrams the kernel had no room for."""
        self.malformed = 0
        """Datagrams that were no notification."""
        self.trouble: str | None = None
        """Why the last renewal failed; None when it went well."""

    def renew(self) -> None:
        """Subscribe again now, because the server may have forgotten us."""
        self._renew_now.set()

    async def run(self, *, task_status: TaskStatus[str] = anyio.TASK_STATUS_IGNORED) -> None:
        """Subscribe, tell the socket, then receive and renew until cancelled.

        raises BackendError, RequestError: the first subscription failed; later failures are retried.
        """
        own = await _open(self._own, self._client.address)
        self.socket = own.text
        subscribed: set[str] = set()
        try:
            server = await self._server()
            await self._subscribe(subscribed)
            task_status.started(own.text)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._receive_from, own.sock)
                tasks.start_soon(self._notice_restarts, server)
                await self._renew_for_ever(subscribed)
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(_GOODBYE):
                await self._unsubscribe(subscribed)
            own.close()

    async def _subscribe(self, subscribed: set[str]) -> None:
        await subscribe_all(self._client, self._events, self.socket, self._expire, subscribed)

    async def _unsubscribe(self, events: set[str]) -> None:
        for event in sorted(events):
            try:
                await self._client.call("event_subscribe", [event, self.socket, 0])
            except ServerError:
                pass  # it was never subscribed to this one
            except BackendError as error:
                _log.warning("%s may stay subscribed to %s for %d s: %s", self.socket, event, self._expire, error)
                return

    async def _renew_for_ever(self, subscribed: set[str]) -> None:
        pause = self._expire * 2 / 3
        while True:
            self._renew_now = anyio.Event()
            with anyio.move_on_after(pause):
                await self._renew_now.wait()
            try:
                await self._subscribe(subscribed)
            except (BackendError, RequestError) as error:
                pause = _RETRY_FIRST if self.trouble is None else min(pause * 2, _RETRY_LAST)
                self.trouble = str(error)
                _log.warning("renewal failed, again in %g s: %s", pause, error)
            else:
                pause, self.trouble = self._expire * 2 / 3, None

    async def _notice_restarts(self, server: tuple[str, int] | None) -> None:
        """Subscribe again soon after the server has started anew: it keeps no subscription over a restart."""
        while True:
            await anyio.sleep(_CHECK_EVERY)
            now = await self._server()
            if now is not None and now != server:
                server = now
                _log.warning("the server started anew at %s: what it raised until now is lost", now[0])
                self.renew()

    async def _server(self) -> tuple[str, int] | None:
        """Ask when the server started and its process id (it may start anew within a second); None when it is away."""
        try:
            uptime, processes = await self._client.call("uptime"), await self._client.call("ps")
        except ServerError:
            return "", 0
        except BackendError:
            return None
        return member_text(uptime, "Up since") if isinstance(uptime, Members) else "", _first_pid(processes)

    async def _receive_from(self, sock: socket.socket) -> None:
        while True:
            await anyio.wait_readable(sock)
            for _ in range(_AT_ONCE):
                try:
                    payload, extra, _, source = sock.recvmsg(_MAX_DATAGRAM, 64)
                except BlockingIOError:
                    break
                self._count_lost(extra)
                self._take(payload, _shown(source))

    def _count_lost(self, extra: Sequence[tuple[int, int, bytes]]) -> None:
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL:
                lost = struct.unpack("I", data[:4])[0]
                if lost > self.lost:
                    _log.warning("%d notifications lost: they came faster than they were read", lost - self.lost)
                self.lost = lost

    def _take(self, payload: bytes, source: str) -> None:
        decode = jsonrpc.decode_notification if payload[:1] == b"{" else text.decode
        try:
            event, params = decode(payload)
        except BadMessageError as error:
            self.malformed += 1
            _log.warning("%d bytes from %s are no notification: %s", len(payload), source, error)
            return
        self._receive(Received(self._wall(), source, event, params, payload))


class _Own(Struct, frozen=True):
    sock: socket.socket
    text: str
    close: Callable[[], None]


async def _open(own: str | None, server: MiAddress) -> _Own:
    if own is None:
        return _bind_udp(await _address_towards(server), 0)
    scheme, address = split_scheme(own)
    match scheme:
        case "udp":
            return _bind_udp(*split_udp(address))
        case "unix":
            return _bind_unix(check_unix_path(address))
        case _:
            raise BadSocketError(own, "scheme", "a feed receives on udp:HOST:PORT or unix:/PATH")


async def _address_towards(server: MiAddress) -> str:
    """Find the address of ours that the server can reach: loopback for one on this machine."""
    if not isinstance(server, UdpAddress | HttpAddress):
        return "127.0.0.1"
    try:
        found = await anyio.getaddrinfo(server.host, server.port, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, target = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(target)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise BackendError(f"{server}: {error.strerror or error}") from error


def _bind_udp(host: str, port: int) -> _Own:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise BadSocketError(f"udp:{host}:{port}", "address", f"{error.strerror or error}") from error
    _prepare(sock)
    bound = sock.getsockname()
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return _Own(sock, f"udp:{shown}:{bound[1]}", sock.close)


def _bind_unix(path: str) -> _Own:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        sock.bind(path)
    except OSError as error:
        sock.close()
        raise BadSocketError(f"unix:{path}", "path", f"{error.strerror or error}") from error
    _prepare(sock)

    def close() -> None:
        sock.close()
        with suppress(OSError):
            Path(path).unlink()

    return _Own(sock, f"unix:{path}", close)


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)


def _shown(source: object) -> str:
    if isinstance(source, tuple):
        host, port = cast("tuple[object, ...]", source)[:2]
        return f"udp:[{host}]:{port}" if ":" in str(host) else f"udp:{host}:{port}"
    return f"unix:{source}" if isinstance(source, str) and source else ""


def _first_pid(processes: Json) -> int:
    match dict(processes).get("Processes") if isinstance(processes, Members) else None:
        case [Members() as first, *_]:
            return member_int(first, "PID")
        case _:
            return 0
