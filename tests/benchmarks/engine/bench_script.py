"""A script that raises 100,000 events with three pairs, against the same raises by the engine called from Python.

One UDP subscriber, emptied between the rounds; the journal is full before the first one. The script runs in one
slice, so that its raises leave together. The loops are nested because a `while` ends after 10,000 turns, and the AVPs
are cleared each time, as a script has to.

Then an empty loop, one that calls a route, and one with conditions, against the same loops in Python.
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
from tests.benchmarks.engine.bench_raise import loaded_engine, receiver
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

LOOPS = f"""
max_while_loops = {RAISES}
route[EMPTY] {{ $var(i) = 0; while ($var(i) < {RAISES}) {{ $var(i) = $var(i) + 1; }} }}
route[CALLS] {{ $var(i) = 0; while ($var(i) < {RAISES}) {{ route(CALLED, $var(i)); $var(i) = $var(i) + 1; }} }}
route[CALLED] {{ $var(x) = $param(1); }}
route[CHOICES] {{
    $var(i) = 0; $var(k) = 0; $var(t) = "alice";
    while ($var(i) < {RAISES}) {{
        if ($var(k) > 3) {{ $var(k) = 0; }} else if ($var(t) == "Alice") {{ $var(k) = $var(k) + 1; }}
        $var(i) = $var(i) + 1;
    }}
}}
"""


def main() -> None:
    """Print the ratios."""
    _raises()
    for name, python, limit in (
        ("EMPTY", _empty_loop, "at most 8"), ("CALLS", _calls, "at most 50"), ("CHOICES", _choices, "at most 8"),
    ):  # fmt: skip
        _compare_loop(name, python, limit)


def _raises() -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(receiver())
        engine = loaded_engine([listener.getsockname()])
        stack.callback(engine.close)
        world = _World(engine)
        program = Program(parse(SCRIPT), world, world)

        def script() -> None:
            engine.held.begin()
            outcome = program.run("route")
            engine.held.end()
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


def _compare_loop(name: str, python: Callable[[], None], limit: str) -> None:
    with contextlib.ExitStack() as stack:
        engine = loaded_engine([])
        stack.callback(engine.close)
        world = _World(engine)
        program = Program(parse(LOOPS), world, world)

        def script() -> None:
            outcome = program.run("route", name)
            assert outcome.ended == "end", outcome

        pairs = compare(script, python, rounds=7)
        more = f"{pairs.ours / RAISES * 1e9:,.0f} ns a turn, Python's {pairs.theirs / RAISES * 1e9:,.0f} ns"
        say(f"a script's loop / Python's: {name}", pairs.ratios, limit, more)


def _empty_loop() -> None:
    i = 0
    while i < RAISES:
        i = i + 1


def _calls() -> None:
    i = 0
    while i < RAISES:
        _called(i)
        i = i + 1


def _called(value: int) -> int:
    return value


def _choices() -> None:
    i, k, text = 0, 0, "alice"
    while i < RAISES:
        if k > 3:
            k = 0
        elif text.lower() == "alice":
            k = k + 1
        i = i + 1


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
        self.engine.held.flush()

    def spawn(self, work: Callable[[], object]) -> None:
        work()

    def raise_event(self, name: str, params: Params, scope: Scope) -> int:
        self.raises += 1
        return -1 if self.engine.raise_event(name, params).failures else 1

    def raise_unread(self, name: str, params: Params, scope: Scope) -> int:
        if self.engine.held.take(name, params):
            self.raises += 1
            return 1
        return self.raise_event(name, params, scope)

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
