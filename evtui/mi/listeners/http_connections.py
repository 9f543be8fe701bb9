"""All connections of the HTTP listener: accepted within limits, and closed when their client is too slow.

evtui accepts connections itself, because asyncio accepts without a limit and logs a traceback for each connection that
finds no file descriptor. When there are too many, the connection that has waited longest for its client makes room, so
that clients that only hold connections do not keep others out.
"""

import asyncio
import ipaddress
import resource
import socket
import ssl
from collections import Counter
from functools import lru_cache
from typing import Final, NoReturn

import anyio
from aiohttp import web
from anyio.abc import TaskGroup

from evtui.mi.listener_statistics import ListenerStatistics
from evtui.mi.listeners.http_connection import HttpConnection, HttpLimits
from evtui.mi.listeners.known_requests import KnownRequests
from evtui.mi.listeners.refusal_log import RefusalLog
from evtui.mi.listeners.server_certificate import ServerCertificate

ACCEPT_PAUSE: Final = 0.5
"""Seconds in which no connection is accepted after one that failed, for example for want of a file descriptor."""

ACCEPTED_AT_ONCE: Final = 8
"""Connections accepted before others get their turn."""

_PEEKED: Final = 1 << 16
"""Bytes of a new connection that are looked at."""

_DESCRIPTORS_PART: Final = 4
"""One of so many file descriptors of the process may be a connection; the others are for everything else."""
_GOODBYE: Final = 2.0
"""Seconds in which a client must answer that an encrypted connection is closed."""
_IPV6_NETWORK: Final = 64


class HttpConnections:
    """The open connections, oldest first."""

    def __init__(
        self, server: web.Server, limits: HttpLimits, statistics: ListenerStatistics, refusals: RefusalLog,
        certificate: ServerCertificate | None = None, known: KnownRequests | None = None,
    ) -> None:  # fmt: skip
        """With a certificate the connections are encrypted. `known`: the requests whose heads are known, if any are."""
        self._server = server
        self._limits = limits
        self._statistics = statistics
        self._refusals = refusals
        self._certificate = certificate
        self._known = known
        self._most = _affordable(limits.connections)
        self._open: dict[HttpConnection, None] = {}
        self._addresses: Counter[str] = Counter()
        self.paused: set[HttpConnection] = set()
        """Those whose clients have left much of a reply unread."""

    def may_reply(self) -> bool:
        """Say whether clients have read enough of their replies to be sent more."""
        paused = self.paused
        return not paused or sum(connection.unread for connection in paused) <= self._limits.unread_bytes

    async def accept(self, listening: socket.socket, tasks: TaskGroup) -> NoReturn:
        """Accept connections at a listening system socket until cancelled; `tasks` start to serve them."""
        loop = asyncio.get_running_loop()
        while True:
            failed: asyncio.Future[OSError] = loop.create_future()
            loop.add_reader(listening, self._accept_some, listening, tasks, failed)
            try:
                error = await failed
            finally:
                loop.remove_reader(listening)
            self._statistics.http_accept_pauses += 1
            self._refusals.note(f"no connection can be accepted ({error.strerror})", "this host")
            await anyio.sleep(ACCEPT_PAUSE)

    def _accept_some(self, listening: socket.socket, tasks: TaskGroup, failed: "asyncio.Future[OSError]") -> None:
        """Accept connections that wait.

        Several are accepted before others get their turn: all clients wait in one queue of the system, which a client
        that opens many connections would fill. They are few enough that each gets its turn before it makes room.
        """
        for _ in range(ACCEPTED_AT_ONCE):
            if failed.done():
                return
            try:
                client, peer = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                failed.set_result(error)
                return
            self._begin(client, client_address(str(peer[0])), tasks)

    async def end_late(self) -> NoReturn:
        """Close the connections whose client is too slow, and write the log, until cancelled."""
        limits = self._limits
        tick = min(1.0, limits.header_timeout / 4, limits.idle_timeout / 4, limits.write_timeout / 4)
        while True:
            await anyio.sleep(tick)
            self._refusals.write_due()
            now = anyio.current_time()
            for connection in [each for each in self._open if each.deadline <= now]:
                if not connection.pass_on():
                    self._end_late(connection)

    def _end_late(self, connection: HttpConnection) -> None:
        if connection.unread:
            self._statistics.http_replies_unread += 1
            self._refusals.note("a reply was not read in time", connection.address)
        elif not connection.is_idle:
            self._statistics.http_headers_late += 1
            self._refusals.note("no request came in time", connection.address)
        connection.end()

    def _begin(self, client: socket.socket, address: str, tasks: TaskGroup) -> None:
        """Serve a client, or close its connection when there are too many."""
        if not self._make_room(address):
            self._statistics.http_connections_refused += 1
            self._refusals.note("too many connections", address)
            client.close()
            return
        client.setblocking(False)
        unsent = self._serve_at_once(client)
        if unsent == b"":
            client.close()
            return
        connection = HttpConnection(
            self._server, address, self._limits, self._statistics, self._refusals, self, self._known
        )
        self._open[connection] = None
        self._addresses[address] += 1
        tasks.start_soon(self._serve, connection, client, unsent)

    def _serve_at_once(self, client: socket.socket) -> bytes | None:
        """Serve a client that has sent its last request already, if the head of that is known.

        Many clients open a connection for each request, and send it as soon as that is open. Returns what is to be sent
        of the reply yet; None when nothing was done.
        """
        if self._known is None or self._certificate is not None or not self.may_reply():
            return None
        data = _peek(client)
        body = self._known.find_last(data)
        reply = None if body is None else self._known.answer(body, keeps_alive=False)
        if reply is None:
            return None
        try:
            client.recv(len(data))  # what is unread when a connection is closed may cost the client its reply
            return reply[client.send(reply) :]
        except BlockingIOError:
            return reply
        except OSError:
            return b""  # the client has gone

    async def _serve(self, connection: HttpConnection, client: socket.socket, unsent: bytes | None) -> None:
        tls = None if self._certificate is None else self._certificate.context()
        patience, goodbye = (None, None) if tls is None else (self._limits.header_timeout, _GOODBYE)
        with connection.opening:
            try:
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: connection, client, ssl=tls, ssl_handshake_timeout=patience, ssl_shutdown_timeout=goodbye
                )
            except OSError as error:
                if tls is not None:
                    self._note_no_handshake(connection, error)
            else:
                if unsent is not None:
                    connection.send_last(unsent)
                return
        self.forget(connection)  # the client has gone already, or made room for another one
        client.close()

    def _note_no_handshake(self, connection: HttpConnection, error: OSError) -> None:
        """Count a client that does not speak TLS, or does not take the certificate."""
        self._statistics.http_malformed += 1
        why = error.reason if isinstance(error, ssl.SSLError) else error.strerror
        self._refusals.note(f"a TLS handshake that failed ({why or 'it broke off'})", connection.address)

    def _make_room(self, address: str) -> bool:
        """Say whether one more connection may be open; close one if there are too many.

        That is one whose client gave a wrong token, else the one that has waited longest.
        """
        if self._addresses[address] >= self._limits.per_address:
            return self._displace(address)
        return len(self._open) < self._most or self._displace(None)

    def _displace(self, address: str | None) -> bool:
        waiting = (each for each in self._open if each.is_waiting and address in {None, each.address})
        longest = min(waiting, key=lambda each: (not each.is_refused, each.deadline), default=None)
        if longest is None:
            return False
        self._statistics.http_connections_displaced += 1
        self._refusals.note("too many connections, one that waited was closed", longest.address)
        longest.end()
        self.forget(longest)
        return True

    def forget(self, connection: HttpConnection) -> None:
        """Note that a connection is closed."""
        self.paused.discard(connection)
        if connection in self._open:
            del self._open[connection]
            self._addresses[connection.address] -= 1
            if not self._addresses[connection.address]:
                del self._addresses[connection.address]


@lru_cache(maxsize=256)
def client_address(host: str) -> str:
    """Name the client of an address: an IPv6 one by its network, because one client has all addresses in that."""
    ip = ipaddress.ip_address(host.partition("%")[0])
    if ip.version == 4 or ip.is_loopback:
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.IPv6Network((ip, _IPV6_NETWORK), strict=False))


def _peek(client: socket.socket) -> bytes:
    """Look at what a client has sent."""
    try:
        return client.recv(_PEEKED, socket.MSG_PEEK)
    except OSError:  # nothing yet, or it has gone
        return b""


def _affordable(connections: int) -> int:
    """Return the number of connections allowed, fewer than configured where the process may open few files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return connections if soft < 0 else max(1, min(connections, soft // _DESCRIPTORS_PART))
