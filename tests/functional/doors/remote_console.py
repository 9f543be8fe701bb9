"""Consoles of viewers over one engine, each with a terminal that a test reads and types into."""

import weakref
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

import anyio
import pyte

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.ports import Backend
from evtui.core.viewers.session_state import Role
from evtui.engine.engine import Engine
from evtui.serve.terminal.console_session import run_console
from evtui.serve.terminal.opening_turns import OpeningTurns
from evtui.serve.terminal.remote_terminal import RemoteTerminal, usable_size
from evtui.serve.terminal.sessions import Session, Sessions
from evtui.serve.terminal.viewer import Viewer
from evtui.serve.terminal.viewer_app import ConsoleSettings, ViewerApp
from evtui.serve.terminal.viewer_backend import ViewerBackend
from evtui.serve.terminal.viewer_settings import ViewersConfig
from tests.limits import HANG
from tests.paths import STYLES_DIR


class ViewersTerminal:
    """A terminal that understands what is painted; satisfies `FarEnd`."""

    def __init__(self, columns: int, lines: int) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.is_reading = True

    def write(self, data: bytes) -> None:
        self.written += data
        self._stream.feed(data)

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)


class RemoteConsole:
    """One viewer's console."""

    def __init__(self, columns: int = 120, lines: int = 40) -> None:
        self.seen = ViewersTerminal(columns, lines)
        self.terminal = RemoteTerminal(usable_size(columns, lines))
        self.terminal.attach(self.seen, self.terminal.size)
        self.app: weakref.ReferenceType[ViewerApp] | None = None
        self.session: Session | None = None
        self.status: int | None = None
        self.scope = anyio.CancelScope()
        self.over = anyio.Event()

    @property
    def running(self) -> ViewerApp | None:
        return None if self.app is None else self.app()

    async def until(self, ready: Callable[[], object]) -> None:
        with anyio.move_on_after(HANG):
            while not ready():  # noqa: ASYNC110 - a screen tells of no change
                await anyio.sleep(0.01)
        assert ready(), self.seen.text

    async def shows(self, text: str) -> None:
        await self.until(lambda: text in self.seen.text)

    async def shows_no(self, text: str) -> None:
        await self.until(lambda: text not in self.seen.text)

    def type(self, keys: bytes) -> None:
        assert self.session is not None
        self.session.typed()
        self.terminal.receive(keys)

    def resize(self, columns: int, lines: int) -> None:
        self.seen.screen.resize(lines, columns)
        self.terminal.resize(usable_size(columns, lines))


class Viewers:
    """An engine and its sessions."""

    def __init__(self, engine: Engine, tasks: anyio.abc.TaskGroup, limits: ViewersConfig) -> None:
        self.engine = engine
        self.sessions = Sessions(limits, REAL_CLOCKS)
        self._tasks = tasks
        self.opening = OpeningTurns()
        tasks.start_soon(self.sessions.run)

    async def open(
        self, role: Role = "viewer", *, size: tuple[int, int] = (120, 40), environment: Mapping[str, str] | None = None,
        name: str = "alice",
    ) -> RemoteConsole:  # fmt: skip
        """Open a console, and wait until it shows the engine."""
        console = self.begin(role, size=size, environment=environment, name=name)
        await console.shows("LIVE")
        return console

    def begin(
        self, role: Role = "viewer", *, size: tuple[int, int] = (120, 40), environment: Mapping[str, str] | None = None,
        name: str = "alice",
    ) -> RemoteConsole:  # fmt: skip
        """Begin to open a console."""
        console = RemoteConsole(*size)
        viewer = Viewer.named(name, role, "ssh", "192.0.2.1")
        self._tasks.start_soon(self._run, console, viewer, environment or {"TERM": "xterm-256color"})
        return console

    async def _run(self, console: RemoteConsole, viewer: Viewer, environment: Mapping[str, str]) -> None:
        read_only = viewer.role == "viewer"
        backend = EmbeddedBackend(self.engine, read_only=read_only, trusted=False, by=viewer.title)

        def make(backend: Backend) -> ViewerApp:
            app = ViewerApp(
                backend, console.terminal, ConsoleSettings(STYLES_DIR), REAL_CLOCKS, environment=environment,
                read_only=read_only,
            )  # fmt: skip
            console.app = weakref.ref(app)
            return app

        with self.sessions.opened_by(viewer) as session, console.scope:
            console.session = session
            console.status = await run_console(
                session, console.terminal, ViewerBackend(backend, viewer), make, REAL_CLOCKS, self.opening
            )
        console.over.set()


@asynccontextmanager
async def viewers(limits: ViewersConfig | None = None) -> AsyncGenerator[Viewers]:
    """Run an engine with the event E_MINE, for consoles that end with the block."""
    async with open_engine(events=["E_MINE"], mi={"listen": False}) as engine, anyio.create_task_group() as tasks:
        yield Viewers(engine, tasks, limits or ViewersConfig())
        tasks.cancel_scope.cancel()
