"""The results of a check, as values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import RouteKind

Severity: TypeAlias = Literal["error", "warning", "note"]
"""error: OpenSIPS does not start with it, or it fails; warning: likely a mistake; note: useful to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: its place, its severity, a stable code, and a text with the problem and the correction."""

    place: Place
    severity: Severity
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class RouteFound:
    """A route of a checked file."""

    kind: RouteKind
    name: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class EventUse:
    """One use of an event; `dynamic` when the name is computed during the run."""

    event: str
    does: Literal["raises", "subscribes", "handles"]
    dynamic: bool
    place: Place


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The report of one file: its routes, its uses of events and its findings, each in the order of their places."""

    file: str
    routes: tuple[RouteFound, ...]
    events: tuple[EventUse, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names that evtui runs, and the events of modules."""

    functions: frozenset[str]
    variables: frozenset[str]
    """Names of variables, without the `$`."""
    transformations: frozenset[str]
    """Names of transformations, such as `s.len`."""
    events: Mapping[str, Sequence[str]]
    """The events that are published without a script, each with its documented parameters."""
    idle: frozenset[str] = frozenset()
    """Functions without effect here, and variables (with their `$`) that are always NULL."""
    words: frozenset[str] = frozenset()
    """Bare words of old scripts that stand for a value, such as `method` in `method=="INVITE"`."""
    parameters: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """The parameters of each module whose work evtui does."""
    used_parameters: frozenset[tuple[str, str]] = frozenset()
    """Pairs of module and parameter that are settings of evtui."""
    wrong_in_socket: Callable[[str], str | None] = lambda _: None
    """Return what is wrong with a subscriber's socket; None when nothing is."""
