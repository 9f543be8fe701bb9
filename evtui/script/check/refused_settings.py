"""Find settings and routes with which OpenSIPS does not start (measured beside 3.6.8)."""

from collections.abc import Iterable, Iterator
from typing import Final

from evtui.script.check.findings import Finding
from evtui.script.check.refusal_findings import TRUTH_NUMBERS, refused, refused_since_3
from evtui.script.check.server_forms import old_settings, setting_values
from evtui.script.check.suggestions import NameSuggestions
from evtui.script.syntax.expression_printer import print_expression
from evtui.script.syntax.expressions import BareWord, Expression, Number, Text
from evtui.script.syntax.tree import Global, Item, LoadModule, Route

_INSTEAD: Final = {
    "children": "write udp_workers", "tcp_children": "write tcp_workers", "debug": "write log_level",
    "fork": "write debug_mode", "port": "write the port into socket=", "user": "start it with -u",
    "group": "start it with -g", "disable_tcp": "leave out proto_tcp",
}  # fmt: skip
"""What stands for an old setting."""


def find_refused_items(items: Iterable[Item]) -> Iterator[Finding]:
    """Find them among the items of a configuration."""
    suggestions, seen, loaded = NameSuggestions(0.85), set[str](), set[str]()
    for item in items:
        match item:
            case Global():
                yield from _setting(item, suggestions)
            case LoadModule(path):
                if path in loaded:
                    yield refused(item.place, f"{path} is loaded twice")
                loaded.add(path)
            case Route():
                yield from _route(item)
                if item.kind == "event_route" and item.name is not None:
                    if item.name in seen:
                        why = f"an event has one event_route, and {item.name} has one already (evtui runs both)"
                        yield refused(item.place, why)
                    seen.add(item.name)
            case _:
                pass


def _setting(item: Global, suggestions: NameSuggestions) -> Iterator[Finding]:
    kinds = setting_values().get(item.name)
    if item.name in old_settings():
        advice = _INSTEAD.get(item.name, "remove it")
        yield refused_since_3(item.place, f"it has no setting {item.name}: {advice}")
    elif kinds is None:
        # Not all settings were asked for, so that only what is nearly one of them is a mistake.
        if close := suggestions.find(item.name, sorted(setting_values())):
            text = f"OpenSIPS has no setting {item.name}: did you mean {close}?"
            yield Finding(item.place, "warning", "unknown-setting", text)
    elif len(item.values) == 1 and (why := _wrong_value(item.values[0], kinds)):
        yield refused_since_3(item.values[0].place, f"{item.name} is {why}, not {print_expression(item.values[0])}")


def _wrong_value(value: Expression, kinds: str) -> str:
    match value:
        case Text() if kinds in {"nb", "l"}:
            return "a number" if kinds == "nb" else "a socket without quotes"
        case BareWord(word) if kinds == "nb" and word.isalpha() and word not in TRUTH_NUMBERS:
            return "a number"
        case Number() | BareWord() if kinds == "s":
            return "a text in quotes"
        case _:
            return ""


def _route(route: Route) -> Iterator[Finding]:
    if route.mode is not None:
        yield refused_since_3(route.place, f"an event_route has no mode: write event_route[{route.name}]")
