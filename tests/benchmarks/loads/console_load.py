"""The program bench_console times: a console whose engine raises so many events a second, and a timer that notes lag.

`python -m tests.benchmarks.loads.console_load RATE SECONDS REPORT [filter|work]`. With `filter` the journal is full and
the stream is filtered; with `work` it is full, too, and a person searches, filters and scrolls. With `countdowns` 50
subscriptions are on the screen, and the lag is looked at less often, which would cost as much as they do. The raises
come in slices of 10 ms from the same loop, to a real UDP socket. The lag is how late a 5 ms timer of that loop fires;
the work is the processor time that the loop used meanwhile, which says the same on a machine that others use, too.
"""

import asyncio
import json
import os
import socket
import sys
import time
from pathlib import Path

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.short_collections import ShortCollections
from evtui.engine.engine import Engine
from evtui.ui.app import EvtuiApp
from evtui.ui.themes import styles

SLICE = 0.01
TICK = 0.005
COUNTDOWNS = 50
SETTLE = 2.0


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
            load = Load(engine, rate)
            tasks.start_soon(load.run)
            tasks.start_soon(_probe, app, engine, load, seconds, report, mode)
            await app.run_async()
            tasks.cancel_scope.cancel()


class Load:
    """Raises so many events a second; `used` is the processor time that raising and sending took, in seconds."""

    def __init__(self, engine: Engine, rate: int) -> None:
        self.used = 0.0
        self._engine, self._rate = engine, rate

    async def run(self) -> None:
        """Raise until cancelled."""
        started, raised = time.monotonic(), 0
        while True:
            begun = time.thread_time()
            due = int((time.monotonic() - started) * self._rate)
            for number in range(raised, due):
                self._engine.raise_event("E_LOAD", {"number": number, "ip": "192.0.2.1", "reason": "load"})
            raised = due
            self.used += time.thread_time() - begun
            await asyncio.sleep(SLICE)


async def _fill(engine: Engine) -> None:
    """Fill the journal, as fast as the console reads."""
    while not engine.journal.evicted:
        for number in range(1_000):
            engine.raise_event("E_LOAD", {"number": number, "ip": "192.0.2.1", "reason": "load"})
        await asyncio.sleep(0.1)


async def _work(app: EvtuiApp) -> None:
    """Do what a person does in a full stream, one after the other, for ever."""
    console = app.get_default_screen()
    stream, filtering = console.panes.stream, console.filtering
    while True:
        for words in ("nothing has this", "number=77", "load", ""):
            filtering.show_text(words)
            await asyncio.sleep(2)
        stream.show_matches("nothing has this")
        stream.seek(-1, onward=True)
        await asyncio.sleep(2)
        stream.show_matches("")
        stream.action_row_top()
        for _ in range(20):
            stream.action_row_page_down()
            await asyncio.sleep(0.05)
        stream.follow()
        await asyncio.sleep(0.3)


def _resident() -> int:
    with Path("/proc/self/statm").open(encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _probe(app: EvtuiApp, engine: Engine, load: Load, seconds: float, report: Path, mode: str) -> None:
    await asyncio.sleep(SETTLE)
    tick = TICK
    if mode == "countdowns":
        tick *= 20
        for name in ("show_subscribers", "zoom"):
            app.get_default_screen().action_calls[name]()
        await asyncio.sleep(SETTLE)
    elif mode:
        await _fill(engine)
        await asyncio.sleep(SETTLE)
    worker = asyncio.ensure_future(_work(app)) if mode == "work" else None
    if mode == "filter":
        app.get_default_screen().filtering.show_text("number=77 load")
        await asyncio.sleep(SETTLE)
    resident = _resident()
    lags: list[float] = []
    works: list[float] = []
    before, cpu, until = _raised(engine), time.process_time(), time.monotonic() + seconds
    raising = load.used
    while (now := time.monotonic()) < until:
        worked = time.thread_time()
        await asyncio.sleep(tick)
        lags.append(time.monotonic() - now - tick)
        works.append(time.thread_time() - worked)
    used, raising = (time.process_time() - cpu) / seconds, (load.used - raising) / seconds
    if worker is not None:
        worker.cancel()
    measured = {
        "lags": lags,
        "works": works,
        "rate": (_raised(engine) - before) / seconds,
        "cpu": used,
        "raising": raising,
    }
    report.write_text(json.dumps(measured | {"grown": _resident() - resident}))
    app.exit(0)


def _raised(engine: Engine) -> int:
    return sum(state.raised or 0 for state in engine.event_states())


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), "".join(sys.argv[4:5]))
