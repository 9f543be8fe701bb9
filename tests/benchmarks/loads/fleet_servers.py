"""The servers that bench_fleet watches: `python -m tests.benchmarks.loads.fleet_servers NUMBER RATE DIRECTORY`.

Each is what `evtui serve` runs, with a socket of its own in the directory; all share one process, which is not
measured. It prints `ready`, raises so many events a second at each, and ends when its standard input does.
"""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

import anyio

from evtui.bootstrap.engine_setup import running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.core.values import Params
from evtui.engine.engine import Engine
from evtui.scripting.program_config import read_config

SLICE = 0.05


async def main(number: int, rate: int, directory: Path) -> None:
    """Serve and raise until standard input ends."""
    async with AsyncExitStack() as stack:
        engines: list[Engine] = []
        for place in range(number):
            home = directory / f"s{place}"
            home.mkdir()
            config = home / "evtui.toml"
            config.write_text(f'events = ["E_LOAD"]\n[mi]\ndatagram = ["unix:{home}/mi.sock"]\n')
            loaded = read_config(config, {}, ())
            running = await stack.enter_async_context(running_engine(loaded, ListenAddresses.chosen(loaded.config)))
            running.engine.subscribe("E_LOAD", "udp:127.0.0.1:9", expire=3600)
            engines.append(running.engine)
        print("ready", flush=True)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_raise, engines, rate)
            await anyio.to_thread.run_sync(sys.stdin.read)
            tasks.cancel_scope.cancel()


async def _raise(engines: list[Engine], rate: int) -> None:
    started, raised = time.monotonic(), 0
    while True:
        await anyio.sleep(SLICE)
        due = int((time.monotonic() - started) * rate)
        for number in range(raised, due):
            for engine in engines:
                engine.raise_event("E_LOAD", Params((number, "sip:alice@example.com"), ("n", "caller")))
        raised = max(raised, due)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
