"""What the readers of the watch feed cost those who raise: the time in `raise_event`, with 0, 1 and 50 readers.

One engine raises 1,000 events a second to a UDP subscriber; its readers are in a process of their own. Rounds without
and with readers take turns. Of a round counts the median of its batches: a batch in which the kernel ran another
process says nothing of the engine.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.engine.engine import Engine
from evtui.serve.watch.unix_door import serve_unix_feed
from evtui.serve.watch.watch_feed import WatchFeed
from tests.benchmarks.engine.bench_raise import PARAMS, loaded_engine, receiver
from tests.benchmarks.pairs import say

READERS = {1: "at most 1.1", 50: "at most 1.1"}
ROUNDS = 11
SECONDS = 1.5
RATE = 1_000
AT_ONCE = 20
"""Raises in a row, as a busy client sends them."""

_READ = """
import selectors, socket, sys
found = selectors.DefaultSelector()
for _ in range(int(sys.argv[2])):
    each = socket.socket(socket.AF_UNIX)
    each.connect(sys.argv[1])
    each.send(b"\\n")
    each.recv(1 << 16)
    found.register(each, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in found.select():
        if not key.fileobj.recv(1 << 20):
            sys.exit()
"""


def main() -> None:
    """Print the ratios."""
    for readers, limit in READERS.items():
        anyio.run(_bench, readers, limit)


async def _bench(readers: int, limit: str) -> None:
    ratios, ours, busy = list[float](), 0.0, 0.0
    with receiver() as socket, tempfile.TemporaryDirectory(prefix="evtui-b-") as name:
        engine = loaded_engine([socket.getsockname()])
        path = Path(name) / "mi.watch"
        feed = WatchFeed(
            EmbeddedBackend(engine), engine.journal, REAL_CLOCKS, instance="bench", program="evtui", readers=100
        )
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(feed.run)
            await tasks.start(serve_unix_feed, feed, str(path))
            await _round(engine)
            for _ in range(ROUNDS):
                alone, _ = await _round(engine)
                async with _reading(path, readers, feed):
                    ours, busy = await _round(engine)
                ratios.append(ours / alone)
            tasks.cancel_scope.cancel()
        engine.close()
    more = f"{ours * 1e6:,.1f} µs a raise; the process is busy {busy:.0%}; lost {feed.statistics.lost:,}"
    say(f"raise at {RATE:,}/s, {readers} readers / none", sorted(ratios), limit, more)


async def _round(engine: Engine) -> tuple[float, float]:
    """Raise for a while; returns the seconds that a raise took, and the part of the time that the process was busy."""
    spent, raised = list[float](), 0
    begun, busy = time.perf_counter(), time.process_time()
    while (now := time.perf_counter()) < begun + SECONDS:
        for _ in range(AT_ONCE):
            engine.raise_event("E_BENCH", PARAMS)
        spent.append(time.perf_counter() - now)
        raised += AT_ONCE
        await anyio.sleep(max(0.0, begun + raised / RATE - time.perf_counter()))
    return statistics.median(spent) / AT_ONCE, (time.process_time() - busy) / (time.perf_counter() - begun)


@asynccontextmanager
async def _reading(path: Path, readers: int, feed: WatchFeed) -> AsyncGenerator[None]:
    """Have readers while the block runs."""
    command = [sys.executable, "-c", _READ, str(path), str(readers)]
    async with await anyio.open_process(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        await process.stdout.receive()
        yield
        process.kill()
    while feed.statistics.readers:  # noqa: ASYNC110 - counters have no event to wait for
        await anyio.sleep(0.01)
