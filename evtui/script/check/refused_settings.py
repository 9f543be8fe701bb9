"""Find settings and routes with which OpenSIPS does not start (measured beside 3.6.8)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from evtui.script.check.findings import Finding
from evtui.script.check.refusal_findings import TRUTH_NUMBERS, refused, refused_since_3
from evtui.script.check.server_forms import old_settings, setting_values
from evtui.script.check.suggestions import NameSuggestions
from evtui.script.syntax.expression_printer import print_expression, print_setting
from evtui.script.syntax.expressions import BareWord, Expression, Number, Text
from evtui.script.syntax.tree import Global, Item, LoadModule, Route

_INSTEAD: Final = {
    "children": "write udp_workers", "tcp_children": "write tcp_workers", "debug": "write log_level",
    "fork": "write debug_mode", "port": "write the port into socket=", "user": "start it with -u",
    "group": "start it with -g", "disable_tcp": "leave out proto_tcp",
}  # fmt: skip
"""What stands for an old setting."""

_FORMATS: Final = ('"plain_text"', '"json"', '"json_cee"')
_CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "stderror_log_format": _FORMATS, "syslog_log_format": _FORMATS,
    "poll_method": ("poll", "select", "epoll", "epoll_lt", "epoll_et", "sigio", "sigio_rt", "kqueue", "/dev/poll"),
}  # fmt: skip
"""Settings with few values, as they are written."""
_FACILITIES: Final = frozenset({"log_facility", "syslog_facility"})
_SEVERAL: Final = frozenset({"dst_blacklist", "udp_workers", "tcp_workers"})
"""Settings with more than one value."""
_SIGNED: Final = frozenset({
    "log_level", "xlog_level", "log_event_level_filter", "stderror_level_filter", "syslog_level_filter",
    "mem_dump", "memdump", "mem_log", "memlog",
})  # fmt: skip
"""Numbers that may be negative."""
_WITH_NUMBER: Final = frozenset({"use_workers", "use_children"})
_WITH_VALUE: Final = frozenset({"as", "tag", "use_auto_scaling_profile", *_WITH_NUMBER})
_ALONE: Final = frozenset({"anycast", "reuse_port", "frag", "accept_subdomain"})
"""What can stand behind the address of a socket."""
_WORD: Final = re.compile(r"[A-Za-z_]\w*+")
_WHOLE: Final = re.compile(r"0[xX][0-9a-fA-F]++|[0-9]++")
_IPV6: Final = re.compile(r"\[[0-9a-fA-F:.]++\]")
_ADDRESS: Final = re.compile(r"(?:\*|\[[0-9a-fA-F:.]++\]|[^:\[\]\s]++)(?::[0-9]++)?")


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
        close = suggestions.find(item.name, sorted(setting_values()))
        text = f"OpenSIPS has no setting {item.name}{f': did you mean {close}?' if close else ' from 2.4 on'}"
        yield Finding(item.place, "warning", "unknown-setting", text)
    else:
        yield from _values(item.name, item.values, kinds)


def _values(name: str, values: Sequence[Expression], kinds: str) -> Iterator[Finding]:
    first, *others = values
    if "l" in kinds and (why := _wrong_socket(first, others, needs_protocol=kinds == "l")):
        yield refused_since_3(first.place, f"{name} {why}")
    elif others and kinds and "l" not in kinds and name not in _SEVERAL:
        yield refused(others[0].place, f"{name} has one value")
    elif why := _wrong_value(name, first, kinds):
        yield refused_since_3(first.place, f"{name} is {why}, not {print_expression(first)}")


def _wrong_value(name: str, value: Expression, kinds: str) -> str:
    """Return what the value of a setting has to be; empty when it is that."""
    if name in _CHOICES:
        return _wrong_choice(_CHOICES[name], value)
    if name in _FACILITIES:
        is_facility = isinstance(value, BareWord) and value.value.startswith("LOG_")
        return "" if is_facility else "LOG_LOCAL0 or the like, without quotes"
    if kinds == "nb":
        is_number = isinstance(value, Number) and (value.value >= 0 or name in _SIGNED)
        return "" if is_number or (isinstance(value, BareWord) and _is_number(value.value)) else "a number"
    return _wrong_text(value, kinds)


def _wrong_choice(choices: Sequence[str], value: Expression) -> str:
    written = print_setting(value)
    return "" if written in choices or written.strip('"') in choices else f"one of {', '.join(choices)}"


def _wrong_text(value: Expression, kinds: str) -> str:
    match value:
        case Text() if kinds == "w":
            return "a word without quotes"
        case Text() if kinds == "l":
            return "a socket without quotes"
        case BareWord(word) if {"s", "w"} <= set(kinds) and "a" not in kinds and not _WORD.fullmatch(word):
            return "a text in quotes"
        case Number() | BareWord() if kinds == "s":
            return "a text in quotes"
        case _:
            return ""


def _is_number(word: str) -> bool:
    return word in TRUTH_NUMBERS or _WHOLE.fullmatch(word) is not None


def _wrong_socket(first: Expression, others: Sequence[Expression], *, needs_protocol: bool) -> str:
    """Return what is wrong with the address of a `socket`, `listen` or `alias`, and with what stands behind it."""
    if isinstance(first, BareWord):
        protocol, colon, rest = first.value.partition(":")
        has_protocol = bool(colon) and protocol.replace("_", "").isalpha()
        if needs_protocol and not has_protocol:
            return "begins with a protocol: udp:127.0.0.1:5060"
        if colon and not _ADDRESS.fullmatch(rest if has_protocol else "") and not _IPV6.fullmatch(first.value):
            return "is PROTOCOL:HOST:PORT" if needs_protocol else "is HOST, or PROTOCOL:HOST:PORT"
    elif isinstance(first, Number) and needs_protocol:
        return "begins with a protocol: udp:127.0.0.1:5060"
    words = [value.value if isinstance(value, BareWord | Number) else None for value in others]
    while words:
        word = words.pop(0)
        if word in _WITH_VALUE and words and needs_protocol:
            kind = words.pop(0)
            if kind is None or (word in _WITH_NUMBER and not isinstance(kind, int)):
                return f"has {'a number' if word in _WITH_NUMBER else 'a word without quotes'} behind {word}"
        elif word not in _ALONE or not needs_protocol:
            return f"has a wrong part behind its address, {print_expression(others[len(others) - len(words) - 1])}"
    return ""


def _route(route: Route) -> Iterator[Finding]:
    if route.mode is not None:
        yield refused_since_3(route.place, f"an event_route has no mode: write event_route[{route.name}]")
