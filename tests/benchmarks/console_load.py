"""The program bench_console times: a console whose engine raises so many events a second, and a timer that notes lag.

`python -m tests.benchmarks.console_load RATE SECONDS REPORT`. The raises come in slices of 10 ms from the same loop, to
a real UDP socket; the lag is how late a 5 ms timer of that loop fires.
"""

import asyncio
import json
import socket
import sys
import time
from pathlib import Path

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.console import styles
from evtui.bootstrap.engine_setup import open_engine
from evtui.engine.engine import Engine
from evtui.ui.app import EvtuiApp

SLICE = 0.01
TICK = 0.005
SETTLE = 2.0


async def main(rate: int, seconds: float, report: Path) -> None:
    """Run the console under load and write what was measured."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        async with open_engine(events=["E_LOAD"]) as engine, anyio.create_task_group() as tasks:
            engine.subscribe("E_LOAD", f"udp:127.0.0.1:{receiver.getsockname()[1]}", expire=3600)
            app = EvtuiApp(EmbeddedBackend(engine), wall=time.time, monotonic=time.monotonic, styles=styles())
            tasks.start_soon(_load, engine, rate)
            tasks.start_soon(_probe, app, engine, seconds, report)
            await app.run_async()
            tasks.cancel_scope.cancel()


async def _load(engine: Engine, rate: int) -> None:
    started, raised = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - started) * rate)
        for number in range(raised, due):
            engine.raise_event("E_LOAD", {"number": number, "ip": "192.0.2.1", "reason": "load"})
        raised = due
        await asyncio.sleep(SLICE)


async def _probe(app: EvtuiApp, engine: Engine, seconds: float, report: Path) -> None:
    await asyncio.sleep(SETTLE)
    lags: list[float] = []
    before, cpu, until = _raised(engine), time.process_time(), time.monotonic() + seconds
    while (now := time.monotonic()) < until:
        await asyncio.sleep(TICK)
        lags.append(time.monotonic() - now - TICK)
    used = (time.process_time() - cpu) / seconds
    report.write_text(json.dumps({"lags": lags, "rate": (_raised(engine) - before) / seconds, "cpu": used}))
    app.exit(0)


def _raised(engine: Engine) -> int:
    return sum(state.raised or 0 for state in engine.event_states())


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
