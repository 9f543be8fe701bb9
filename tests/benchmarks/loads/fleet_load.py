"""The program bench_fleet times: a console on so many servers, and a timer that notes the lag of its loop.

`python -m tests.benchmarks.loads.fleet_load NUMBER SECONDS DIRECTORY REPORT`. The processor time is that of the
process.
"""

import asyncio
import json
import os
import resource
import sys
import time
from pathlib import Path

import anyio

from evtui.backends.fleet.backend import FleetBackend
from evtui.bootstrap.fleet_setup import run_fleet
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.schema import Config
from evtui.core.short_collections import ShortCollections
from evtui.ui.app import EvtuiApp
from evtui.ui.themes import styles

TICK = 0.005
SETTLE = 5.0


async def main(number: int, seconds: float, directory: Path, report: Path) -> None:
    """Run the console on the fleet and write what was measured."""
    ShortCollections(REAL_CLOCKS.processor).start()  # as `evtui` does
    servers = [f"s{place}=unix:{directory}/s{place}/mi.sock" for place in range(number)]
    async with run_fleet(servers, Config(), os.environ) as fleet, anyio.create_task_group() as tasks:
        app = EvtuiApp(fleet, wall=time.time, monotonic=time.monotonic, styles=styles())
        tasks.start_soon(_probe, app, fleet, seconds, report)
        await app.run_async()
        tasks.cancel_scope.cancel()


async def _probe(app: EvtuiApp, fleet: FleetBackend, seconds: float, report: Path) -> None:
    await asyncio.sleep(SETTLE)
    lags: list[float] = []
    works: list[float] = []
    received, used, grown = _received(fleet), time.process_time(), _memory()
    began = time.monotonic()
    while (now := time.monotonic()) - began < seconds:
        worked = time.thread_time()
        await asyncio.sleep(TICK)
        works.append(time.thread_time() - worked)
        lags.append(time.monotonic() - now - TICK)
    took = time.monotonic() - began
    screen = app.get_default_screen()
    report.write_text(
        json.dumps(
            {
                "lags": lags,
                "works": works,
                "rate": (_received(fleet) - received) / took,
                "cpu": (time.process_time() - used) / took,
                "grown": _memory() - grown,
                "lost": screen.state.unread.lost,
                "live": sum(server.light == "live" for server in fleet.servers),
            }
        )
    )
    app.exit(0)


def _received(fleet: FleetBackend) -> int:
    return sum(server.received for server in fleet.servers)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])))
