"""A server that raises by itself: `python -m tests.functional.watch.flooding_server DIRECTORY PORT RATE RECORDS`.

It is what `evtui serve` runs, with a journal of so many records. It raises so many events a second, as far as it has
the processor for them, and prints `ready`.
"""

import asyncio
import sys
import time
from pathlib import Path

from evtui.bootstrap.engine_setup import running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.core.values import Params
from evtui.scripting.program_config import read_config

SLICE = 0.02
MOST = 500
"""Raises of one slice: a process that was stopped does not catch up."""


async def main(directory: Path, port: int, rate: int, records: int) -> None:
    """Serve and raise until killed."""
    config = directory / "evtui.toml"
    listening = f'[mi]\nhttp = "127.0.0.1:{port}"\ndatagram = ["unix:{directory}/mi.sock"]\n'
    config.write_text(f'static_events = false\nevents = ["E_FLOOD"]\n[journal]\nrecords = {records}\n{listening}')
    loaded = read_config(config, {}, ())
    async with running_engine(loaded, ListenAddresses.chosen(loaded.config)) as running:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        raised, due, last = 0, 0.0, time.monotonic()
        while True:
            await asyncio.sleep(SLICE)
            now = time.monotonic()
            due, last = due + min(MOST, (now - last) * rate), now
            while raised < due:
                running.engine.raise_event("E_FLOOD", Params((raised,), ("n",)))
                raised += 1


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *map(int, sys.argv[2:5])))
