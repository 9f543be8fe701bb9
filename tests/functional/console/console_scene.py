"""A console on a real engine: clocks that stand until they are moved, and a way to look at what is on the screen."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import anyio
from textual.pilot import Pilot
from textual.worker import Worker, WorkerCancelled

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.errors import BackendError
from evtui.core.ports import Status, Watch
from evtui.core.recording_port import Recordings
from evtui.core.script_port import ScriptView
from evtui.core.transport import Transport
from evtui.core.values import Subscription
from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.transports.datagram.transport import DatagramTransport
from evtui.ui.app import EvtuiApp
from evtui.ui.forms.raising.form_tools import RaiseFiles
from evtui.ui.panes import Pane
from evtui.ui.screens.console_memory import ChoiceStore
from evtui.ui.screens.console_screen import ConsoleScreen
from evtui.ui.screens.pane_screen import PaneScreen
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.painted_screen import text_of
from tests.limits import HANG
from tests.paths import STYLES_DIR

STYLES = STYLES_DIR
NO_FILE = Path("/nonexistent/filters.toml")
"""In place of the filters that the user of this host has saved."""


class Moody(EmbeddedBackend):
    """An embedded backend that can be away."""

    why: str | None = None
    answers: anyio.Event | None = None
    """Until it is set, no subscription is answered."""

    async def status(self) -> Status:
        self._check()
        return await super().status()

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        self._check()
        return await super().watch(events)

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        self._check()
        if self.answers is not None:
            await self.answers.wait()
        return await super().subscribe(event, socket, expire)

    def _check(self) -> None:
        if self.why is not None:
            raise BackendError(self.why)


class Scene:
    """An engine, its clocks, and the console over it."""

    def __init__(
        self, *, transport: Transport | None = None, read_only: bool = False, demo: bool = False,
        notices: Sequence[str] = (), theme: str | None = None, keys: Mapping[str, str] | None = None,
        files: Path | None = None, journal: Journal | None = None, script: ScriptView | None = None,
        recordings: Recordings | None = None,
        filters: Mapping[str, str] | None = None, saved_filters: Path | None = None,
        raise_files: RaiseFiles | None = None, choices: ChoiceStore | None = None,
    ) -> None:  # fmt: skip
        self.monotonic, self.wall = FakeClock(), FakeClock(1_790_000_000.0)
        self._transport = transport or DatagramTransport()
        self.engine = Engine(
            Catalogue(static_events()), [self._transport], journal or Journal(), clock=self.monotonic, wall=self.wall
        )
        self.engine.publish("E_MINE")
        self._backend = Moody(self.engine)
        self.app = EvtuiApp(
            self._backend, wall=self.wall, monotonic=self.monotonic, styles=STYLES,
            read_only=read_only, demo=demo, notices=notices, theme=theme, keys=keys, files=files, script=script,
            recordings=recordings,
            filters=filters, saved_filters=saved_filters or NO_FILE, choices=choices,
            raise_files=None if raise_files is None else lambda: raise_files,
        )  # fmt: skip

    @property
    def screen(self) -> ConsoleScreen:
        return self.app.get_default_screen()

    @asynccontextmanager
    async def running(self, width: int, height: int) -> AsyncGenerator[Pilot[int]]:
        """Run the console in a terminal of a size."""
        try:
            async with self.app.run_test(size=(width, height)) as pilot:
                await settle(self, pilot)
                yield pilot
        finally:
            self._transport.close()

    def refuse(self, why: str | None) -> None:
        """Let the backend be away for a reason, or be back."""
        self._backend.why = why

    def hold_changes(self) -> None:
        """Let the backend answer no subscription from now on."""
        self._backend.answers = anyio.Event()

    def pass_by(self, seconds: float) -> None:
        self.monotonic.pass_by(seconds)
        self.wall.pass_by(seconds)


async def settle(scene: Scene, pilot: Pilot[int], seconds: float = 0.0) -> None:
    """Let clock seconds pass, and the console take a look and hear the backend's answers."""
    scene.pass_by(seconds + 1.1)
    for _ in range(2):
        scene.screen.look()
        await work_done(scene, "poll", "watch", "change")
        await pilot.pause(0)
    await pilot.pause()


async def work_done(scene: Scene, *groups: str) -> None:
    """Wait until the workers of some groups, or all, are done."""
    workers = cast("list[Worker[None]]", list(scene.app.workers))
    for worker in workers:
        if not groups or worker.group in groups:
            with suppress(WorkerCancelled):
                await worker.wait()


async def comes(scene: Scene, pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Let the console go on until something holds."""
    with anyio.fail_after(HANG):
        await settle(scene, pilot)
        while not condition():
            await pilot.pause(0.01)
            await settle(scene, pilot)


def active(scene: Scene) -> Pane:
    """Name the active pane."""
    return scene.screen.active


def told(scene: Scene) -> str:
    """Return the toasts so far, and what the hint line of the screen in front tells now."""
    toasts = [notification.message for notification in scene.app._notifications]  # pyright: ignore[reportPrivateUsage]
    screen = scene.app.screen
    return "\n".join([*toasts, *([screen.told] if isinstance(screen, PaneScreen) and screen.told else [])])


def shown(scene: Scene) -> str:
    """Return the text on the screen, line by line."""
    return text_of(scene.app.screen)
