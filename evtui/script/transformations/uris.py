"""`{uri.…}`: SIP URIs and their parts, also for variables such as `$rU`."""

import functools
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from evtui.script.runtime.arithmetic import folded
from evtui.script.runtime.script_values import Value, spelled
from evtui.script.runtime.sip_uris import SipUri, parse_sip_uri
from evtui.script.transformations.param_lists import pairs, parse_pairs, value_of
from evtui.script.transformations.transformation import (
    Argument,
    NullKind,
    ParameterKind,
    TransformRule,
    Transforms,
    number_of_digits,
    rule_of_text,
)

_Parse: TypeAlias = Callable[[str], SipUri | None]
_PORT_BITS: Final = 0xFFFF


def _value(uri: SipUri, name: str) -> str:
    """Return the value of a parameter; empty when there is none.

    The last one with a value counts. A parameter that the server does not know, such as `x`, is looked for by
    `{uri.param}`.
    """
    found = ""
    for part in (uri.params or "").split(";"):
        key, _, value = part.partition("=")
        if value and folded(key) == name:
            found = value
    return found


def _rules(parse: _Parse) -> Transforms:
    """Make the transformations of the URIs that `parse` reads."""

    def is_read(text: str, _arguments: Sequence[Argument]) -> bool:
        return parse(text) is not None

    def is_uri(text: str, _arguments: Sequence[Argument]) -> bool:
        uri = parse(text)
        return uri is not None and not uri.is_emergency

    def part(read: Callable[[SipUri], str | None]) -> TransformRule:
        """Make a transformation that reads a part: NULL when it is missing, or when the text is not a URI."""

        def work(text: str) -> Value:
            uri = parse(text)
            return (read(uri) or None) if uri is not None else None

        return rule_of_text(work, has_form=is_uri, null_kind=NullKind.EMPTY, is_missing=is_read)

    def has_readable_params(text: str, _arguments: Sequence[Argument]) -> bool:
        uri = parse(text)
        return uri is not None and (not uri.params or parse_pairs(uri.params) is not None)

    def param(text: str, arguments: Sequence[Argument]) -> Value:
        uri = parse(text)
        return None if uri is None else value_of(pairs(uri.params or ""), str(arguments[0]))

    def port(text: str) -> Value:
        uri = parse(text)
        return spelled(number_of_digits(uri.port) & _PORT_BITS, uri.port) if uri is not None and uri.port else None

    return {name: part(read) for name, read in _PARTS.items()} | {
        "port": rule_of_text(port, has_form=is_uri, null_kind=NullKind.ZERO, is_missing=is_read),
        "param": TransformRule(param, (ParameterKind.TEXT,), has_form=has_readable_params),
    }


_PARTS: Final[dict[str, Callable[[SipUri], str | None]]] = {
    "schema": lambda uri: uri.scheme.partition(":")[0],
    "user": lambda uri: None if uri.is_emergency else uri.user,
    "passwd": lambda uri: uri.password,
    "host": lambda uri: uri.host,
    "domain": lambda uri: uri.host,
    "params": lambda uri: uri.params,
    "headers": lambda uri: uri.headers,
    "transport": lambda uri: _value(uri, "transport"),
    "ttl": lambda uri: _value(uri, "ttl"),
    "uparam": lambda uri: _value(uri, "user"),
    "maddr": lambda uri: _value(uri, "maddr"),
    "method": lambda uri: _value(uri, "method"),
    "lr": lambda uri: _value(uri, "lr"),
    "r2": lambda uri: _value(uri, "r2"),
}

URIS: Final = _rules(parse_sip_uri)
EARLY_URIS: Final = _rules(functools.partial(parse_sip_uri, early=True))
"""The same by the rules of 2.4, in which a port may be above 65535."""
