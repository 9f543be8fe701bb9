"""The state of a program, the state of one run, and the types of the closures that the compiler makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from evtui.core.clocks import Clocks
from evtui.core.script_port import ScriptPlace
from evtui.core.values import NO_PARAMS, Params
from evtui.script.runtime.host_ports import ERROR, NOTICE, WARNING, Events, Host
from evtui.script.runtime.json_documents import JsonDocuments
from evtui.script.runtime.local_cache import LocalCache
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_counters import ScriptCounters
from evtui.script.runtime.script_values import Value
from evtui.script.syntax.expressions import NOWHERE, Place
from evtui.script.syntax.tree import Route
from evtui.script.versions.dialects import DEFAULT, Dialect

NEXT: Final = 0
BREAK: Final = 1
RETURN: Final = 2
"""What a statement returns to its block: continue, or leave the loop or the route. `exit` and `drop` raise Stopped."""

BROKEN: Final = -5
"""The code, in `$rc`, of a loop or a switch that a `break` left."""
NO_LOOP: Final = -10
"""The code of a `for` over something that has no values to walk over."""

MAX_NESTED: Final = 100
MAX_VALUES: Final = 10_000
"""How many values an AVP, and how many AVPs a run may have."""
MAX_CHARACTERS: Final = 1 << 26
"""How many characters the AVPs of a run may have, as far as they are counted."""
LONG_TEXT: Final = 100
"""Characters from which a text in an AVP is counted."""
FEW_VALUES: Final = 64
"""Values of an AVP whose short texts are not counted."""
LONG_WORK: Final = 1_000
"""Characters from which the work on a text is counted."""
PAUSE_AFTER: Final = 256
"""Statements after which the host may pause the run, and may end it when it takes too long."""
MATCH_WEIGHT: Final = 64
"""The statements as which one match of a pattern counts."""
_WEIGHT_SHIFT: Final = 10
"""1024 characters that a function works on count as one statement."""


class Stopped(Exception):  # noqa: N818 - not an error: it is how `exit` and `drop` leave all routes at once
    """`exit` or `drop` ended the script."""

    def __init__(self, *, drops: bool = False) -> None:
        super().__init__()
        self.drops = drops


RunEnding: TypeAlias = Literal["end", "exit", "drop", "error"]


class RunOutcome(Struct, frozen=True):
    """How a run ended. The code is 1 when no `return` gave another."""

    code: int = 1
    ended: RunEnding = "end"
    error: str | None = None
    """The error with its place; only when `ended` is `error`."""
    place: Place = NOWHERE
    """The place of the last statement."""
    route: Route | None = None
    """The route in which an error happened: the first one of the run, or one that it called."""


class RouteStatistics(Struct):
    """The counters of one route."""

    runs: int = 0
    last_at: float | None = None
    """Unix seconds."""
    last_took: float | None = None
    total_took: float = 0.0
    """Seconds."""
    errors: int = 0
    last_error: str | None = None
    error_place: ScriptPlace | None = None


@dataclass(slots=True)
class CompiledRoute:
    """A route with its compiled body."""

    route: Route
    body: "Step"
    """Called with the run; returns NEXT, BREAK or RETURN."""
    weight: int = 1
    """Statements in its body."""
    statistics: RouteStatistics | None = None
    """Where its calls by `route(NAME)` are counted when the program has clocks."""


def _run_directly(_compiled: CompiledRoute, work: Callable[[], RunOutcome]) -> RunOutcome:
    return work()


@dataclass(slots=True)
class ProgramState:
    """What all runs of a program share. The script's `$var`s are in `cells`, which the closures hold directly."""

    host: Host
    events: Events
    dialect: Dialect = DEFAULT
    routes: dict[tuple[str, str | None], list[CompiledRoute]] = field(
        default_factory=dict[tuple[str, str | None], list[CompiledRoute]]
    )
    cells: dict[str, list[Value]] = field(default_factory=dict[str, list[Value]])
    """The value of each `$var(x)`, in a list of one; kept between runs."""
    shared: dict[str, Value] = field(default_factory=dict[str, Value])
    """The values of `$shv(x)`."""
    cache: LocalCache = field(default_factory=LocalCache)
    documents: JsonDocuments = field(default_factory=JsonDocuments)
    """The values of `$json(x)`; kept between runs."""
    started: int = 0
    """Wall time of the program's start, in Unix seconds."""
    pid: int = 0
    statistics: ScriptCounters = field(default_factory=ScriptCounters)
    log_level: int = NOTICE
    xlog_level: int = NOTICE
    first_log_level: int = NOTICE
    first_xlog_level: int = NOTICE
    """The log levels of the settings, to which the script can go back."""
    flag_places: dict[str, int] = field(default_factory=dict[str, int])
    """The flags that the script names, in the order in which it first names them."""
    probability: int = 10
    """Percent of the calls of rand_event() that give 1."""
    first_probability: int = 10
    max_turns: int = DEFAULT.max_turns
    aliases: frozenset[str] = frozenset()
    """The `host` and `host:port` texts that `is_myself` takes for the server."""
    raised: set[str] = field(default_factory=set[str])
    """The events that raise_event names: the script publishes them."""
    subscribed: set[str] = field(default_factory=set[str])
    """The events that subscribe_event names: published too, as OpenSIPS 3.1+ does."""
    run_hook: Callable[[CompiledRoute, Callable[[], RunOutcome]], RunOutcome] = _run_directly
    """Wraps each run of a route that the program itself starts: for an awaited event, or after `async`."""
    clocks: Clocks | None = None
    """With them each `route(NAME)` call is timed."""
    warned: set[tuple[Place, str]] = field(default_factory=set[tuple[Place, str]])
    compiled: int = 0
    """Statements that were compiled so far: the compiler knows by them how long a body is."""
    work: int = 0
    """Statements that were run, as far as they are counted; long texts and matches count as several."""
    pause_at: int = PAUSE_AFTER


class CallArguments(Struct, frozen=True):
    """The arguments of a `route(NAME)` call, as `Params` are those of an event; script values need no check."""

    values: tuple[Value, ...] = ()
    names: tuple[str, ...] = ()


NO_ARGUMENTS: Final = CallArguments()


@dataclass(frozen=True, slots=True)
class LiveArguments:
    """The arguments of a `route(NAME)` call that are read when `$param` asks for them."""

    readers: "Sequence[Reader]"
    outer: "LiveArguments | None"
    """Those of the route that made the call, in which the readers read."""


class ScriptRun:
    """One run of a route and of the routes that it calls."""

    __slots__ = (
        "avp_characters",
        "avps",
        "ended_loops",
        "event",
        "host",
        "live_arguments",
        "message",
        "params",
        "place",
        "rc",
        "returned",
        "routes",
        "scope",
        "state",
    )

    def __init__(self, state: ProgramState, scope: Scope, event: Params | None = None) -> None:
        self.state = state
        self.host = state.host
        self.scope = scope
        self.avps = scope.avps
        self.message = scope.message
        self.event = event
        """The parameters of the event that an event_route handles; None in other routes."""
        self.params: Params | CallArguments = event if event is not None else NO_PARAMS
        """The parameters that `$param` reads: of the event, or the arguments of the called route."""
        self.live_arguments: LiveArguments | None = None
        """What `$param` reads in a route that was called, where the dialect has live arguments."""
        self.place = NOWHERE
        """The place of the current statement."""
        self.rc = 1
        self.ended_loops: set[Place] = set()
        """Loops that were ended for too many turns: each is logged once a run, even within another loop."""
        self.avp_characters = 0
        """Characters put into AVPs since the last exact count."""
        self.returned: Sequence[Value] = ()
        """The values of the last `return` after its code."""
        self.routes: list[Route] = []
        """The routes under way, outermost first. After an error they are those in which it happened."""

    def count_work(self, statements: int) -> None:
        """Count statements, or what takes as long; after PAUSE_AFTER of them the host may let others run."""
        state = self.state
        state.work = work = state.work + statements
        if work >= state.pause_at:
            state.pause_at = work + PAUSE_AFTER
            self.host.pause()

    def count_text(self, text: str) -> None:
        """Count the work on a long text, of which one function may do as much as hundreds of statements."""
        self.count_work(len(text) >> _WEIGHT_SHIFT)

    def log(self, level: int, text: str) -> None:
        """Log a message of the interpreter at the current place, if `log_level` allows it.

        The host may let others run then: what failed may have taken long, such as a pattern that timed out.
        """
        if level <= self.state.log_level:
            self.write(level, text)
        self.host.pause()

    def write(self, level: int, text: str) -> None:
        """Write a log line with the current place and route, whatever the level."""
        self.host.log(level, text, self.place, self.routes[-1] if self.routes else None)

    def warn(self, text: str) -> None:
        """Log a warning; the script continues."""
        self.log(WARNING, text)

    def log_error(self, text: str) -> None:
        """Log an error; the script continues."""
        self.log(ERROR, text)

    def warn_once(self, text: str) -> None:
        """Log a warning once for each place and text."""
        key = (self.place, text)
        if key not in self.state.warned and len(self.state.warned) < MAX_VALUES:
            self.state.warned.add(key)
            self.warn(text)


Reader: TypeAlias = Callable[[ScriptRun], Value]
Writer: TypeAlias = Callable[[ScriptRun, Value], None]
Test: TypeAlias = Callable[[ScriptRun], bool]
Condition: TypeAlias = Callable[[ScriptRun], bool | None]
"""The whole condition of a statement; None when values in it could not be compared, which counts as false."""
Step: TypeAlias = Callable[[ScriptRun], int]
"""A compiled statement; returns NEXT, BREAK or RETURN."""
CallAction: TypeAlias = Callable[[ScriptRun], int]
"""A compiled function call; returns its code, and code 0 ends the script."""
