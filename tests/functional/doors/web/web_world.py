"""The browser door of an engine in this loop, and pages that speak its protocol without a browser."""

import gc
import json
import weakref
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import Any

import aiohttp
import anyio
import pyte

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.ports import Backend
from evtui.mi.listeners.http import serve_http
from evtui.serve.terminal.console_session import run_console
from evtui.serve.terminal.opening_turns import OpeningTurns
from evtui.serve.terminal.remote_terminal import RemoteTerminal
from evtui.serve.terminal.sessions import Session, Sessions
from evtui.serve.terminal.viewer_app import ConsoleSettings, ViewerApp
from evtui.serve.terminal.viewer_backend import ViewerBackend
from evtui.serve.terminal.viewer_settings import ViewersConfig
from evtui.serve.web.page_messages import PROTOCOL
from evtui.serve.web.start_web import open_web
from evtui.serve.web.web_settings import WebConfig
from tests.functional.mi.mi_world import World, free_port
from tests.limits import HANG
from tests.paths import STYLES_DIR

VIEWER_TOKEN = "for-viewers"
OPERATOR_TOKEN = "for-operators"

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class WebPage:
    """A page: it paints into a screen of its own, and says so unless it is told not to."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, size: tuple[int, int]) -> None:
        self.socket = socket
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.painted = 0
        self.said: list[dict[str, Any]] = []
        self.acknowledges = True

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    async def say(self, **message: object) -> None:
        await self.socket.send_str(json.dumps(message))

    async def type(self, keys: bytes) -> None:
        await self.socket.send_bytes(keys)

    async def hello(self, **who: str) -> dict[str, Any]:
        """Say who it is; returns the answer."""
        await self.say(**{"is": "hello"}, columns=self.screen.columns, lines=self.screen.lines, **who)
        await self.until(lambda: self.said)
        return self.said[-1]

    async def read(self) -> bool:
        """Take one message; returns whether there was one."""
        message = await self.socket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            self.said.append(json.loads(message.data))
        elif message.type is aiohttp.WSMsgType.BINARY:
            self.painted += len(message.data)
            self._stream.feed(message.data)
            if self.acknowledges:
                await self.say(**{"is": "ack"}, bytes=self.painted)
        else:
            return False
        return True

    async def until(self, ready: Callable[[], object]) -> None:
        with anyio.fail_after(HANG):
            while not ready():
                assert await self.read(), f"closed with {self.socket.close_code}: {self.said}"

    async def shows(self, text: str) -> None:
        await self.until(lambda: text in self.text)

    async def read_to_end(self) -> int | None:
        """Read until the door closes; returns the code of that."""
        with anyio.fail_after(HANG):
            while await self.read():
                pass
        return self.socket.close_code


class WebWorld:
    """An engine with the event E_MINE and its browser door."""

    def __init__(self, world: World, sessions: Sessions, port: int) -> None:
        self.engine = world.engine
        self.sessions = sessions
        self.port = port
        self.apps: list[weakref.ReferenceType[ViewerApp]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def apps_alive(self) -> int:
        gc.collect()
        return sum(app() is not None for app in self.apps)

    @asynccontextmanager
    async def page(
        self, *, size: tuple[int, int] = (120, 40), headers: Mapping[str, str] = NO_HEADERS, protocol: str = PROTOCOL
    ) -> AsyncGenerator[WebPage]:
        """Open the WebSocket; nothing is said yet."""
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(
                f"{self.url}terminal", protocols=(protocol,), headers=headers, autoclose=True, max_msg_size=0
            ) as socket,
        ):
            yield WebPage(socket, size)

    @asynccontextmanager
    async def console(self, token: str = VIEWER_TOKEN, *, size: tuple[int, int] = (120, 40)) -> AsyncGenerator[WebPage]:
        """Open a page with a console, and wait until it shows the engine."""
        async with self.page(size=size) as page:
            answer = await page.hello(token=token)
            assert answer["is"] == "welcome", answer
            await page.shows("LIVE")
            yield page

    async def until(self, ready: Callable[[], object]) -> None:
        with anyio.fail_after(HANG):
            while not ready():  # noqa: ASYNC110 - counters tell of no change
                await anyio.sleep(0.01)

    async def run(self, session: Session, terminal: RemoteTerminal, environment: Mapping[str, str]) -> None:
        read_only = session.viewer.role == "viewer"
        backend = EmbeddedBackend(self.engine, read_only=read_only, trusted=False)

        def make(backend: Backend) -> ViewerApp:
            app = ViewerApp(
                backend, terminal, ConsoleSettings(STYLES_DIR), REAL_CLOCKS, environment=environment,
                read_only=read_only,
            )  # fmt: skip
            self.apps.append(weakref.ref(app))
            return app

        await run_console(session, terminal, ViewerBackend(backend, session.viewer), make, REAL_CLOCKS, OpeningTurns())


@asynccontextmanager
async def web_world(*, grace: float = 30.0, limits: ViewersConfig | None = None) -> AsyncGenerator[WebWorld]:
    """Serve the page of an engine while the block runs."""
    world = World(["E_MINE"])
    try:
        async with anyio.create_task_group() as tasks:
            sessions = Sessions(limits or ViewersConfig(), REAL_CLOCKS)
            tasks.start_soon(sessions.run)
            started = WebWorld(world, sessions, free_port())
            settings = WebConfig(f"127.0.0.1:{started.port}", VIEWER_TOKEN, OPERATOR_TOKEN, grace=grace)
            serve = partial(serve_http, world.dispatcher)
            await open_web(settings, serve, sessions, started.run, REAL_CLOCKS, tasks)
            yield started
            started.sessions.end_all("evtui stops")
            await started.until(lambda: not started.sessions)
            tasks.cancel_scope.cancel()
    finally:
        world.close()
