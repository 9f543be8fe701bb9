"""Queued transports: the cost of a raise and the latency at a healthy peer, beside faulty peers and without them."""

import asyncio
import json
import logging
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import AsyncExitStack, contextmanager

import anyio

from evtui.bootstrap.engine_setup import open_engine
from evtui.core.records import Settled
from evtui.core.values import Value
from evtui.engine.engine import Engine
from tests.benchmarks.pairs import say

RAISES = 2_000
ROUNDS = 15
MILLION = 1_000_000
PARAMS: dict[str, Value] = {"ip": "203.0.113.7", "count": 42, "reason": "test"}


def main() -> None:
    """Print the ratios and the bounds."""
    logging.disable(logging.WARNING)  # failed attempts at the faulty peers are expected
    with _peers() as ports:
        asyncio.run(_compare(ports))
        asyncio.run(_million(ports["refusing"]))


async def _compare(ports: Mapping[str, int]) -> None:
    """Compare three engines: the healthy peer alone, with three healthy ones, and with three faulty ones."""
    quick = ports["quick"]
    others = {
        "alone": [],
        "well": [ports["quick2"], ports["quick3"], ports["quick4"]],
        "sick": [ports["slow"], ports["silent"], ports["refusing"]],
    }
    costs: dict[str, list[float]] = {name: [] for name in others}
    delays: dict[str, list[float]] = {name: [] for name in others}
    settings = {"queue_count": 10_000_000, "reliable_mode": True}
    async with AsyncExitStack() as stack:
        engines: dict[str, Engine] = {}
        for name, more in others.items():
            engine = await stack.enter_async_context(open_engine(events=["E_T"], transports={"tcp": settings}))
            for port in (quick, *more):
                engine.subscribe("E_T", f"tcp:127.0.0.1:{port}")
            engines[name] = engine
            await _round(engine, quick)
        for _ in range(ROUNDS):
            for name, engine in engines.items():
                cost, delay = await _round(engine, quick)
                costs[name].append(cost)
                delays[name].append(delay)
    say("raise, 3 of 4 peers sick / all 4 healthy", _ratios(costs, "sick", "well"), "about 1", _micro(costs["sick"]))
    say("latency at the healthy one, same", _ratios(delays, "sick", "well"), "about 1", _micro(delays["sick"]))
    say("latency at the healthy one, 3 sick / alone", _ratios(delays, "sick", "alone"), "about 1")


def _ratios(figures: Mapping[str, list[float]], ours: str, theirs: str) -> list[float]:
    return sorted(our / their for our, their in zip(figures[ours], figures[theirs], strict=True))


def _micro(figures: list[float]) -> str:
    return f"{statistics.median(figures) * 1e6:.1f} us"


async def _round(engine: Engine, port: int) -> tuple[float, float]:
    """Raise in bursts of 20; return the median cost of a raise and the median latency at one peer."""
    watch, socket = engine.watch(), engine.parse(f"tcp:127.0.0.1:{port}").socket
    costs: list[float] = []
    ends: list[float] = []
    with anyio.fail_after(60):
        for _ in range(RAISES // 20):
            started = time.perf_counter()
            for _ in range(20):
                engine.raise_event("E_T", PARAMS)
            costs.append((time.perf_counter() - started) / 20)
            seen = 0
            while seen < 20:
                await watch.wait()
                for record in watch.read():
                    if isinstance(record, Settled) and record.socket == socket:
                        ends.append(record.latency)
                        seen += 1
    return statistics.median(costs), statistics.median(ends)


async def _million(port: int) -> None:
    """Raise a million events at a peer that refuses: memory stays, and each loss is counted."""
    async with open_engine(
        events=["E_T"], journal={"records": 10_000}, transports={"tcp": {"queue_count": 10_000}}
    ) as engine:
        engine.subscribe("E_T", f"tcp:127.0.0.1:{port}")
        started = time.perf_counter()
        sizes: list[int] = []
        for turn in range(MILLION):
            engine.raise_event("E_T", PARAMS)
            if turn % 1000 == 0:
                await anyio.lowlevel.checkpoint()
            if turn % 100_000 == 0:
                sizes.append(_resident())
        took = time.perf_counter() - started
        (state,) = engine.subscription_states()
    ends = sum(number or 0 for number in (state.queued, state.dropped, state.failed, state.sent))
    label = f"{MILLION:,} raises at a TCP peer that refuses"
    more = f"{MILLION / took:,.0f}/s, {state.queued:,} queued, {state.dropped:,} dropped"
    say(f"{label}: not accounted for", [MILLION - ends], "at most 0 notifications", more, unit="notifications")
    shown = f"MB by 100,000: {', '.join(map(str, sizes))}"
    say(f"{label}: growth after the first 100,000", [sizes[-1] - sizes[1]], "at most 10 MB", shown, unit="MB")


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a file of the kernel
        return int(file.read().split()[1]) * resource.getpagesize() // (1 << 20)


@contextmanager
def _peers() -> Generator[dict[str, int]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.peers.tcp_peers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()
