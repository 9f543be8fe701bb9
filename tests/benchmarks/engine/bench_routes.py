"""A raise to an event_route of a script against a signal of `blinker` with one receiver that is a Python function.

Both take one of the three parameters out and keep it. The route runs in place (`sync`) or from its outbox after the
raise, in a task of the event loop. A raise writes records, counts and can be listed; a signal only calls.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import blinker

from evtui.config.script_settings import ScriptConfig
from evtui.core.clocks import Clocks
from evtui.core.values import Value
from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.scripting.script_runtime import ScriptRuntime
from evtui.transports.route.transport import RouteTransport
from tests.benchmarks.engine.bench_raise import JOURNAL, PARAMS
from tests.benchmarks.pairs import pairs_of, say

SCRIPT = """
event_route[E_SYNC, sync] { $var(sync) = $param(ip); }
event_route[E_ASYNC] { $var(async) = $param(ip); }
"""
RAISES = 10_000
AT_ONCE = 500
"""Raises before the event loop has its turn."""
ROUNDS = 9
CLOCKS = Clocks(monotonic=time.monotonic, wall=time.time, processor=time.thread_time, sleep=anyio.sleep)


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory(prefix="evtui-bench-") as folder:
        script = Path(folder) / "routes.cfg"
        script.write_text(SCRIPT, encoding="utf-8")
        anyio.run(_bench, script)


async def _bench(script: Path) -> None:
    transport = RouteTransport()
    journal = Journal(max_records=JOURNAL)
    engine = Engine(Catalogue(static_events()), [transport], journal, clock=time.monotonic, wall=time.time)
    for name in ("E_NOBODY", "E_SYNC", "E_ASYNC"):
        engine.publish(name)
    for _ in range(JOURNAL):
        engine.raise_event("E_NOBODY", PARAMS)
    with contextlib.closing(engine):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(engine.run)
            runtime = ScriptRuntime(ScriptConfig(files=(str(script),)), engine, transport, tasks, CLOCKS)
            await runtime.load()
            await _compare(engine, "E_SYNC", "in place")
            await _compare(engine, "E_ASYNC", "from its outbox")
            assert runtime.program is not None
            kept = runtime.program.state.cells
            assert (kept["sync"], kept["async"]) == ([PARAMS["ip"]], [PARAMS["ip"]])
            tasks.cancel_scope.cancel()


async def _compare(engine: Engine, event: str, how: str) -> None:
    send = _make_signal()
    pairs: list[tuple[float, float]] = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        for _ in range(RAISES // AT_ONCE):
            for _ in range(AT_ONCE):
                engine.raise_event(event, PARAMS)
            while engine.totals().queued:
                await anyio.lowlevel.checkpoint()
        ours = time.process_time() - began
        began = time.process_time()
        for _ in range(RAISES):
            send()
        pairs.append((time.process_time() - began, ours))
    found = pairs_of(pairs[1:])
    more = f"{found.theirs / RAISES * 1e6:.1f} us; blinker {found.ours / RAISES * 1e6:.1f} us"
    say(f"route delivery, {how} / blinker", found.ratios, "at least 1.0", more)


def _make_signal() -> Callable[[], object]:
    signal = blinker.Signal()
    kept: dict[str, Value] = {}
    given: dict[str, Any] = dict(PARAMS)

    def receive(_sender: object, ip: Value, count: Value, reason: Value) -> None:
        kept["ip"] = ip

    signal.connect(receive, weak=False)
    return lambda: signal.send("E_ROUTE", **given)
