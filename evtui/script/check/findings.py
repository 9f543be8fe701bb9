"""What a check of scripts finds: values to be shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import RouteKind

Severity: TypeAlias = Literal["error", "warning", "note"]
"""error: the reference does not start with it, or it fails; warning: likely a mistake; note: worth knowing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: where, how bad, a code that stays the same, what is wrong and what to write."""

    place: Place
    severity: Severity
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class RouteFound:
    """A route of a file."""

    kind: RouteKind
    name: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class EventUse:
    """What a file does with an event; `dynamic` when its name is known only as the script runs."""

    event: str
    does: Literal["raises", "subscribes", "handles"]
    dynamic: bool
    place: Place


@dataclass(frozen=True, slots=True)
class CheckReport:
    """One file: its routes, what it does with events, and what to look at, each in the order they stand."""

    file: str
    routes: tuple[RouteFound, ...]
    events: tuple[EventUse, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What evtui runs, by name; `events` are those published without a script."""

    functions: frozenset[str]
    variables: frozenset[str]
    """Without the `$`."""
    transformations: frozenset[str]
    """As `s.len`."""
    events: frozenset[str]
    idle: frozenset[str] = frozenset()
    """Functions that a script may call though nothing happens then, and variables, with their `$`, that stay NULL."""
    words: frozenset[str] = frozenset()
    """Bare words of old scripts that stand for a value, such as `method` in `method=="INVITE"`."""
    parameters: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """The parameters of the modules whose work evtui does, by module."""
    used_parameters: frozenset[tuple[str, str]] = frozenset()
    """Modules and parameters that are settings of evtui."""
    wrong_in_socket: Callable[[str], str | None] = lambda _: None
    """Say what is wrong with a subscriber's socket, None when nothing is."""
