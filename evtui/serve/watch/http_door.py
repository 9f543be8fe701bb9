"""The watch feed over HTTP: lines of JSON, server-sent events, or the messages of a WebSocket."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Final, TypeAlias

import anyio
from aiohttp import WSMsgType, web

from evtui.codecs.jsonvalue import Members, dump_bytes
from evtui.core.errors import BadMessageError, EvtuiError
from evtui.serve.watch.feed_options import FeedOptions, parse_query
from evtui.serve.watch.feed_reader import FeedLines, FeedReader
from evtui.serve.watch.watch_feed import TooManyReadersError, WatchFeed

_LINES: Final = "application/x-ndjson"
_EVENTS: Final = "text/event-stream"
_PROTOCOL: Final = "evtui"
"""The subprotocol of the WebSocket; a second one may hold the token, as browsers can send no header there."""

_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}

_Send: TypeAlias = Callable[[FeedLines], Awaitable[None]]


class HttpDoor:
    """Serves the feed to the requests for its path that the HTTP listener has let in."""

    def __init__(self, feed: WatchFeed, write_timeout: float) -> None:
        """`write_timeout`: seconds after which a reader is given up that takes nothing."""
        self._feed = feed
        self._write_timeout = write_timeout

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Send the feed until the reader goes."""
        try:
            options = _options(request)
            is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
            if is_socket and not _offers_protocol(request):
                raise BadMessageError(f"the WebSocket of a watch feed: offer the subprotocol {_PROTOCOL} too")
            await self._feed.turn()  # a filter is parsed
            with self._feed.seat(), self._feed.reader(options) as reader:
                if is_socket:
                    return await self._serve_socket(request, reader)
                return await self._serve_stream(request, reader)
        except TooManyReadersError as error:
            return _refusal(503, error)
        except EvtuiError as error:
            return _refusal(400, error)

    async def _serve_stream(self, request: web.Request, reader: FeedReader) -> web.StreamResponse:
        as_events = _EVENTS in request.headers.get("Accept", "")
        response = web.StreamResponse(headers=_HEADERS)
        response.content_type = _EVENTS if as_events else _LINES
        response.charset = "utf-8"
        await response.prepare(request)

        async def send(lines: FeedLines) -> None:
            await response.write(_as_events(lines, self._feed.instance) if as_events else lines.data)

        await self._send_all(request, reader, send)
        return response

    async def _serve_socket(self, request: web.Request, reader: FeedReader) -> web.StreamResponse:
        response = web.WebSocketResponse(protocols=(_PROTOCOL,), max_msg_size=4096, timeout=5.0)
        await response.prepare(request)

        async def send(lines: FeedLines) -> None:
            await response.send_str(lines.data.decode())

        async with _until_closed(response):
            await self._send_all(request, reader, send)
        return response

    async def _send_all(self, request: web.Request, reader: FeedReader, send: _Send) -> None:
        try:
            async with aclosing(reader.lines()) as parts:
                async for lines in parts:
                    with anyio.fail_after(self._write_timeout):
                        await send(lines)
        except TimeoutError:
            self._feed.statistics.given_up += 1
            if request.transport is not None:
                request.transport.abort()  # what it has not read is thrown away
        except (ConnectionError, RuntimeError):
            pass  # the reader has gone


@asynccontextmanager
async def _until_closed(response: web.WebSocketResponse) -> AsyncGenerator[None]:
    """Cancel the block when the reader closes the WebSocket; what it sends is left unread."""
    async with anyio.create_task_group() as tasks:

        async def receive() -> None:
            with suppress(ConnectionError, RuntimeError):  # it has gone
                async for message in response:
                    if message.type is WSMsgType.ERROR:
                        break
            tasks.cancel_scope.cancel()

        tasks.start_soon(receive)
        yield
        tasks.cancel_scope.cancel()


def _offers_protocol(request: web.Request) -> bool:
    """Say whether a WebSocket may have our subprotocol. The library logs what was offered if it cannot choose."""
    offered = request.headers.get("Sec-WebSocket-Protocol")
    return offered is None or _PROTOCOL in [each.strip() for each in offered.split(",")]


def _options(request: web.Request) -> FeedOptions:
    """Read the query, and from where server-sent events go on after a lost connection.

    raises BadMessageError.
    """
    query = dict(request.query)
    instance, _, place = request.headers.get("Last-Event-ID", "").rpartition(":")
    if place:
        query |= {"after": place, "instance": instance}
    return parse_query(query)


def _as_events(lines: FeedLines, instance: str) -> bytes:
    """Write lines as server-sent events; the id of one says from where a lost connection goes on."""
    begin = instance.encode()
    events = [
        b"id: %b:%d\ndata: %b\n\n" % (begin, place, line) if place else b"data: %b\n\n" % line
        for line, place in zip(lines.data.split(b"\n")[:-1], lines.places, strict=True)
    ]
    return b"".join(events)


def _refusal(status: int, error: EvtuiError) -> web.Response:
    body = dump_bytes(Members((("error", str(error)),))) + b"\n"
    return web.Response(status=status, body=body, content_type="application/json")
