"""Find how a script uses events, and mistakes that a single call shows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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
    """Find events that are subscribed or handled, but published by no module and no script.

    When a script computes event names, only names similar to a published one are found.
    """
    suggestions, names = NameSuggestions(0.85), sorted(published)
    has_computed = any(use.does == "raises" and use.dynamic for use in uses)
    for use in uses:
        if use.does == "raises" or use.dynamic or use.event in published or set(use.event) & set("*?["):
            continue
        close = suggestions.find(use.event, names)
        if not close and (has_computed or _name_error(use.event) is not None):
            continue
        advice = f"did you mean {close}?" if close else "raise it in a script, or correct the name"
        yield Finding(use.place, "warning", "unknown-event", f"no module and no script publishes {use.event}: {advice}")


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
