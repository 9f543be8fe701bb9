"""Find how a script uses events, and mistakes that a single call shows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from evtui.core.errors import BadEventNameError
from evtui.core.values import check_event_name
from evtui.script.check.findings import EventUse, Finding
from evtui.script.check.suggestions import NameSuggestions
from evtui.script.syntax.expression_printer import print_call, print_expression
from evtui.script.syntax.expressions import CallExpression, Number, Text, Variable
from evtui.script.syntax.tree import Route
from evtui.script.syntax.walk import Node, calls_among, variables

_USES: Final[dict[str, Literal["raises", "subscribes"]]] = {
    "raise_event": "raises", "subscribe_event": "subscribes", "wait_for_event": "subscribes",
    "notify_on_event": "subscribes",
}  # fmt: skip


def event_uses(route: Route, nodes: Iterable[Node]) -> Iterator[EventUse]:
    """Yield the uses of events in a route, whose nodes are given."""
    if route.kind == "event_route":
        yield EventUse(route.name or "", "handles", dynamic=False, place=route.place)
    for call in calls_among(nodes):
        if call.name in _USES and call.arguments and call.arguments[0] is not None:
            name = call.arguments[0]
            dynamic = not isinstance(name, Text) or _has_variables(name)
            written = name.value if isinstance(name, Text) else print_expression(name)
            yield EventUse(written, _USES[call.name], dynamic, call.place)


def find_event_mistakes(route: Route, nodes: Iterable[Node]) -> Iterator[Finding]:
    """Find mistakes in single calls of a route, whose nodes are given."""
    for call in calls_among(nodes):
        match call.name:
            case "raise_event":
                yield from _raise_mistakes(call)
            case "subscribe_event" if route.interval is not None:
                yield from _timer_mistakes(call, route.interval)
            case "fetch_event_params":
                text = "fetch_event_params() was removed in 3.0: write $param(name), which evtui has too"
                yield Finding(call.place, "note", "gone-function", text)
            case _:
                pass


def find_unknown_params(route: Route, nodes: Iterable[Node], events: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Find `$param(name)` in the route of an event that has a documented parameter of nearly that name.

    Another name may be that of another version.
    """
    documented = events.get(route.name or "", ()) if route.kind == "event_route" else ()
    if not documented:
        return
    suggestions = NameSuggestions(0.75)
    for variable in variables(nodes):
        name = (variable.argument or "").strip()
        if variable.name != "param" or not name or "$" in name or name.isdigit() or name in documented:
            continue
        if close := suggestions.find(name, documented):
            text = f"{route.name} has no parameter {name}: did you mean {close}?"
            yield Finding(variable.place, "warning", "unknown-event-parameter", text)


def find_wrong_sockets(nodes: Iterable[Node], wrong: Callable[[str], str | None]) -> Iterator[Finding]:
    """Find sockets that no subscription can have; `wrong` returns what is wrong with a socket, or None."""
    for call in calls_among(nodes):
        match call.name, call.arguments:
            case "subscribe_event", (_, Text(socket) as argument, *_) if "$" not in socket:
                if (why := wrong(socket)) is not None:
                    yield Finding(argument.place, "warning", "bad-socket", why)
            case _:
                pass


def find_bad_event_names(uses: Iterable[EventUse]) -> Iterator[Finding]:
    """Find names that no event can have."""
    for use in uses:
        why = None if use.dynamic else _name_error(use.event)
        if why is not None:
            yield Finding(use.place, "error", "bad-event-name", why)


def find_unpublished(uses: Sequence[EventUse], published: frozenset[str]) -> Iterator[Finding]:
    """Find events that are subscribed or handled, and are similar to an event that a module or a script publishes.

    Another event may be published from outside: by a command, or because it is subscribed.
    """
    suggestions, names = NameSuggestions(0.9), sorted(published)
    for use in uses:
        if use.does == "raises" or use.dynamic or use.event in published or set(use.event) & set("*?["):
            continue
        if close := suggestions.find(use.event, names):
            text = f"no module and no script publishes {use.event}: did you mean {close}?"
            yield Finding(use.place, "warning", "unknown-event", text)


def _name_error(name: str) -> str | None:
    try:
        check_event_name(name)
    except BadEventNameError as error:
        return str(error)
    return None


def _has_variables(name: Text) -> bool:
    return next(variables([name]), None) is not None


def _raise_mistakes(call: CallExpression) -> Iterator[Finding]:
    given = call.arguments[1:]
    for argument in given:
        if argument is not None and not (isinstance(argument, Variable) and argument.name == "avp"):
            text = f"{print_expression(argument)} is not an AVP: attributes and values are given as $avp(name)"
            yield Finding(argument.place, "error", "not-an-avp", text)
    if len(given) == 1 and given[0] is not None:
        right = print_call(CallExpression(call.name, (call.arguments[0], None, given[0])))
        text = f"since 3.1 this names attributes and sends no values: write {right} (evtui sends the values)"
        yield Finding(call.place, "warning", "two-arguments", text)


def _timer_mistakes(call: CallExpression, interval: int) -> Iterator[Finding]:
    match call.arguments:
        case (_, _, Number(expire)):
            pass
        case (_, _, Text(text)) if text.isascii() and text.isdigit() and len(text) < 12:
            expire = int(text)
        case _:
            return
    if 0 < expire < interval:
        text = (
            f"subscribed for {expire} s, but only every {interval} s: no events for {interval - expire} s in between; "
            f"make the interval shorter than {expire}"
        )
        yield Finding(call.place, "warning", "subscription-gap", text)
