"""What subscribing, refreshing, expiring and listing cost from 100 to 1,000,000 subscriptions, and what they hold.

Each step of the ladder gives the processor time of one; the exponent is fitted: cost ~ subscriptions ** exponent, so 0
is a cost that does not grow. Memory is that of the process, with UDP subscriptions and with records of three pairs.
"""

import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.transports.datagram.transport import DatagramTransport
from tests.benchmarks.pairs import say
from tests.fakes.engine_fakes import FakeClock

STEPS: Final = (100, 1_000, 10_000, 100_000, 1_000_000)
MOST: Final = 2_000_000
MEMORY_OF: Final = 100_000
RECORDS: Final = 25_000
EVENTS: Final = 10
TURNS: Final = 1_000
ROUNDS: Final = 5
PAGE: Final = 4096
LIST: Final = "list, for each subscription"


def main() -> None:
    """Print the costs, the exponents and the memory."""
    costs: dict[str, list[list[float]]] = {}
    for count in STEPS:
        clock = FakeClock()
        engine = _filled(count, clock)
        for name, rounds in _costs(engine, clock).items():
            costs.setdefault(name, []).append(rounds)
        engine.close()
    for name, each in costs.items():
        _say_growth(name, each)
    say("memory of a UDP subscription", [_subscription()], "at most 1,000 bytes", unit="bytes")
    for subscribers in (0, 1):
        label = f"memory of a record of three pairs, {subscribers} subscribers"
        say(label, [_record(subscribers)], "at most 1,000 bytes", unit="bytes")


def _say_growth(name: str, costs: Sequence[Sequence[float]]) -> None:
    """Say the exponent of the least that each step took, and its range over the rounds."""
    least = [min(rounds) for rounds in costs]
    exponents = [_exponent(each) for each in zip(*costs, strict=True)]
    shown = ", ".join(f"{seconds * 1e6:.1f}" for seconds in least)
    limit = "no limit set" if name == LIST else "at most 0.1"
    say(f"{name}: exponent of its growth", [*exponents, _exponent(least)], limit, f"{shown} µs at {_shown_steps()}")


def _shown_steps() -> str:
    return " / ".join(f"{count:,}" for count in STEPS)


def _filled(count: int, clock: FakeClock) -> Engine:
    transports = [DatagramTransport()]
    catalogue, journal = Catalogue(static_events()), Journal()
    engine = Engine(catalogue, transports, journal, clock=clock, wall=clock, max_subscriptions=MOST)
    for number in range(EVENTS):
        engine.publish(f"E_{number}")
    for number in range(count):
        engine.subscribe(f"E_{number % EVENTS}", _other(number), 1_000_000 + number)
    return engine


def _other(number: int) -> str:
    return f"udp:10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}:9000"


def _costs(engine: Engine, clock: FakeClock) -> dict[str, list[float]]:
    """Return the processor seconds of one of each, in some rounds."""

    def subscribe_and_end() -> int:
        for turn in range(TURNS):
            engine.subscribe("E_1", f"udp:127.0.0.2:{1000 + turn % 50}", 60)
            engine.unsubscribe("E_1", f"udp:127.0.0.2:{1000 + turn % 50}")
        return TURNS

    def refresh() -> int:
        for turn in range(TURNS):
            engine.subscribe("E_1", _other(1 + turn % EVENTS * EVENTS), 1_000_000 + turn)
        return TURNS

    def expire() -> int:
        for turn in range(TURNS):
            engine.subscribe("E_1", f"udp:127.0.0.2:{1000 + turn % 50}", 1)
            clock.pass_by(0.02)
            engine.reap()
        return TURNS

    def walk() -> int:
        return sum(1 for _ in engine.walk_subscriptions())

    works = {"subscribe and unsubscribe": subscribe_and_end, "refresh": refresh, "subscribe and expire": expire,
             LIST: walk}  # fmt: skip
    return {name: [_one(work) for _ in range(ROUNDS)] for name, work in works.items()}


def _one(work: Callable[[], int]) -> float:
    began = time.process_time()
    number = work()
    return (time.process_time() - began) / number


def _exponent(costs: Sequence[float]) -> float:
    return statistics.linear_regression([math.log(count) for count in STEPS], [math.log(cost) for cost in costs]).slope


def _subscription() -> float:
    """Return the bytes of the process for each more, when the journal and the history are full."""
    engine = _filled(MEMORY_OF, FakeClock())
    before = _memory()
    for number in range(MEMORY_OF, 3 * MEMORY_OF):
        engine.subscribe(f"E_{number % EVENTS}", _other(number), 1_000_000 + number)
    grown = _memory() - before
    engine.close()
    return grown / (2 * MEMORY_OF)


def _record(subscribers: int) -> float:
    """Return the bytes of the process for each record of a raise of three pairs, in texts of their own."""
    engine = _filled(0, FakeClock())
    for number in range(subscribers):
        engine.subscribe("E_1", _other(number))
    before = _memory()
    for number in range(RECORDS):
        raised = f'{{"source_ip": "192.0.2.{number % 250}", "count": {number + 1000}, "reason": "too many {number}"}}'
        engine.raise_event("E_1", json.loads(raised))
    grown = _memory() - before
    engine.close()
    return grown / RECORDS


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
