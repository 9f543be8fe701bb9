"""One HTTP connection: the time its client has, and errors of which nothing that was sent gets into the log."""

import asyncio
import math
from typing import Any, Final, Protocol

import anyio
from aiohttp import web
from msgspec import Struct

from evtui.mi.listener_statistics import ListenerStatistics
from evtui.mi.listeners.known_requests import END_OF_HEAD, KnownRequests
from evtui.mi.listeners.refusal_log import RefusalLog
from evtui.mi.listeners.request_bytes import RequestBytes

_BAD_REQUEST: Final = 400
_NEVER: Final = 365 * 86_400.0
"""Seconds after which the library closes an idle connection: `HttpConnections` does that."""


class HttpLimits(Struct, frozen=True):
    """The limits of the HTTP listener."""

    max_request: int = 1 << 20
    """Bytes of the largest request body."""
    connections: int = 256
    per_address: int = 64
    """Connections of one IPv4 address, or of one IPv6 network of 64 bits."""
    header_timeout: float = 10.0
    """Seconds from the beginning of a connection, or of a further request, to the end of the headers."""
    idle_timeout: float = 60.0
    """Seconds from a reply to the beginning of the next request."""
    write_timeout: float = 30.0
    """Seconds in which a client must read a reply."""
    unread_bytes: int = 64 << 20
    """Bytes of replies that all clients together may leave unread."""


class ConnectionOwner(Protocol):
    """What a connection asks and tells the one that accepted it."""

    paused: "set[HttpConnection]"
    """The connections whose clients have left much of a reply unread."""

    def may_reply(self) -> bool:
        """Say whether clients have read enough of their replies to be sent more."""
        ...

    def forget(self, connection: "HttpConnection") -> None:
        """Note that a connection is closed."""
        ...


class HttpConnection(web.RequestHandler):
    """A connection that knows until when its client must have done its part; `HttpConnections` closes it then."""

    def __init__(
        self,
        server: web.Server,
        address: str,
        limits: HttpLimits,
        statistics: ListenerStatistics,
        refusals: RefusalLog,
        owner: ConnectionOwner,
        known: KnownRequests | None = None,
    ) -> None:
        """`known`: the requests whose heads are known; None where only pages are served."""
        loop = asyncio.get_running_loop()
        super().__init__(
            server, loop=loop, keepalive_timeout=_NEVER, access_log=None,  # type: ignore[arg-type]
            auto_decompress=False, lingering_time=limits.header_timeout,
        )  # fmt: skip
        self._now = loop.time  # that of `anyio.current_time`, which takes longer to ask
        self.address = address
        self.owner = owner
        self.deadline = math.inf
        """Until when the client must have done its part, in seconds of `anyio.current_time`."""
        self.is_waiting = True
        """Whether it waits for its client, so that it may be closed to make room."""
        self.is_idle = False
        """Whether it waits for the first byte of a further request."""
        self.is_refused = False
        """Whether its client gave several wrong tokens."""
        self._limits = limits
        self._statistics = statistics
        self._refusals = refusals
        self._own_transport: asyncio.Transport | None = None
        self._is_ended = False
        self._lost = anyio.Event()
        self._known = known
        self.request_bytes = RequestBytes()
        """What has come of the current request."""
        self.opening = anyio.CancelScope()
        """Cancelled when it is closed before it began: while its client says that it speaks TLS."""

    @property
    def unread(self) -> int:
        """Return the bytes of replies that the client has not read."""
        return 0 if self._own_transport is None else self._own_transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the client its time to send the headers."""
        assert isinstance(transport, asyncio.Transport)
        if self._is_ended:  # to make room, before it began
            transport.abort()
            return
        self._own_transport = transport
        self._expect_headers()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Give the client its time to send the headers, from the first byte on."""
        if self.request_bytes.held:
            data = self.request_bytes.release() + data
        elif self.is_idle:
            self._expect_headers()
        if not (self.request_bytes.is_between and self._serve_known(data)):
            self.request_bytes.add(data)
            super().data_received(data)

    def pass_on(self) -> bool:
        """Let a head that is held be answered for want of a body; returns whether there was one."""
        if not self.request_bytes.held:
            return False
        self.deadline = self._now() + self._limits.header_timeout
        self.request_bytes.add(head := self.request_bytes.release())
        super().data_received(head)
        return True

    def _serve_known(self, data: bytes) -> bool:
        """Serve a request whose head is known, at once; returns False when it is another, and nothing was done."""
        known, transport = self._known, self._own_transport
        end = data.find(END_OF_HEAD) + len(END_OF_HEAD)
        if known is None or transport is None or (head := known.find(data[:end])) is None:
            return False
        if len(data) == end:
            self.request_bytes.held = data
            return True
        if len(data) - end != head.length or transport.is_closing() or self.unread or not self.owner.may_reply():
            return False
        if (reply := known.answer(data[end:], keeps_alive=head.keeps_alive)) is None:
            return False
        if head.keeps_alive:
            transport.write(reply)
            self._expect_request()
        else:
            self.send_last(reply)
        return True

    def send_last(self, reply: bytes) -> None:
        """Send the end of the last reply, in the time there is for that."""
        if self._own_transport is not None:
            self._own_transport.write(reply)
            self.deadline = self._now() + self._limits.write_timeout
            self._own_transport.close()

    def pause_writing(self) -> None:
        """Note that the client has left much of a reply unread."""
        super().pause_writing()
        self.owner.paused.add(self)

    def resume_writing(self) -> None:
        """Note that it has read most of that."""
        super().resume_writing()
        self.owner.paused.discard(self)

    def note_accepted(self) -> None:
        """Note that the current request is JSON-RPC, and that all checks have let it pass."""
        self.request_bytes.is_accepted = True

    def begin(self) -> None:
        """Note that the headers of a request have come."""
        self.is_waiting = self.is_idle = False
        self.deadline = math.inf

    def expect(self, seconds: float) -> None:
        """Give the client so long for what it must send next; meanwhile it may be closed to make room."""
        self.is_waiting = True
        self.deadline = self._now() + seconds

    async def pause(self, seconds: float) -> None:
        """Let a client that is refused wait, unless it goes; meanwhile it may be closed to make room."""
        self.is_waiting = self.is_refused = True
        self.deadline = self._now() + seconds + self._limits.header_timeout
        with anyio.move_on_after(seconds):
            await self._lost.wait()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send a reply in the time there is for it, then wait for the next request."""
        self.is_idle = False
        self.deadline = self._now() + self._limits.write_timeout
        result = await super().finish_response(request, resp, start_time)
        head = self.request_bytes.end(request, keeps_alive=bool(resp.keep_alive))
        if self._known is not None and head is not None:
            self._known.remember(*head)
        self._expect_request()
        return result

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the connection."""
        self.owner.forget(self)
        self._lost.set()
        if self.request_bytes.release():
            self.note_malformed("a body that broke off or is not HTTP")
        super().connection_lost(exc)

    def end(self) -> None:
        """Close the connection. What the client has not read is thrown away, as it would be kept for ever."""
        self._is_ended = True
        self.opening.cancel()
        if self._own_transport is not None and (self.unread or self._own_transport.is_closing()):
            self._own_transport.abort()
        self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the library's own signature
    ) -> web.StreamResponse:
        """Answer what is not HTTP, or a request that failed. The library would log what was sent, with its token."""
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the reply is sent already")
        if status == _BAD_REQUEST:
            self.note_malformed("not HTTP")
        else:
            self.log_exception(exc_info=exc)
        response = web.Response(status=status, text="not HTTP\n" if status == _BAD_REQUEST else "internal error\n")
        response.force_close()
        return response

    def note_malformed(self, kind: str) -> None:
        """Count a request that is not HTTP."""
        self._statistics.http_malformed += 1
        self._refusals.note(kind, self.address)

    def log_exception(self, *_args: Any, exc_info: BaseException | None = None, **_options: Any) -> None:
        """Log where a request failed, without the text of the error: it may repeat what was sent."""
        self._statistics.internal_errors += 1
        self._refusals.note(f"a request failed: {_place(exc_info)}", self.address)

    def _expect_request(self) -> None:
        self.is_waiting = self.is_idle = True
        self.deadline = self._now() + self._limits.idle_timeout

    def _expect_headers(self) -> None:
        self.is_idle = False
        self.deadline = self._now() + self._limits.header_timeout


def _place(error: BaseException | None) -> str:
    trace = None if error is None else error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return f"{type(error).__name__}{where}"
