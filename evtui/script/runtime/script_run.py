"""What a script is made of when it runs: the state of the program, the context of one run, the types of closures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from evtui.core.values import NO_PARAMS, Params
from evtui.script.runtime.host_ports import ERROR, NOTICE, WARNING, Events, Host
from evtui.script.runtime.json_documents import JsonDocuments
from evtui.script.runtime.local_cache import LocalCache
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_values import Value
from evtui.script.syntax.expressions import NOWHERE, Place
from evtui.script.syntax.tree import Route

NEXT: Final = 0
BREAK: Final = 1
RETURN: Final = 2
"""What a statement tells the block it stands in. `exit` and `drop` raise Stopped."""

MAX_NESTED: Final = 100
MAX_TURNS: Final = 10_000
MAX_VALUES: Final = 10_000
"""Values in one AVP, and AVPs in one run."""
MAX_CHARACTERS: Final = 1 << 26
"""Characters of all long texts in the AVPs of a run."""
LONG_TEXT: Final = 1_000
"""Characters of a text that is counted."""
_PAUSE_MASK: Final = 0xFF
"""Turns of loops and calls of routes between two pauses, less one: a mask."""


class Stopped(Exception):  # noqa: N818 - no error: how `exit` and `drop` leave all routes at once
    """The script ended itself."""

    def __init__(self, *, drops: bool = False) -> None:
        super().__init__()
        self.drops = drops


RunEnding: TypeAlias = Literal["end", "exit", "drop", "error"]


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended; code 1 when no `return` said another."""

    code: int = 1
    ended: RunEnding = "end"
    error: str | None = None
    """What went wrong, with its place; only with `error`."""
    place: Place = NOWHERE
    """Where the run was when it ended."""
    route: Route | None = None
    """The route it was in when something went wrong: the one it began with, or one that was called."""


@dataclass(slots=True)
class CompiledRoute:
    """A route that can be run."""

    route: Route
    body: "Step"
    """Set when all routes are compiled: they may call each other."""


def _run_directly(_compiled: CompiledRoute, work: Callable[[], RunOutcome]) -> RunOutcome:
    return work()


def _call_directly(_compiled: CompiledRoute, work: Callable[[], int]) -> int:
    return work()


@dataclass(slots=True)
class ProgramState:
    """What all runs of a program share. Variables of the script are in cells, which its closures hold."""

    host: Host
    events: Events
    routes: dict[tuple[str, str | None], list[CompiledRoute]] = field(
        default_factory=dict[tuple[str, str | None], list[CompiledRoute]]
    )
    cells: dict[str, list[Value]] = field(default_factory=dict[str, list[Value]])
    """`$var(x)`: not cleared between runs."""
    shared: dict[str, Value] = field(default_factory=dict[str, Value])
    """`$shv(x)`."""
    cache: LocalCache = field(default_factory=LocalCache)
    documents: JsonDocuments = field(default_factory=JsonDocuments)
    """`$json(x)`: not cleared between runs either."""
    started: int = 0
    """Unix seconds."""
    pid: int = 0
    log_level: int = NOTICE
    xlog_level: int = NOTICE
    max_turns: int = MAX_TURNS
    aliases: frozenset[str] = frozenset()
    """`host` and `host:port` that `is_myself` takes for the server."""
    raised: set[str] = field(default_factory=set[str])
    """The events that raise_event names: they are to be published."""
    subscribed: set[str] = field(default_factory=set[str])
    """The events that subscribe_event names: published too, as 3.1+ does."""
    run_hook: Callable[[CompiledRoute, Callable[[], RunOutcome]], RunOutcome] = _run_directly
    """Runs a route that no one outside asked for: of an event that was waited for, or what `async` goes on with."""
    call_hook: Callable[[CompiledRoute, Callable[[], int]], int] = _call_directly
    """Runs a route that another one calls: `route(NAME)`."""
    warned: set[tuple[Place, str]] = field(default_factory=set[tuple[Place, str]])
    turns: int = 0


class ScriptRun:
    """One run of a route and of those it calls."""

    __slots__ = (
        "avps",
        "ended_loops",
        "event",
        "host",
        "long_characters",
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
        self.params = event if event is not None else NO_PARAMS
        """What `$param` looks at: the event's, or the arguments of the route that was called."""
        self.place = NOWHERE
        """The statement that is under way."""
        self.rc = 1
        self.ended_loops: set[Place] = set()
        """Loops that were ended for their turns: said once a run, though one may stand in another."""
        self.long_characters = 0
        """Characters of long texts put into AVPs since they were last counted."""
        self.returned: Sequence[Value] = ()
        """What the last `return` gave beyond its code."""
        self.routes: list[Route] = []
        """The routes that are under way, outermost first; an error leaves those it came out of."""

    def count_turn(self) -> None:
        """Count a turn of a loop or a route's call, and let others run now and then."""
        state = self.state
        state.turns = turns = state.turns + 1
        if not turns & _PAUSE_MASK:
            self.host.pause()

    def log(self, level: int, text: str) -> None:
        """Log as the program itself, with the place of the statement; `log_level` decides.

        Others may run then: a failure may have taken long, as a pattern that was given up.
        """
        if level <= self.state.log_level:
            self.write(level, text)
        self.host.pause()

    def write(self, level: int, text: str) -> None:
        """Write a line of the log, with the place of the statement and its route."""
        self.host.log(level, text, self.place, self.routes[-1] if self.routes else None)

    def warn(self, text: str) -> None:
        """Log that something is wrong and the script goes on."""
        self.log(WARNING, text)

    def log_error(self, text: str) -> None:
        """Log an error."""
        self.log(ERROR, text)

    def warn_once(self, text: str) -> None:
        """Warn, but only once a place."""
        key = (self.place, text)
        if key not in self.state.warned and len(self.state.warned) < MAX_VALUES:
            self.state.warned.add(key)
            self.warn(text)


Reader: TypeAlias = Callable[[ScriptRun], Value]
Writer: TypeAlias = Callable[[ScriptRun, Value], None]
Test: TypeAlias = Callable[[ScriptRun], bool]
Step: TypeAlias = Callable[[ScriptRun], int]
"""A statement: returns NEXT, BREAK or RETURN."""
CallAction: TypeAlias = Callable[[ScriptRun], int]
"""A function's call: returns its code; 0 ends the script."""
