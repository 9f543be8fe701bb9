"""The routes of a script as they run: counted, in greenlets; in place, after the raise, or by a timer."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from evtui.core.clocks import Clocks
from evtui.core.script_port import RouteState, ScriptPlace
from evtui.core.transport import Handler, Notification, OutboxPolicy, Queued, Settle
from evtui.core.values import Params
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_route import execute
from evtui.script.runtime.run_state import CompiledRoute, RouteStatistics, RunOutcome, ScriptRun
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import Route
from evtui.scripting.greenlet_runner import GreenletRunner
from evtui.scripting.script_events import ScriptEvents, Spawn

POLICY: Final = OutboxPolicy(timeout=None, retries=0)
"""The outbox of an async event route: in order, one attempt each; a run has limits of its own."""

_WINDOW: Final = 64
"""Notifications of a batch: a script that raises for its own route goes on after each, as the route can wait."""
_TOLD_TOGETHER: Final = 16
"""Notifications whose ends are told together when their routes ended one soon after the other."""
_SMALL: Final = 32
_GATHERS: Final = 0.001
"""Seconds in which notifications gather after a batch of at most `_SMALL` that came soon after another."""


RouteKey: TypeAlias = tuple[str, str | None, int]
"""Kind and name of a route, and its number among the routes that share both."""


class RouteRunner:
    """Runs the routes of the current program; the counters stay when another program replaces it."""

    def __init__(self, greenlets: GreenletRunner, events: ScriptEvents, spawn: Spawn, clocks: Clocks) -> None:
        """`spawn` runs a function concurrently with the caller that raised an event."""
        self._greenlets = greenlets
        self._spawn = spawn
        self._events = events
        self._clocks = clocks
        self._program: Program | None = None
        self._keys: dict[int, RouteKey] = {}
        self._statistics_by_key: dict[RouteKey, RouteStatistics] = {}
        self._sync_routes: Mapping[str, Sequence[CompiledRoute]] = {}
        self._async_routes: Mapping[str, Sequence[CompiledRoute]] = {}
        """The routes of each event."""
        self.destinations: dict[str, Handler | Queued] = {}
        """Where notifications to a `route:` socket go, by the name of the event."""

    def use(self, program: Program) -> tuple[set[str], set[str]]:
        """Run the routes of this program from now on; return the names of new event routes and of those that ended.

        An event route whose mode changes (sync or not) is in both sets.
        """
        before = self.destinations.copy()
        self._program = program
        program.state.run_hook, program.state.clocks = self._count_run, self._clocks
        keys: dict[int, RouteKey] = {}
        seen = Counter[tuple[str, str | None]]()
        for compiled in program.routes:
            kind, name = compiled.route.kind, compiled.route.name
            keys[id(compiled)] = keys[id(compiled.route)] = kind, name, seen[kind, name]
            seen[kind, name] += 1
        self._keys = keys
        kept = set(keys.values())
        counted = self._statistics_by_key
        self._statistics_by_key = {key: counted.get(key) or RouteStatistics() for key in kept}
        for compiled in program.routes:
            compiled.statistics = self._statistics_by_key[keys[id(compiled)]]
        names = {name for kind, name, _ in kept if kind == "event_route" and name is not None}
        self._sync_routes, self._async_routes = _event_routes(program, sync=True), _event_routes(program, sync=False)
        self._events.shares = bool(self._sync_routes)
        self.destinations.clear()
        for name in names:
            self.destinations[name] = self._destination(name, before.get(name))
        return (
            {name for name in names if self.destinations[name] is not before.get(name)},
            {name for name in before if self.destinations.get(name) is not before[name]},
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
        """Find the route that a state describes; None when the program does not have it any more."""
        found = [item for item in self.find(state.kind, state.name) if script_place(item.route.place) == state.place]
        return found[0] if found else None

    async def run(
        self, compiled: CompiledRoute, scope: Scope | None = None, *, params: Params | None = None
    ) -> RunOutcome:
        """Run a route in a greenlet."""
        return await self._greenlets.run(self._work(compiled, scope, params))

    async def run_timer(self, compiled: CompiledRoute) -> None:
        """Run a timer route at each interval until cancelled; one run at a time."""
        monotonic, interval = self._clocks.monotonic, max(1, compiled.route.interval or 1)
        due = monotonic()
        while True:
            missed = max(0, int((monotonic() - due) // interval))  # intervals that passed during a run are left out
            due += interval * (missed + 1)
            await self._clocks.sleep(due - monotonic())
            await self.run(compiled)

    def _work(self, compiled: CompiledRoute, scope: Scope | None, params: Params | None) -> Callable[[], RunOutcome]:
        program = self._program
        assert program is not None
        return partial(self._count_run, compiled, partial(program.run_route, compiled, scope, params=params))

    def _count_run(self, compiled: CompiledRoute, work: Callable[..., RunOutcome], *given: object) -> RunOutcome:
        statistics, clocks = compiled.statistics or self._statistics(compiled), self._clocks
        statistics.runs += 1
        statistics.last_at = clocks.wall()
        started = clocks.monotonic()
        try:
            outcome = work(*given)
        except Exception as error:  # a run that is ended from outside while this route runs
            _count_error(statistics, str(error), None)
            raise
        finally:
            statistics.last_took = took = clocks.monotonic() - started
            statistics.total_took += took
        if outcome.error is not None:
            failed = statistics if outcome.route is None else self._statistics(outcome.route)
            _count_error(failed, outcome.error.removeprefix(f"{outcome.place}: "), outcome.place)
        return outcome

    def _statistics(self, route: CompiledRoute | Route) -> RouteStatistics:
        if isinstance(route, CompiledRoute) and route.statistics is not None:
            return route.statistics
        key = self._keys.get(id(route))
        return RouteStatistics() if key is None else self._statistics_by_key.setdefault(key, RouteStatistics())

    def _state(self, compiled: CompiledRoute) -> RouteState:
        route = compiled.route
        counted = self._statistics_by_key.get(self._keys[id(compiled)], RouteStatistics())
        return RouteState(
            route.kind, route.name, script_place(route.place), counted.runs, counted.last_at, counted.last_took,
            counted.total_took, counted.errors, counted.last_error, counted.error_place,
        )  # fmt: skip

    def _destination(self, name: str, before: Handler | Queued | None) -> Handler | Queued:
        """Return the destination of an event's routes: `before` when their mode is the same, else a new one.

        A destination looks the routes up at each notification, so that it serves those of the next program too.
        """
        if name in self._sync_routes:
            return before if isinstance(before, Handler) else Handler(partial(self._handle, name))
        return before if isinstance(before, Queued) else Queued(self._sender(name), POLICY)

    def _sender(self, name: str) -> "RouteSender":
        return RouteSender(self._greenlets, partial(self._run_async, name), self._clocks)

    def _handle(self, name: str, notification: Notification) -> str | None:
        """Run the sync routes of an event now, then start its async ones concurrently with the raiser."""
        scope, params, program = self._events.shared(), notification.params, self._program
        assert program is not None
        depth, scope.depth = scope.depth, 0  # the depth of raises has a limit of its own
        error: str | None = None
        for compiled in self._sync_routes.get(name, ()):
            run = ScriptRun(program.state, scope, params)
            outcome = self._greenlets.in_place(self._count_run, compiled, execute, run, compiled)
            error = outcome.error if error is None else error
        scope.depth = depth
        for compiled in self._async_routes.get(name, ()):
            self._spawn(self._work(compiled, None, params))
        return error

    def _run_async(self, name: str, notification: Notification) -> str | None:
        """Run the async routes of an event; return the error of the first that failed."""
        error, program = None, self._program
        assert program is not None
        for compiled in self._async_routes.get(name, ()):
            run = ScriptRun(program.state, Scope(), notification.params)
            outcome = self._count_run(compiled, execute, run, compiled)
            error = outcome.error if error is None else error
        return error


class RouteSender:
    """Brings notifications to the async routes of an event, one after the other.

    To begin with a batch takes longer than a short route. So when small batches follow each other quickly, the next
    one gathers for a millisecond. What comes after a pause, and what comes in great numbers, does not wait.
    """

    window = _WINDOW
    confirms = False

    def __init__(self, greenlets: GreenletRunner, run: Callable[[Notification], str | None], clocks: Clocks) -> None:
        """`run` runs the routes for a notification; it returns the error of the first route that failed, or None."""
        self._greenlets = greenlets
        self._run = run
        self._clocks = clocks
        self._ended = -math.inf

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Run the routes for each notification; a run that an error ends is a failed notification."""
        clocks, ends = self._clocks, _RunEnds(settle, self._greenlets.flush)
        is_soon = clocks.monotonic() - self._ended < _GATHERS
        await self._greenlets.run(partial(self._run_each, batch, ends), ends.tell)
        if is_soon and len(batch) <= _SMALL:
            await clocks.sleep(_GATHERS)
        self._ended = clocks.monotonic()

    async def aclose(self) -> None:
        """Do nothing: there is no link."""

    def _run_each(self, batch: Sequence[Notification], ends: "_RunEnds") -> None:
        """Run the routes for one after the other in one greenlet, each with the whole limit of a run."""
        run, begin_anew, add = self._run, self._greenlets.begin_anew, ends.add
        try:
            for notification in batch:
                error = run(notification)
                begin_anew()  # what was ended because all ends has not been delivered
                add(error)
        finally:
            ends.tell()


class _RunEnds:
    """The ends of the runs of a batch, in order. They are told together, but before others go on.

    What a run has raised is sent and recorded before its end.
    """

    __slots__ = ("_behind", "_first", "_flush", "_settle")

    def __init__(self, settle: Settle, flush: Callable[[], None]) -> None:
        self._settle = settle
        self._flush = flush
        self._first = self._behind = 0
        """The places of those that ended well and were not told."""

    def add(self, error: str | None) -> None:
        """Take the end of the next run."""
        if error is not None:
            self._flush()
            self.tell()
            self._settle(self._behind, error)
            self._first += 1
        self._behind += 1
        if self._behind - self._first >= _TOLD_TOGETHER:
            self.tell()

    def tell(self) -> None:
        """Settle those that were not told."""
        first, self._first = self._first, self._behind
        if first < self._first:
            self._flush()
            self._settle.all_delivered(first, self._first)


def _event_routes(program: Program, *, sync: bool) -> Mapping[str, Sequence[CompiledRoute]]:
    """Return the event routes of one mode by the name of their event."""
    found: dict[str, list[CompiledRoute]] = {}
    for compiled in program.routes:
        route = compiled.route
        if route.kind == "event_route" and route.name is not None and (route.mode == "sync") is sync:
            found.setdefault(route.name, []).append(compiled)
    return found


def _count_error(statistics: RouteStatistics, error: str, place: Place | None) -> None:
    statistics.errors += 1
    statistics.last_error = error.partition("\n")[0]
    statistics.error_place = None if place is None else script_place(place)


def script_place(place: Place) -> ScriptPlace:
    """Convert a place in the syntax tree to a place of the script port."""
    return ScriptPlace(place.file, place.line, place.column)


def route_head(kind: str, name: str | None) -> str:
    """Write the head of a route: `route[ACC]`."""
    return kind if name is None else f"{kind}[{name}]"
