"""The sender of one XML-RPC server: one call at a time over a connection that stays open."""

import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from evtui.codecs.xmlrpc import XmlrpcFault, decode_reply
from evtui.core.errors import BadMessageError, DeliveryError
from evtui.core.transport import Notification, Settle
from evtui.transports.library_loading import load_library
from evtui.transports.system_errors import reason_of

if TYPE_CHECKING:  # loaded by the first call
    from aiohttp import ClientResponse, ClientSession

MAX_REPLY: Final = 1 << 20
"""Bytes of a reply that are read; a longer one is a failure."""
IDLE: Final = 30.0
"""Seconds an unused connection is kept."""

_TEMPORARY = frozenset((408, 425, 429))
"""Statuses below 500 that are temporary (RFC 9110, RFC 8470, RFC 6585)."""


RECEIVE_BUFFER: Final = 8192
"""Bytes that a server may send before they are read: what the system passes at once is parsed at once, and a server may
write its reply in very small pieces."""


class Server(Struct, frozen=True):
    """Where the calls go."""

    resolve: Callable[[], Awaitable[str]]
    """Resolve and check the host: the address to connect to. raises DeliveryError."""
    host: str
    """`HOST:PORT` as named, for the Host header."""
    port: int
    path: str


class HttpPool:
    """The connections of a transport: opened by its first sender that calls, closed with the last."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None
        self._users = 0

    def enter(self) -> "ClientSession":
        """Use the pool; every `enter` has its `leave`."""
        self._users += 1
        if self._session is None:
            from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

            self._session = ClientSession(
                # No limit: each sender has one connection at a time, and a dead server must not take those of others.
                connector=TCPConnector(
                    limit=0, keepalive_timeout=IDLE, use_dns_cache=False, socket_factory=_small_socket
                ),
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None),
                auto_decompress=False,
                headers={"User-Agent": "evtui", "Accept-Encoding": "identity"},
            )
        return self._session

    async def leave(self) -> None:
        """Stop using the pool; the last one closes it."""
        self._users -= 1
        if not self._users and self._session is not None:
            session, self._session = self._session, None
            await session.close()


class XmlrpcSender:
    """Calls one server, one call at a time: with several connections the order would be lost."""

    def __init__(self, pool: HttpPool, server: Server) -> None:
        self._pool = pool
        self._server = server
        self._session: ClientSession | None = None
        self._address: str | None = None
        self._kept = False
        """Whether the last call was answered. Then the server may have closed the connection before the next call."""

    @property
    def window(self) -> int:
        """Return 1: each call waits for its reply."""
        return 1

    @property
    def confirms(self) -> bool:
        """Return True: the server replies to each call."""
        return True

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Call for each notification.

        raises DeliveryError: there is no connection, or the failure is temporary.
        """
        for place, notification in enumerate(batch):
            settle(place, await self._deliver(notification.payload))

    async def aclose(self) -> None:
        """Leave the pool."""
        if self._session is not None:
            self._session = None
            await self._pool.leave()

    async def _deliver(self, payload: bytes) -> str | None:
        await load_library("aiohttp")
        from aiohttp import ClientError

        if self._session is None:
            self._session = self._pool.enter()
        answered = False
        try:
            if self._address is None:
                self._address = await self._server.resolve()
            status, body = await self._call(self._session, self._address, payload)
            answered = True
        except (ClientError, OSError) as error:
            raise DeliveryError(_reason(error)) from error
        finally:
            self._kept = answered
            if not answered:  # resolve it again: the server may have moved
                self._address = None
        return _refusal(status, body)

    async def _call(self, session: "ClientSession", address: str, payload: bytes) -> tuple[int, bytes]:
        """Call, and once more when a kept connection breaks without a reply: most likely the server had closed it."""
        from aiohttp import ClientConnectorError, ClientOSError, ServerDisconnectedError

        try:
            return await self._post(session, address, payload)
        except (ServerDisconnectedError, ClientOSError) as error:
            if isinstance(error, ClientConnectorError) or not self._kept:
                raise
        return await self._post(session, address, payload)

    async def _post(self, session: "ClientSession", address: str, payload: bytes) -> tuple[int, bytes]:
        from yarl import URL

        host = f"[{address}]" if ":" in address else address
        url = URL(f"http://{host}:{self._server.port}{self._server.path}", encoded=True)
        headers = {"Host": self._server.host, "Content-Type": "text/xml"}
        async with session.post(url, data=payload, headers=headers, allow_redirects=False) as response:
            return response.status, await _read(response)


def _small_socket(address: tuple[Any, ...]) -> socket.socket:
    """Make the system socket of a connection."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    return made


async def _read(response: "ClientResponse") -> bytes:
    """Read a reply. One that is too long is cut one byte after the limit, and its connection is closed."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > MAX_REPLY:
            return bytes(body[: MAX_REPLY + 1])
    return bytes(body)


def _refusal(status: int, body: bytes) -> str | None:
    """Return why a call failed for good; None when it was taken.

    raises DeliveryError: the failure is temporary.
    """
    if status == 200:
        return _refusal_in(body)
    if status >= 500 and (fault := _fault_in(body)) is not None:
        return fault
    if status >= 500 or status in _TEMPORARY:
        raise DeliveryError(f"HTTP {status}")
    return f"HTTP {status}" + (": redirects are not followed" if 300 <= status < 400 else "")


def _refusal_in(body: bytes) -> str | None:
    if len(body) > MAX_REPLY:
        return f"a reply of more than {MAX_REPLY} bytes"
    try:
        reply = decode_reply(body)
    except BadMessageError as error:
        return f"the reply is not XML-RPC: {error.why}"
    return None if reply is None else _fault_text(reply)


def _fault_in(body: bytes) -> str | None:
    try:
        reply = decode_reply(body)
    except BadMessageError:
        return None
    return None if reply is None else _fault_text(reply)


def _fault_text(fault: XmlrpcFault) -> str:
    return f"fault {fault.code}: {fault.text}"


def _reason(error: Exception) -> str:
    from aiohttp import (
        ClientConnectorError,
        ClientOSError,
        ClientPayloadError,
        ClientResponseError,
        ServerDisconnectedError,
    )

    match error:
        case ClientConnectorError():
            return reason_of(error.os_error)
        case ServerDisconnectedError() | ClientOSError(errno=None):
            return "the peer closed the connection"
        case ClientPayloadError():
            return "the peer closed the connection within its reply"
        case OSError():
            return reason_of(error)
        case ClientResponseError(message=message):  # its further lines show the bytes
            return "the reply is not HTTP: " + message.partition("\n")[0].rstrip(":")
        case _:
            return f"the reply is not HTTP: {type(error).__name__}"
