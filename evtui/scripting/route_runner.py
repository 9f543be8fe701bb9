"""The routes of a script as they run: counted, in greenlets, in place or after the raise, on time."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeVar

import anyio
from msgspec import Struct

from evtui.core.script_port import RouteState, ScriptPlace
from evtui.core.transport import Handler, Notification, OutboxPolicy, Queued, Settle
from evtui.core.values import Params
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_state import CompiledRoute, RunOutcome
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import Route
from evtui.scripting.greenlets import GreenletRunner
from evtui.scripting.script_events import ScriptEvents, Spawn

POLICY: Final = OutboxPolicy(timeout=None, retries=0)
"""Of what waits for an async event route: in order, once; a run has limits of its own."""

_WINDOW: Final = 64

_Result = TypeVar("_Result")


class RouteStatistics(Struct):
    """What is counted of one route."""

    runs: int = 0
    last_at: float | None = None
    last_took: float | None = None
    total_took: float = 0.0
    errors: int = 0
    last_error: str | None = None
    error_place: ScriptPlace | None = None


RouteKey = tuple[str, str | None, int]
"""Kind, name, and which of those that share both."""


class RouteRunner:
    """The routes of the program that runs now; the counters outlive it."""

    def __init__(self, runs: GreenletRunner, events: ScriptEvents, spawn: Spawn) -> None:
        """`spawn` runs work beside whoever raised an event."""
        self._runs = runs
        self._spawn = spawn
        self._events = events
        self._program: Program | None = None
        self._keys: dict[int, RouteKey] = {}
        self._statistics_by_key: dict[RouteKey, RouteStatistics] = {}
        self.takers: dict[str, Handler | Queued] = {}
        """What takes the notifications of `route:` sockets, by the name of the event."""

    def use(self, program: Program) -> tuple[set[str], set[str]]:
        """Run the routes of this program from now on; returns the names of event routes that came and that went.

        One that runs in another way than before has gone and come.
        """
        before = self.takers.copy()
        self._program = program
        program.state.run_hook, program.state.call_hook = self._count, self._meter
        keys: dict[int, RouteKey] = {}
        seen = Counter[tuple[str, str | None]]()
        for compiled in program.routes:
            kind, name = compiled.route.kind, compiled.route.name
            keys[id(compiled)] = keys[id(compiled.route)] = kind, name, seen[kind, name]
            seen[kind, name] += 1
        self._keys = keys
        kept = set(keys.values())
        self._statistics_by_key = {
            key: statistics for key, statistics in self._statistics_by_key.items() if key in kept
        }
        names = {name for kind, name, _ in kept if kind == "event_route" and name is not None}
        self._events.shares = any(self._with_mode(name, sync=True) for name in names)
        self.takers.clear()
        for name in names:
            self.takers[name] = self._taker(name, before.get(name))
        return (
            {name for name in names if self.takers[name] is not before.get(name)},
            {name for name in before if self.takers.get(name) is not before[name]},
        )

    def states(self) -> tuple[RouteState, ...]:
        """Describe the routes with their counters, in the order of the files."""
        return () if self._program is None else tuple(map(self._state, self._program.routes))

    def find(self, kind: str, name: str | None) -> Sequence[CompiledRoute]:
        """Return the routes of a kind and a name."""
        if self._program is None:
            return ()
        return [item for item in self._program.routes if (item.route.kind, item.route.name) == (kind, name)]

    def at(self, state: RouteState) -> CompiledRoute | None:
        """Find the route that a state describes; None when there is none any more."""
        found = [item for item in self.find(state.kind, state.name) if script_place(item.route.place) == state.place]
        return found[0] if found else None

    async def run(
        self, compiled: CompiledRoute, scope: Scope | None = None, *, params: Params | None = None
    ) -> RunOutcome:
        """Run a route in a greenlet."""
        return await self._runs.run(self._work(compiled, scope, params))

    async def run_timer(self, compiled: CompiledRoute) -> None:
        """Run a timer route at each interval from now on, never itself beside itself; until cancelled."""
        interval = max(1, compiled.route.interval or 1)
        due = time.monotonic()
        while True:
            missed = max(0, int((time.monotonic() - due) // interval))  # while it ran: those are left out
            due += interval * (missed + 1)
            await anyio.sleep(due - time.monotonic())
            await self.run(compiled)

    def _work(self, compiled: CompiledRoute, scope: Scope | None, params: Params | None) -> Callable[[], RunOutcome]:
        program = self._program
        assert program is not None
        return partial(self._counted, program, compiled, Scope() if scope is None else scope, params)

    def _counted(self, program: Program, compiled: CompiledRoute, scope: Scope, params: Params | None) -> RunOutcome:
        return self._count(compiled, partial(program.run_route, compiled, scope, params=params))

    def _count(self, compiled: CompiledRoute, work: Callable[[], RunOutcome]) -> RunOutcome:
        statistics = self._statistics(compiled)
        try:
            outcome = _metered(statistics, work)
        except Exception as error:  # a run that is ended while it goes on with this route
            _fail(statistics, str(error), None)
            raise
        if outcome.error is not None:
            wrong = statistics if outcome.route is None else self._statistics(outcome.route)
            _fail(wrong, outcome.error.removeprefix(f"{outcome.place}: "), outcome.place)
        return outcome

    def _meter(self, compiled: CompiledRoute, work: Callable[[], int]) -> int:
        return _metered(self._statistics(compiled), work)

    def _statistics(self, route: CompiledRoute | Route) -> RouteStatistics:
        key = self._keys.get(id(route))
        return RouteStatistics() if key is None else self._statistics_by_key.setdefault(key, RouteStatistics())

    def _state(self, compiled: CompiledRoute) -> RouteState:
        route = compiled.route
        counted = self._statistics_by_key.get(self._keys[id(compiled)], RouteStatistics())
        return RouteState(
            route.kind, route.name, script_place(route.place), counted.runs, counted.last_at, counted.last_took,
            counted.total_took, counted.errors, counted.last_error, counted.error_place,
        )  # fmt: skip

    def _with_mode(self, name: str, *, sync: bool) -> list[CompiledRoute]:
        return [item for item in self.find("event_route", name) if (item.route.mode == "sync") is sync]

    def _taker(self, name: str, before: Handler | Queued | None) -> Handler | Queued:
        """Make what takes the notifications of an event route, or keep what is there: it asks for the routes each
        time.
        """
        if self._with_mode(name, sync=True):
            return before if isinstance(before, Handler) else Handler(partial(self._handle, name))
        return before if isinstance(before, Queued) else Queued(RouteSender(partial(self._take, name)), POLICY)

    def _handle(self, name: str, notification: Notification) -> str | None:
        """Run the sync routes now; async ones of the same event follow them, beside whoever raised it."""
        scope = self._events.shared()
        depth, scope.depth = scope.depth, 0  # raises have a limit of their own
        errors = [
            self._runs.in_place(self._work(compiled, scope, notification.params)).error
            for compiled in self._with_mode(name, sync=True)
        ]
        scope.depth = depth
        for compiled in self._with_mode(name, sync=False):
            self._spawn(self._work(compiled, None, notification.params))
        return next((error for error in errors if error is not None), None)

    async def _take(self, name: str, notification: Notification) -> str | None:
        errors = [
            (await self.run(item, params=notification.params)).error for item in self._with_mode(name, sync=False)
        ]
        return next((error for error in errors if error is not None), None)


def _metered(statistics: RouteStatistics, work: Callable[[], _Result]) -> _Result:
    statistics.runs += 1
    statistics.last_at = time.time()
    started = time.monotonic()
    try:
        return work()
    finally:
        statistics.last_took = time.monotonic() - started
        statistics.total_took += statistics.last_took


def _fail(statistics: RouteStatistics, error: str, place: Place | None) -> None:
    statistics.errors += 1
    statistics.last_error = error.partition("\n")[0]
    statistics.error_place = None if place is None else script_place(place)


class RouteSender:
    """Brings notifications to the async routes of an event, one after the other."""

    window = _WINDOW
    confirms = False

    def __init__(self, take: Callable[[Notification], Awaitable[str | None]]) -> None:
        self._take = take

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Run the routes for each notification; a run that an error ends is a notification that failed."""
        for place, notification in enumerate(batch):
            settle(place, await self._take(notification))

    async def aclose(self) -> None:
        """Do nothing: there is no link."""


def script_place(place: Place) -> ScriptPlace:
    """Write a place of the tree as front ends have it."""
    return ScriptPlace(place.file, place.line, place.column)


def route_head(kind: str, name: str | None) -> str:
    """Write a route's head: `route[ACC]`."""
    return kind if name is None else f"{kind}[{name}]"
