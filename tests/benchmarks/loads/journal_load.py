"""The program bench_scrolling times: a console with a full journal in which a person scrolls and filters.

`python -m tests.benchmarks.loads.journal_load REPORT`. Nothing is raised meanwhile. A key goes the way of a key of the
terminal; it counts until the paint is with the driver that shows what the cursor moved to. Filters are set, and the
loop is looked at until they have looked at all records.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import msgspec
from msgspec import Struct
from textual import events

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.short_collections import ShortCollections
from evtui.ui.app import EvtuiApp
from evtui.ui.themes import styles
from tests.benchmarks.loads.console_calls import do_in
from tests.benchmarks.loads.console_load import SETTLE, Load, caught_up

KEYS: Final = "down", "pagedown", "up", "pageup", "home", "end"
PRESSES: Final = 30
FILTERS: Final = "number=77 load", "event~LOAD and ip=192.0.2.* and not outcome=failed", "nothing has this"
ROUNDS: Final = 7
STEP: Final = 0.001
PATIENCE: Final = 30.0


class Filtered(Struct):
    """What one round of a filter took, in seconds."""

    first: float
    """Until the first rows were painted."""
    all: float
    """Until it had looked at all records, and the last rows were painted."""
    pause: float
    """The longest that the loop kept a timer waiting meanwhile."""
    work: float
    """The most processor time that the loop used between two firings of it."""


class ToldJournal(Struct):
    """What the program reports."""

    records: int
    keys: dict[str, list[float]] = {}
    """By key, the seconds from it to the paint."""
    filters: dict[str, list[Filtered]] = {}


class TimedApp(EvtuiApp):
    """A console that notes when it painted last, and where the cursor of the stream was then."""

    painted = 0.0
    painted_cursor: object = None

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)  # pyright: ignore[reportUnknownMemberType]
        self.painted = time.monotonic()
        self.painted_cursor = self.stream_cursor()

    def stream_cursor(self) -> object:
        """Return where the cursor of the stream is."""
        console = self.get_default_screen()
        return console.panes.stream.cursor if console.is_mounted else None


async def main(report: Path) -> None:
    """Run the console and write what was measured."""
    ShortCollections(REAL_CLOCKS.processor).start()
    async with open_engine(events=["E_LOAD"]) as engine, anyio.create_task_group() as tasks:
        engine.subscribe("E_LOAD", "udp:127.0.0.1:9", expire=3600)
        app = TimedApp(EmbeddedBackend(engine), wall=time.time, monotonic=time.monotonic, styles=styles())
        tasks.start_soon(_measure, app, Load(engine), report)
        await app.run_async()
        tasks.cancel_scope.cancel()


async def _measure(app: TimedApp, load: Load, report: Path) -> None:
    await asyncio.sleep(SETTLE)
    console = app.get_default_screen()
    await load.fill()
    await caught_up(console.state)
    await do_in(console, partial(console.show_pane, "stream"))
    told = ToldJournal(len(console.state.stream.rows))
    for key in KEYS:
        await _press(app, "end" if key in {"up", "pageup", "home"} else "home")
        for _ in range(PRESSES):
            if key in {"home", "end"}:
                await _press(app, "end" if key == "home" else "home")
            told.keys.setdefault(key, []).append(await _press(app, key))
    await _press(app, "end")
    for _ in range(ROUNDS):
        for text in FILTERS:
            told.filters.setdefault(text, []).append(await _filter(app, text))
            await _filter(app, "")
    report.write_bytes(msgspec.json.encode(told))
    app.exit(0)


async def _press(app: TimedApp, key: str) -> float:
    """Press a key; returns the seconds until the stream was painted with the cursor elsewhere; none if it stays."""
    before, began = app.stream_cursor(), time.monotonic()
    app.post_message(events.Key(key, None))
    await _until(lambda: app.stream_cursor() != before, began + 0.5)
    if app.stream_cursor() != before:
        await _until(lambda: app.painted_cursor == app.stream_cursor(), began + PATIENCE)
    return app.painted - began


async def _filter(app: TimedApp, text: str) -> Filtered:
    """Set a filter and look at the loop until all is shown."""
    console = app.get_default_screen()
    stream, told = console.state.stream, Filtered(0.0, 0.0, 0.0, 0.0)
    worked, began = time.thread_time(), time.monotonic()
    await do_in(console, partial(console.filtering.show_text, text))
    asked = time.monotonic()
    told.pause, told.work = asked - began, time.thread_time() - worked
    while stream.progress is not None or app.painted < asked:
        if not told.first and app.painted >= asked:
            told.first = app.painted - began
        now, worked = time.monotonic(), time.thread_time()
        await asyncio.sleep(STEP)
        told.pause = max(told.pause, time.monotonic() - now - STEP)
        told.work = max(told.work, time.thread_time() - worked)
    ended = time.monotonic()
    await _until(lambda: app.painted >= ended, ended + 0.2)
    told.all = app.painted - began
    told.first = told.first or told.all
    return told


async def _until(is_so: Callable[[], bool], until: float) -> None:
    while not is_so() and time.monotonic() < until:  # noqa: ASYNC110 - a paint has no event to wait for
        await asyncio.sleep(STEP)


if __name__ == "__main__":
    anyio.run(main, Path(sys.argv[1]))
