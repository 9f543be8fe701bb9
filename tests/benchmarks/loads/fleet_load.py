"""The program bench_fleet times: a console on so many servers, and a timer that notes the lag of its loop.

`python -m tests.benchmarks.loads.fleet_load NUMBER SECONDS DIRECTORY REPORT`. The processor time is that of the
process.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import anyio
import msgspec
from msgspec import Struct

from evtui.backends.fleet.backend import FleetBackend
from evtui.bootstrap.fleet_setup import run_fleet
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.schema import Config
from evtui.core.short_collections import ShortCollections
from evtui.ui.app import EvtuiApp
from evtui.ui.themes import styles
from tests.benchmarks.loads.lag_probe import Window, look_at_loop, resident

SETTLE = 5.0


class ToldFleet(Struct):
    """What the program reports."""

    windows: list[Window]
    grown: int
    """Bytes that the process grew while it was measured."""
    lost: int
    """Records that the console lacks and knows of."""
    live: int
    """Servers that answer."""


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
    before = resident()
    windows = await look_at_loop(seconds, lambda: _received(fleet), lambda: 0.0)
    lost = app.get_default_screen().state.unread.lost
    told = ToldFleet(windows, resident() - before, lost, sum(server.light == "live" for server in fleet.servers))
    report.write_bytes(msgspec.json.encode(told))
    app.exit(0)


def _received(fleet: FleetBackend) -> int:
    return sum(server.received for server in fleet.servers)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])))
