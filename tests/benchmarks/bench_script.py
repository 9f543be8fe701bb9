"""A script that raises 100,000 events with three pairs, against the same raises by the engine called from Python.

One UDP subscriber, emptied between the rounds; the journal is full before the first one. The loops are nested because a
`while` ends after 10,000 turns, and the AVPs are cleared each time, as a script has to.
"""

import contextlib
import socket
import time
from collections.abc import Callable

from evtui.core.values import Params, Value
from evtui.engine.engine import Engine
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.parse import parse
from evtui.script.syntax.tree import Route
from tests.benchmarks.bench_raise import loaded_engine, receiver
from tests.benchmarks.pairs import compare, say

RAISES = 100_000
TURNS = 10_000
SCRIPT = f"""
route {{
    $var(outer) = 0;
    while ($var(outer) < {RAISES // TURNS}) {{
        $var(inner) = 0;
        while ($var(inner) < {TURNS}) {{
            $avp(names) := NULL;
            $avp(values) := NULL;
            $avp(names) = "ip";
            $avp(values) = "192.0.2.1";
            $avp(names) = "count";
            $avp(values) = $var(inner);
            $avp(names) = "reason";
            $avp(values) = "too many requests";
            raise_event("E_BENCH", $avp(names), $avp(values));
            $var(inner) = $var(inner) + 1;
        }}
        $var(outer) = $var(outer) + 1;
    }}
}}
"""


def main() -> None:
    """Print the ratio."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(receiver())
        engine = loaded_engine([listener.getsockname()])
        stack.callback(engine.close)
        world = _World(engine)
        program = Program(parse(SCRIPT), world, world)

        def script() -> None:
            outcome = program.run("route")
            assert outcome.ended == "end", outcome

        def engine_loop() -> None:
            for count in range(RAISES):
                params: dict[str, Value] = {"ip": "192.0.2.1", "count": count, "reason": "too many requests"}
                engine.raise_event("E_BENCH", params)

        def empty() -> None:
            _empty(listener)

        pairs = compare(engine_loop, script, before=empty, rounds=5)
        assert world.raises >= RAISES
        more = f"{RAISES / pairs.theirs:,.0f} raises/s by script, {RAISES / pairs.ours:,.0f}/s by the engine alone"
        say("script raising / engine.raise_event", pairs.ratios, "at least 0.5", more)


def _empty(listener: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            listener.recv(2048)


class _World:
    """A host around an engine, as small as it can be."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.raises = 0

    def now(self) -> float:
        return time.time()

    def log(self, level: int, text: str, place: Place, route: Route | None) -> None:
        raise AssertionError(text)

    def statistic(self, name: str) -> int | None:
        return None

    def random(self) -> float:
        return 0.5

    def environment(self, name: str) -> str | None:
        return None

    def reply(self, code: int, reason: str, scope: Scope) -> int:
        return -1

    def pause(self, seconds: float = 0.0) -> None:
        """Others have nothing to do here."""

    def spawn(self, work: Callable[[], object]) -> None:
        work()

    def raise_event(self, name: str, params: Params, scope: Scope) -> int:
        self.raises += 1
        return -1 if self.engine.raise_event(name, params).failures else 1

    def refuse_raise(self, name: str, why: str) -> None:
        """Nothing records it here."""

    def has_subscribers(self, name: str) -> bool:
        return True

    def subscribe_event(self, event: str, socket: str, expire: int | None) -> int:
        return -1

    def wait(self, event: str, accept: Callable[[Params], bool], timeout: float | None) -> Params | None:
        return None

    def notify(
        self, event: str, accept: Callable[[Params], bool], timeout: float | None, handle: Callable[[Params], object]
    ) -> None:
        return None
