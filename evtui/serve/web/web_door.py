"""The WebSocket of the browser door: lets pages in, and joins each with its console."""

from contextlib import suppress
from typing import Final

import anyio
import anyio.lowlevel
from aiohttp import WSCloseCode, WSMsgType, web

from evtui.core.errors import BadMessageError
from evtui.mi.listeners.http_connection import HttpConnection
from evtui.serve.terminal.remote_terminal import usable_size
from evtui.serve.terminal.sessions import Sessions
from evtui.serve.terminal.viewer import SessionRefusedError, Viewer
from evtui.serve.web.browser_end import BrowserEnd
from evtui.serve.web.kept_consoles import KeptConsole, KeptConsoles
from evtui.serve.web.page_messages import (
    MOST_MESSAGE,
    PROTOCOL,
    Ack,
    End,
    Hello,
    PageRefused,
    Size,
    Welcome,
    parse_message,
    write_message,
)
from evtui.serve.web.web_tokens import TokenRoles

_MESSAGES_AT_ONCE: Final = 32
"""Messages of a page that are taken before others get their turn."""


class WebDoor:
    """Serves the WebSockets that the HTTP listener has let in."""

    def __init__(self, roles: TokenRoles, sessions: Sessions, consoles: KeptConsoles) -> None:
        self._roles = roles
        self._sessions = sessions
        self._consoles = consoles

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve a page until it goes, or its session is over."""
        connection, limits = request.protocol, self._sessions.limits
        assert isinstance(connection, HttpConnection)
        if not _is_socket(request):
            return web.Response(status=426, text=f"open a WebSocket with the subprotocol {PROTOCOL}\n")
        connection.expect(limits.login_timeout)
        socket = web.WebSocketResponse(
            protocols=(PROTOCOL,), max_msg_size=MOST_MESSAGE, heartbeat=limits.keepalive, compress=False, timeout=2.0
        )
        await socket.prepare(request)
        try:
            await self._serve(socket, connection)
        except BadMessageError as error:
            self._sessions.refuse("message", f"a page of {connection.address}", str(error))
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
        except (ConnectionError, RuntimeError):
            pass  # the page has gone
        return socket

    async def _serve(self, socket: web.WebSocketResponse, connection: HttpConnection) -> None:
        hello = await self._hello(socket, connection)
        if hello is None:
            return
        try:
            kept = await self._console_for(hello, connection)
        except SessionRefusedError as error:
            refused = _refused(error)
            await socket.send_str(write_message(refused))
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
            return
        connection.begin()
        await self._join(socket, hello, kept)

    async def _hello(self, socket: web.WebSocketResponse, connection: HttpConnection) -> Hello | None:
        """Wait for the first message; the HTTP listener closes the connection of a page that sends none in time."""
        message = await socket.receive()
        if message.type is WSMsgType.TEXT:
            hello = parse_message(message.data)
            if isinstance(hello, Hello):
                return hello
        if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            raise BadMessageError("a page that does not say who it is")
        if message.type is WSMsgType.ERROR:
            self._sessions.refuse("message", f"a page of {connection.address}", "no first message that can be read")
        return None

    async def _console_for(self, hello: Hello, connection: HttpConnection) -> KeptConsole:
        """Find or begin a console. raises SessionRefusedError: a wrong token, a session that is over, or no room."""
        if hello.resume:
            kept = self._consoles.find(hello.resume)
            if kept is not None:
                return kept
            # Usual after a restart: counted as a wrong token only to slow down one who guesses.
            await self._pause(connection)
            raise SessionRefusedError("resume", "that session is over")
        role = self._roles.role_of(hello.token)
        if role is None:
            self._sessions.refuse("token", f"a page of {connection.address}", "a wrong token")
            await self._pause(connection)
            raise SessionRefusedError("token", "the token is wrong")
        size = usable_size(hello.columns, hello.lines)
        return await self._consoles.open(Viewer.named(role, role, "web", connection.address), size)

    async def _pause(self, connection: HttpConnection) -> None:
        if pause := self._roles.pause(connection.address):
            await connection.pause(pause)

    async def _join(self, socket: web.WebSocketResponse, hello: Hello, kept: KeptConsole) -> None:
        """Join a page with a console until one of them goes."""
        end = BrowserEnd(socket, kept.terminal)
        is_again = bool(hello.resume)
        welcome = Welcome(kept.resume, kept.viewer.role, self._consoles.grace, is_again)
        await socket.send_str(write_message(welcome))
        replaced = kept.attach(end, usable_size(hello.columns, hello.lines))
        try:
            async with anyio.create_task_group() as tasks:

                async def receive() -> None:
                    await self._receive(socket, kept, end)
                    tasks.cancel_scope.cancel()

                async def cancel_when(event: anyio.Event) -> None:
                    await event.wait()
                    tasks.cancel_scope.cancel()

                tasks.start_soon(receive)
                tasks.start_soon(_until_gone, end)
                tasks.start_soon(end.pass_sizes)
                tasks.start_soon(cancel_when, kept.over)
                tasks.start_soon(cancel_when, replaced)
        finally:
            self._consoles.lose(kept, end)
        if kept.over.is_set() or replaced.is_set():
            why = kept.why_over if kept.over.is_set() else "another page shows this session now"
            await end.send_rest(write_message(End(why)))
            await socket.close()

    async def _receive(self, socket: web.WebSocketResponse, kept: KeptConsole, end: BrowserEnd) -> None:
        """Take what a page sends, until it goes. raises BadMessageError."""
        taken = 0
        async for message in socket:
            taken += 1
            if message.type is WSMsgType.BINARY:
                if kept.session is not None:
                    kept.session.typed()
                kept.terminal.receive(message.data)
                await end.until_read()
            elif message.type is WSMsgType.TEXT:
                _take(parse_message(message.data), end)
            else:
                break
            if taken % _MESSAGES_AT_ONCE == 0:
                await anyio.lowlevel.checkpoint()


def _take(message: Hello | Size | Ack, end: BrowserEnd) -> None:
    match message:
        case Size(columns, lines):
            end.resize(usable_size(columns, lines))
        case Ack(painted):
            end.acknowledge(painted)
        case Hello():
            raise BadMessageError("a page that says twice who it is")


async def _until_gone(end: BrowserEnd) -> None:
    with suppress(ConnectionError, RuntimeError):  # `_receive` sees it too
        await end.send()


def _is_socket(request: web.Request) -> bool:
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    return request.headers.get("Upgrade", "").lower() == "websocket" and PROTOCOL in [
        each.strip() for each in offered.split(",")
    ]


def _refused(error: SessionRefusedError) -> PageRefused:
    match error.cause:
        case "token" | "resume" as cause:
            return PageRefused(cause, str(error))
        case _:
            return PageRefused("sessions", str(error))
