"""Find names of functions, variables and transformations that evtui does not run, and of missing routes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from evtui.script.check.findings import Finding, KnownNames
from evtui.script.check.refusal_findings import refused_since_3
from evtui.script.check.server_names import function_modules, variable_modules
from evtui.script.check.suggestions import NameSuggestions
from evtui.script.syntax.expressions import BareWord, Binary, CallExpression, Expression, Number, Text, Variable
from evtui.script.syntax.format_strings import parse_format
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.tree import Async, Route
from evtui.script.syntax.walk import Node, variables
from evtui.script.transformations.transformation_table import refusal

_ROUTE_ARGUMENTS: Final = {
    "route": (0, "route"), "t_on_reply": (0, "onreply_route"), "t_on_failure": (0, "failure_route"),
    "t_on_branch": (0, "branch_route"), "notify_on_event": (2, "route"),
}  # fmt: skip
"""Functions that take the name of a route: the index of that argument, and the kind of the route."""

_GONE: Final = {
    "rewritehost": "sethost", "rewritehostport": "sethostport", "rewriteport": "setport", "rewriteuri": "seturi",
    "rewriteuser": "setuser", "rewriteuserpass": "setuserpass", "append_branch": "append_msg_branch",
    "move_branch": "move_msg_branch", "remove_branch": "remove_msg_branch", "swap_branches": "swap_msg_branches",
}  # fmt: skip
"""Functions of earlier versions that evtui runs, and the names that 3.6 has for them."""
_GONE_VARIABLES: Final = {"fs": "socket_out", "af": "socket_in(af)"}
_OF_KAMAILIO: Final[dict[str, str]] = dict.fromkeys(
    ("sht", "shtex", "shtcn", "shtcv", "shtinc", "shtdec", "xavp", "xavu", "xavi", "def", "defn", "defv", "sel"),
    ": it is one of Kamailio",
)
"""Variables that only Kamailio has."""


_NAMING: Final = frozenset((CallExpression, Async, Binary))
"""The nodes that are looked at besides variables: a check asks millions of nodes for their class."""


class RouteNames:
    """The routes of a configuration, by kind and name; `route { … }` has the name 0."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = {_key(route) for route in routes}
        self._names: dict[str, list[str]] = {}
        for kind, name in sorted(self._routes):
            self._names.setdefault(kind, []).append(name)
        self._suggestions = NameSuggestions(0.6)

    @property
    def is_whole(self) -> bool:
        """Whether this is a whole configuration, with its main route, and no part that another file includes."""
        return ("route", "0") in self._routes

    def has(self, kind: str, name: str) -> bool:
        """Return whether there is such a route."""
        return (kind, name) in self._routes

    def similar(self, kind: str, name: str) -> str | None:
        """Return the most similar name of a route of this kind; None when none is similar."""
        return self._suggestions.find(name, self._names.get(kind, []))


class KnownHere:
    """The names that evtui runs and those that only OpenSIPS has, with suggestions for names that neither has."""

    def __init__(self, known: KnownNames) -> None:
        self.known = known
        self._suggestions = NameSuggestions(0.75)
        self._advice: dict[tuple[str, int], str] = {}

    def similar(self, name: str, here: frozenset[str], there: Iterable[str]) -> str:
        """Return advice with the most similar name, preferred one that runs here; empty when none is similar."""
        asked = (name, id(here))  # the sets of names live as long as this does
        if asked not in self._advice:
            found = self._suggestions.find(name, sorted(here)) or self._suggestions.find(name, sorted(there))
            self._advice[asked] = f": did you mean {found}?" if found else ""
        return self._advice[asked]


def find_unknown_names(nodes: Sequence[Node], names: KnownHere, routes: RouteNames) -> Iterator[Finding]:
    """Find the unknown names among the nodes of a route, and texts with misspelled variables."""
    known = names.known
    for node in nodes:
        if node.__class__ not in _NAMING:
            continue
        match node:
            case CallExpression():
                yield from _call_findings(node, names)
                yield from _format_findings(node)
                yield from _route_findings(node, routes)
            case Async(_, str(name)) if not routes.has("route", name):
                yield _missing("route", BareWord(name, node.place), name, routes)
            case Binary("==" | "!=" | "=~" | "!~" | "<" | ">" | "<=" | ">=", BareWord(name)) if name not in known.words:
                text = f"evtui does not know the word {name}: it is taken as a text"
                yield Finding(node.place, "warning", "unknown-word", text)
            case _:
                pass
    for variable in variables(nodes):
        yield from _variable_findings(variable, names)


def find_duplicates(routes: Sequence[Route]) -> Iterator[Finding]:
    """Find a second route of the same kind and name; only event and timer routes may share a name."""
    first: dict[tuple[str, str], Route] = {}
    for route in routes:
        before = first.setdefault(_key(route), route)
        if before is not route and route.kind not in {"event_route", "timer_route"}:
            name = f"{route.kind}[{route.name}]" if route.name else route.kind
            text = f"{name} exists already, at {before.place}: give this one another name or remove it"
            yield Finding(route.place, "error", "duplicate-route", text)


def _key(route: Route) -> tuple[str, str]:
    return route.kind, route.name or "0"


def _call_findings(call: CallExpression, names: KnownHere) -> Iterator[Finding]:
    known = names.known
    if call.name in known.idle:
        text = f"{call.name}() does nothing here: evtui is not a proxy, and the script goes on"
        yield Finding(call.place, "note", "idle-function", text)
    elif call.name in _GONE:
        why = f"3.6 has no function {call.name}(): write {_GONE[call.name]}(), which evtui has too"
        yield refused_since_3(call.place, why)
    elif call.name in known.functions or call.name == "route":
        return
    elif (module := function_modules().get(call.name)) is not None:
        text = f"{call.name}() of {_module(module)} does not run here: the call is logged and gives -1"
        yield Finding(call.place, "note", "function-not-run", text)
    else:
        advice = names.similar(call.name, known.functions, function_modules())
        text = f"OpenSIPS has no function {call.name}() from 2.4 on{advice or ', and the call gives -1 here'}"
        yield Finding(call.place, "warning", "unknown-function", text)


def _variable_findings(variable: Variable, names: KnownHere) -> Iterator[Finding]:
    known, name = names.known, variable.name
    if f"${name}" in known.idle:
        yield Finding(variable.place, "note", "idle-variable", f"${name} is NULL: evtui keeps no dialogs")
    elif name in _GONE_VARIABLES:
        why = f"it has no variable ${name}: write ${_GONE_VARIABLES[name]}; ${name} is NULL here"
        yield refused_since_3(variable.place, why)
    elif name in known.variables:
        if name == "var" and "$" in (variable.argument or "$"):
            text = "the name of a $var cannot contain a variable: write $var(name), or use $avp(…)"
            yield Finding(variable.place, "error", "computed-name", text)
    elif (module := variable_modules().get(name)) is not None:
        text = f"${name} of {_module(module)} is not filled in here: it is NULL"
        yield Finding(variable.place, "note", "variable-not-filled", text)
    elif not name.isupper() or len(name) < 3:  # in the command of an exec() a name in capital letters is of the shell
        advice = _OF_KAMAILIO.get(name) or names.similar(name, known.variables, variable_modules()).replace(
            "mean ", "mean $"
        )
        text = f"OpenSIPS has no variable ${name}{advice or ', and it is NULL here'}"
        yield Finding(variable.place, "warning", "unknown-variable", text)
    yield from _transformation_findings(variable, names)


def _transformation_findings(variable: Variable, names: KnownHere) -> Iterator[Finding]:
    for used in variable.transformations:
        name = f"{used.kind}.{used.name}".lower()
        if name not in names.known.transformations:
            advice = names.similar(name, names.known.transformations, ())
            text = f"evtui does not know the transformation {{{name}}}{advice or ', and the result is NULL'}"
            yield Finding(variable.place, "warning", "unknown-transformation", text)
        elif (reason := refusal(used)) is not None:
            text = f"OpenSIPS does not start with {{{name}}} here: {reason}. In evtui the result is NULL"
            yield Finding(variable.place, "warning", "bad-transformation", text)


def _module(name: str) -> str:
    return "the core" if name == "core" else f"module {name}"


def _format_findings(call: CallExpression) -> Iterator[Finding]:
    for argument in call.arguments:
        if isinstance(argument, Text) and "$" in argument.value:
            try:
                parse_format(argument.value, argument.place)
            except ScriptError as error:
                yield Finding(argument.place, "error", "bad-format", error.reason)


def _route_findings(call: CallExpression, routes: RouteNames) -> Iterator[Finding]:
    place, kind = _ROUTE_ARGUMENTS.get(call.name, (0, ""))
    if not kind or len(call.arguments) <= place:
        return
    argument = call.arguments[place]
    name = _literal(argument)
    if name == "0" and call.name.startswith("t_on_"):
        return  # it takes the route back
    if argument is not None and name is not None and "$" not in name and not routes.has(kind, name):
        yield _missing(kind, argument, name, routes)


def _missing(kind: str, argument: Expression, name: str, routes: RouteNames) -> Finding:
    close = routes.similar(kind, name)
    advice = f"; did you mean {close}?" if close else ""
    if not routes.is_whole:
        text = f"there is no {kind}[{name}] here{advice}; this file has no main route: check the one that includes it"
        return Finding(argument.place, "note", "unknown-route", text)
    return Finding(argument.place, "error", "unknown-route", f"there is no {kind}[{name}]{advice}")


def _literal(argument: Expression | None) -> str | None:
    match argument:
        case BareWord(value) | Text(value):
            return value
        case Number(value):
            return str(value)
        case _:
            return None
