"""The HTTP listener: JSON-RPC by `POST /mi`, XML-RPC by `POST /RPC2`, answered as OpenSIPS does."""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Final

import anyio
from aiohttp import web
from anyio import TASK_STATUS_IGNORED
from anyio.abc import TaskStatus

from evtui.codecs.sockets import split_udp
from evtui.core.errors import BadSocketError
from evtui.mi.dispatch import Dispatcher
from evtui.mi.listener_statistics import ListenerStatistics
from evtui.mi.listeners.http_connection import HttpConnection, HttpLimits
from evtui.mi.listeners.http_connections import HttpConnections
from evtui.mi.listeners.http_paths import HttpPaths
from evtui.mi.listeners.known_requests import KnownRequests
from evtui.mi.listeners.listen_error import ListenError
from evtui.mi.listeners.refusal_log import RefusalLog
from evtui.mi.listeners.server_certificate import ServerCertificate
from evtui.mi.listeners.token_check import TokenCheck

_BACKLOG: Final = 128
"""Connections that wait in the system until they are accepted."""
_JSON = "application/json"
_XML = "text/xml"
_XMLS = (_XML, "application/xml")
_TIME_LIMIT = 30.0
"""Seconds a client may take to send its body."""
_NO_SUCH_URL = "<html><body>Unable to parse URL!</body></html>"
_NO_SUCH_METHOD = "<html><body>Unsupported HTTP request!</body></html>"


async def serve_http(  # noqa: PLR0913 - each is a part of the listener
    dispatcher: Dispatcher | None,
    address: str,
    *,
    hosts: Sequence[str] = (),
    token: str | None = None,
    paths: HttpPaths = HttpPaths(),  # noqa: B008 - it is frozen
    limits: HttpLimits = HttpLimits(),  # noqa: B008 - it is frozen
    certificate: ServerCertificate | None = None,
    statistics: ListenerStatistics | None = None,
    task_status: TaskStatus[str] = TASK_STATUS_IGNORED,
) -> None:
    """Serve `HOST:PORT` until cancelled; `task_status` gets the URL that clients post to.

    Without a dispatcher only pages are served: see `HttpPaths.takes_requests`. `statistics` counts, else those of the
    dispatcher.

    `hosts` are further names that a Host header may hold, `token` is what clients must send as `Authorization: Bearer`.
    With a certificate it is HTTPS.
    raises ListenError: the address cannot be bound. BadSocketError: it is not such an address.
    """
    host, port = _parse_address(address, paths.root)
    refusals = RefusalLog(f"http://{address}", anyio.current_time)
    check = None if token is None else TokenCheck(token, anyio.current_time)
    if statistics is None:
        statistics = ListenerStatistics() if dispatcher is None else dispatcher.statistics
    handler = _Handler(dispatcher, statistics, (*hosts, host), check, refusals, limits.max_request, paths)
    with _listening(address, host, port) as listening:
        async with _server(handler) as server, anyio.create_task_group() as tasks:
            known = None if dispatcher is None else KnownRequests(dispatcher, asyncio.get_running_loop().time)
            connections = HttpConnections(server, limits, statistics, refusals, certificate, known)
            for each in listening:
                tasks.start_soon(connections.accept, each, tasks)
            tasks.start_soon(connections.end_late)
            task_status.started(f"{'http' if certificate is None else 'https'}://{address}{paths.root}")


@asynccontextmanager
async def _server(handler: "_Handler") -> AsyncGenerator[web.Server]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler.handle)
    runner = web.AppRunner(application, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    assert runner.server is not None
    try:
        yield runner.server
    finally:
        with anyio.CancelScope(shield=True):
            await runner.cleanup()


@contextmanager
def _listening(address: str, host: str, port: int) -> Generator[list[socket.socket]]:
    """Listen at each address of a host that this system has. raises ListenError."""
    with ExitStack() as opened:
        listening: list[socket.socket] = []
        try:
            found = dict.fromkeys(
                (family, place[:2])
                for family, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
            for number, (family, place) in enumerate(found, 1):
                try:
                    bound = opened.enter_context(socket.create_server(place, family=family, backlog=_BACKLOG))
                except OSError as error:
                    if error.errno != errno.EADDRNOTAVAIL or (number == len(found) and not listening):
                        raise
                else:
                    bound.setblocking(False)
                    listening.append(bound)
        except OSError as error:
            raise ListenError(f"http://{address}", error.strerror or str(error)) from error
        yield listening


class _Handler:
    """Refuses what a browser could send for a foreign web page, and serves all other requests."""

    def __init__(
        self,
        dispatcher: Dispatcher | None,
        statistics: ListenerStatistics,
        hosts: Sequence[str],
        token: TokenCheck | None,
        refusals: RefusalLog,
        max_request: int,
        paths: HttpPaths,
    ) -> None:
        self._dispatcher, self._statistics = dispatcher, statistics
        self._refusals = refusals
        self._kinds = _kinds(paths)
        self._pages, self._linked = paths.pages, paths.linked
        self._hosts_setting = paths.hosts_setting
        self._takes_addresses = not paths.takes_requests
        self._hosts = frozenset(host.lower().strip("[]") for host in ("localhost", "127.0.0.1", "::1", *hosts))
        self._token = token
        self._max = max_request

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request. Every answer but a page's has a Content-Length, so that a client sees where it ends."""
        connection = request.protocol
        assert isinstance(connection, HttpConnection)
        connection.begin()
        if (refusal := await self._refuse(request, connection)) is not None:
            self._statistics.http_refused += 1
            return refusal
        if request.method == "GET":
            page = self._pages.get(request.path)
            return _empty(405) if page is None else await page(request)
        body = await self._read(request, connection)
        if isinstance(body, web.Response):
            self._statistics.http_refused += 1
            return body
        if not body:
            return _empty(400)
        assert self._dispatcher is not None  # else there is no path for a POST
        if request.content_type in _XMLS:
            return web.Response(body=await self._dispatcher.xmlrpc(body), content_type=_XML, charset="utf-8")
        connection.note_accepted()
        reply = await self._dispatcher.json(body)
        return _empty(202) if reply is None else web.Response(body=reply, content_type=_JSON)

    async def _refuse(self, request: web.Request, connection: HttpConnection) -> web.Response | None:
        """Check what OpenSIPS checks, in its order, then what it does not check."""
        headers = request.headers
        refusal = None
        if request.method not in {"GET", "POST"}:
            refusal = _html(406, _NO_SUCH_METHOD)
        elif self._kinds_at(request.path) is None and not self._is_page(request):
            refusal = _html(400, _NO_SUCH_URL) if self._kinds else _text(404, f"GET {' or '.join(self._pages)}")
        elif "Host" in headers and not self._is_known_host(headers["Host"]):
            refusal = _text(421, f"this host name is not allowed: add it to {self._hosts_setting}")
        elif _is_of_web_page(request) and not self._is_allowed_of_web_page(request):
            refusal = _text(403, "requests of web pages are refused")
        elif self._token is not None and not self._token.accepts(given := _authorization(request)):
            refusal = await self._refuse_token(self._token, bool(given), connection)
        elif not connection.owner.may_reply():
            refusal = _text(503, "clients leave too many bytes of replies unread")
        elif request.method == "POST":
            refusal = self._refuse_body(request)
        return refusal

    async def _refuse_token(self, token: TokenCheck, given: bool, connection: HttpConnection) -> web.Response:
        """Refuse a request with a wrong token, late if its client had several, or one without a token."""
        if given:
            self._statistics.http_wrong_tokens += 1
            self._refusals.note("a wrong token", connection.address)
            if pause := token.pause(connection.address):
                await connection.pause(pause)
        refusal = _text(401, "send Authorization: Bearer TOKEN")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal

    def _refuse_body(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return _text(415, "send the body without Content-Encoding")
        if (request.content_length or 0) > self._max:
            return self._too_long()
        if request.content_length == 0:
            return None
        kinds = self._kinds_at(request.path)
        assert kinds is not None  # the path was checked before
        if "Content-Type" not in request.headers or request.content_type not in kinds:
            return _text(415, f"send Content-Type: {kinds[0]}")
        return None

    async def _read(self, request: web.Request, connection: HttpConnection) -> bytes | web.Response:
        if request.content.is_eof() and request.content.exception() is None:  # all of it is here
            whole = request.content.read_nowait()
            return whole if len(whole) <= self._max else self._too_long()
        body = bytearray()
        with anyio.move_on_after(_TIME_LIMIT):
            try:
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > self._max:
                        return self._too_long()
            except (ConnectionError, web.RequestPayloadError):
                connection.note_malformed("a body that broke off or is not HTTP")
                return _closing(_text(400, "the body broke off or is not HTTP"))
            return bytes(body)
        return _text(408, f"the body did not come within {_TIME_LIMIT:g} s")

    def _is_page(self, request: web.Request) -> bool:
        return request.method == "GET" and request.path in self._pages

    def _is_allowed_of_web_page(self, request: web.Request) -> bool:
        if not self._is_page(request):
            return False
        return _is_same_origin(request) or (request.path in self._linked and _is_followed_link(request))

    def _kinds_at(self, path: str) -> tuple[str, ...] | None:
        """Return the content types allowed at a path, which may go on behind the root; None for an unknown path."""
        if path in self._kinds:
            return self._kinds[path]
        return next((kinds for root, kinds in self._kinds.items() if path.startswith(f"{root}/")), None)

    def _is_known_host(self, header: str) -> bool:
        host = header.rpartition(":")[0] if _has_port(header) else header
        host = host.lower().strip("[]")
        # A foreign web page reaches this host by a name that it has the browser resolve, never by an address.
        return host in self._hosts or (self._takes_addresses and _is_address(host))

    def _too_long(self) -> web.Response:
        return _closing(_text(413, f"at most {self._max} bytes"))


def _is_of_web_page(request: web.Request) -> bool:
    """Say whether a web page makes the request. Browsers name its site, and no origin where it only loads something."""
    return "Origin" in request.headers or request.headers.get("Sec-Fetch-Site", "none") != "none"


def _is_same_origin(request: web.Request) -> bool:
    """Say whether a web page that this server could have sent makes the request."""
    headers = request.headers
    if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    host, origin = headers.get("Host", "").lower(), headers.get("Origin")
    return origin is None or (host != "" and origin.lower().partition("://")[2] == host)


def _is_followed_link(request: web.Request) -> bool:
    """Say whether a browser leaves another web page for this one, so that the other one sees nothing of it."""
    headers = request.headers
    wanted = (headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest"))
    return "Origin" not in headers and wanted == ("navigate", "document")


def _authorization(request: web.Request) -> str:
    """Return what shows who asks: the header, or for a WebSocket a subprotocol `bearer.TOKEN`."""
    if header := request.headers.get("Authorization", ""):
        return header
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    return next((f"Bearer {each.strip()[7:]}" for each in offered if each.strip().startswith("bearer.")), "")


def _kinds(paths: HttpPaths) -> Mapping[str, tuple[str, ...]]:
    """Return the content types allowed at each path: only those for which a browser asks first (a CORS preflight)."""
    if not paths.takes_requests:
        return {}
    if paths.root == paths.xmlrpc_root:
        return {paths.root: (_JSON, *_XMLS)}
    return {paths.root: (_JSON,), paths.xmlrpc_root: _XMLS}


def _parse_address(address: str, root: str) -> tuple[str, int]:
    try:
        return split_udp(address.removeprefix("http://").removesuffix(root))
    except BadSocketError as error:
        raise BadSocketError(f"http://{address}", error.part, error.why) from error


def _has_port(header: str) -> bool:
    """Return whether a Host header ends in a port; an IPv6 address without brackets has colons, too."""
    if header.endswith("]"):
        return False
    try:
        ipaddress.IPv6Address(header)
    except ValueError:
        return ":" in header
    return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _empty(status: int) -> web.Response:
    return web.Response(status=status, body=b"", content_type=_JSON)


def _html(status: int, text: str) -> web.Response:
    return web.Response(status=status, body=text.encode(), headers={"Content-Type": "text/html"})


def _text(status: int, why: str) -> web.Response:
    return web.Response(status=status, text=f"{why}\n")


def _closing(response: web.Response) -> web.Response:
    response.force_close()
    return response
