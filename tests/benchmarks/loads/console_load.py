"""The program bench_console times: a console whose engine raises so many events a second, in the same loop.

`python -m tests.benchmarks.loads.console_load RATE SECONDS REPORT [filter|work|countdowns]`. The journal is full before
anything is measured. With `filter` the stream is filtered; with `work` a person searches, filters and scrolls. With
`countdowns` the journal is not filled, 50 subscriptions are on the screen, and the lag is looked at less often, which
would cost as much as they do. The raises come in slices of 10 ms from the same loop, to a real UDP socket; a slice
that is late is raised in parts, so that the loop's other work is not kept waiting by the load.

At the end the load stops, and what was raised is compared with what the console read or counted as not read.
"""

import asyncio
import socket
import sys
import time
from functools import partial
from pathlib import Path

import anyio
import msgspec
from msgspec import Struct

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.short_collections import ShortCollections
from evtui.engine.engine import Engine
from evtui.ui.app import EvtuiApp
from evtui.ui.state.console_state import ConsoleState
from evtui.ui.themes import styles
from tests.benchmarks.loads.console_calls import do_in
from tests.benchmarks.loads.lag_probe import TICK, Window, look_at_loop, resident

SLICE = 0.01
PART = 250
COUNTDOWNS = 50
SETTLE = 2.0
FILL = 5_000
CATCH_UP = 10.0
FILTER = "number=77 load"


class Told(Struct):
    """What the program reports."""

    windows: list[Window]
    grown: int
    """Bytes that the process grew while it was measured."""
    raised: int
    """From before the load until after it."""
    read: int
    """Of them, how many the console read."""
    unread: int
    """Of them, how many it counted as not read."""


async def main(rate: int, seconds: float, report: Path, mode: str) -> None:
    """Run the console under load and write what was measured."""
    ShortCollections(REAL_CLOCKS.processor).start()  # as `evtui` does
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        async with open_engine(events=["E_LOAD"]) as engine, anyio.create_task_group() as tasks:
            engine.subscribe("E_LOAD", f"udp:127.0.0.1:{receiver.getsockname()[1]}", expire=3600)
            for number in range(COUNTDOWNS if mode == "countdowns" else 0):
                engine.subscribe("E_LOAD", f"udp:127.0.0.1:{20_000 + number}", expire=1_000 + number)
            app = EvtuiApp(EmbeddedBackend(engine), wall=time.time, monotonic=time.monotonic, styles=styles())
            tasks.start_soon(_measure, app, Load(engine), rate, seconds, report, mode)
            await app.run_async()
            tasks.cancel_scope.cancel()


class Load:
    """Raises events; `used` is the processor time that raising and sending took, in seconds."""

    def __init__(self, engine: Engine) -> None:
        self.used = 0.0
        self.raised = 0
        self._engine = engine

    async def run(self, rate: int) -> None:
        """Raise so many a second until cancelled."""
        started, before = time.monotonic(), self.raised
        while True:
            while (due := before + int((time.monotonic() - started) * rate) - self.raised) > 0:
                self.raise_some(min(due, PART))
                await asyncio.sleep(0)
            await asyncio.sleep(SLICE)

    def raise_some(self, count: int) -> None:
        """Raise so many at once."""
        begun = time.thread_time()
        for number in range(self.raised, self.raised + count):
            self._engine.raise_event("E_LOAD", {"number": number, "ip": "192.0.2.1", "reason": "load"})
        self.raised += count
        self.used += time.thread_time() - begun

    async def fill(self) -> None:
        """Fill the journal, as fast as the console reads."""
        while not self._engine.journal.evicted:
            self.raise_some(FILL)
            await asyncio.sleep(0.1)


async def _measure(app: EvtuiApp, load: Load, rate: int, seconds: float, report: Path, mode: str) -> None:
    await asyncio.sleep(SETTLE)
    state = app.get_default_screen().state
    tick = await _prepare(app, load, mode)
    await caught_up(state)
    raised, (read, unread) = load.raised, _told(state)
    running = [asyncio.ensure_future(load.run(rate))]
    if mode == "work":
        running.append(asyncio.ensure_future(_work(app)))
    await asyncio.sleep(SETTLE)
    before = resident()
    windows = await look_at_loop(seconds, lambda: load.raised, lambda: load.used, tick=tick)
    grown = resident() - before
    for task in running:
        task.cancel()
    await caught_up(state)
    now_read, now_unread = _told(state)
    told = Told(windows, grown, load.raised - raised, now_read - read, now_unread - unread)
    report.write_bytes(msgspec.json.encode(told))
    app.exit(0)


async def _prepare(app: EvtuiApp, load: Load, mode: str) -> float:
    """Bring the console into the state that is measured; returns the seconds between two looks at the lag."""
    console = app.get_default_screen()
    if mode == "countdowns":
        for name in ("show_subscribers", "zoom"):
            await do_in(console, console.action_calls[name])
        return TICK * 20
    await load.fill()
    if mode == "filter":
        await do_in(console, partial(console.filtering.show_text, FILTER))
    return TICK


async def caught_up(state: ConsoleState) -> None:
    """Wait until the console reads nothing any more, while nothing is raised."""
    until = time.monotonic() + CATCH_UP
    told: tuple[int, int] | None = None
    while time.monotonic() < until:
        before, told = told, _told(state)
        if told == before:
            return
        await asyncio.sleep(0.5)


def _told(state: ConsoleState) -> tuple[int, int]:
    return state.raises, state.unread.lost + state.unread.skipped


async def _work(app: EvtuiApp) -> None:
    """Do what a person does in a full stream, one after the other, for ever."""
    console = app.get_default_screen()
    stream, filtering = console.panes.stream, console.filtering
    while True:
        for words in ("nothing has this", "number=77", "load", ""):
            await do_in(console, partial(filtering.show_text, words))
            await asyncio.sleep(2)
        await do_in(stream, partial(stream.show_matches, "nothing has this"))
        await do_in(stream, partial(stream.seek, -1, onward=True))
        await asyncio.sleep(2)
        await do_in(stream, partial(stream.show_matches, ""))
        await do_in(stream, stream.action_row_top)
        for _ in range(20):
            await do_in(stream, stream.action_row_page_down)
            await asyncio.sleep(0.05)
        await do_in(stream, stream.follow)
        await asyncio.sleep(0.3)


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), "".join(sys.argv[4:5]))
