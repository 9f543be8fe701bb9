"""`{nameaddr.…}` and `{via.…}`: header values that contain addresses."""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from evtui.script.runtime.script_values import ScriptFault, Value, spelled
from evtui.script.transformations.param_lists import Pairs, value_of
from evtui.script.transformations.transformation import (
    Argument,
    NullKind,
    ParameterKind,
    TransformRule,
    Transforms,
    rule_of_text,
)

_END: Final = re.compile(r"\r\n(?![ \t])|\r(?![\n \t])|\n(?![ \t])")
"""The end of a header: a line end without a blank behind it."""
_ADDRESS: Final = re.compile(
    r'\s*+(?:(?P<name>"(?:[^"\\]|\\.)*+"\s*+|[^"<>;,]*+)<(?P<uri>[^<>]++)>|(?P<bare>[^\s"<>;,]++))\s*+(?=[;,]|\Z)',
    re.DOTALL | re.ASCII,
)
_PARAM: Final = re.compile(
    r'\s*+(?P<name>[^\s;,="]++)(?P<value>\s*+=\s*+(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<plain>[^\s;,="]++)))?'
    r"(?:\s*+=)?\s*+",
    re.DOTALL | re.ASCII,
)
_VIA: Final = re.compile(
    r"\s*+(?P<name>SIP)\s*+/\s*+(?P<version>2\.0)\s*+/\s*+(?P<transport>[^\s/]++)\s++"
    r"(?P<host>\[[^\]]*+\]|[^\s:;,(]++)\s*+(?::\s*+(?P<port>[0-9]++)\s*+)?"
    r'(?:;(?P<params>(?:"[^"]*+"|[^"(,])*+))?(?:\((?P<comment>[^,]*)\)\s*+)?',
    re.DOTALL | re.ASCII | re.IGNORECASE,
)
_VIA_PARAM: Final = re.compile(
    r'(?P<name>[^\s;,="]++)\s*+(?:=\s*+(?:"(?P<quoted>[^"]*+)"|(?P<plain>[^\s;,"]++))?\s*+)?(?:;\s*+|\Z)', re.ASCII
)
"""A parameter of a Via; its value may be empty."""
_NEED_VALUE: Final = frozenset(("branch", "received"))
"""Parameters of a Via that need a value when they are the last."""
_BLANKS: Final = " \t\r\n"

ViaParts: TypeAlias = dict[str, str]


@dataclass(frozen=True, slots=True)
class NameAddr:
    """The first address of a header value, `"name" <uri>;params`; the name keeps its quotes, as in OpenSIPS."""

    name: str
    uri: str
    params: str
    size: int
    """What `{nameaddr.len}` gives: up to the first semicolon, or to the end of the header with its line end; 0 when
    another address follows."""
    values: tuple[tuple[str, str], ...] = ()
    """The parameters that have a value."""
    is_alone: bool = True
    """Whether no other address follows."""

    def param(self, name: str) -> str | None:
        """Return the value of a parameter, whose case counts; None when it is missing or has no value."""
        return next((value for key, value in self.values if key == name), None)


def parse_nameaddr(text: str) -> NameAddr | None:
    """Parse the first of the addresses of From, To or Contact; return None when one of them is not an address."""
    end = _END.search(text)
    header = text if end is None else text[: end.start()]
    whole = len(text) + 2 if end is None else end.end()
    first, at = _one_address(header, 0, whole)
    if first is None:
        return None
    if header[at : at + 1] == ",":
        first = replace(first, is_alone=False)
    while header[at : at + 1] == ",":
        found, at = _one_address(header, at + 1, whole)
        if found is None:
            return None
    return first if at == len(header) else None


def _one_address(header: str, start: int, whole: int) -> tuple[NameAddr | None, int]:
    """Parse the address that begins at an offset; return it, or None, and the offset behind it."""
    found = _ADDRESS.match(header, start)
    if found is None:
        return None, start
    uri = (found["uri"] or found["bare"]).strip(_BLANKS)
    at = after = found.end()
    begin = start + len(found[0]) - len(found[0].lstrip(_BLANKS))
    size = 0 if header[at : at + 1] == "," else (at if header[at : at + 1] == ";" else whole) - begin
    first_param = last_param = at
    values: list[tuple[str, str]] = []
    while header[at : at + 1] == ";":
        param = _PARAM.match(header, at + 1)
        if param is None or (param["name"].lower() == "tag" and not param["value"]):  # a tag needs a value
            return None, at
        first_param = param.start("name") if at == after else first_param
        last_param = param.end("value") if param["value"] else param.end("name")
        value = param["quoted"] or param["plain"]
        if value:
            values.append((param["name"], value))
        at = param.end()
        if not param["value"] and header[at : at + 1] == ",":
            last_param = at
    name = (found["name"] or "").strip(_BLANKS)
    return (NameAddr(name, uri, header[first_param:last_param], size, tuple(values)) if uri else None), at


_parsed: Final = functools.lru_cache(maxsize=128)(parse_nameaddr)


def _part(read: Callable[[NameAddr], Value], null_kind: NullKind = NullKind.PLAIN) -> TransformRule:
    def work(text: str) -> Value:
        found = _parsed(text)
        return None if found is None else read(found)

    return rule_of_text(work, has_form=_is_one_address, null_kind=null_kind, is_missing=_is_read)


def _is_read(text: str, _arguments: Sequence[Argument]) -> bool:
    return _parsed(text) is not None


def _is_one_address(text: str, _arguments: Sequence[Argument]) -> bool:
    found = _parsed(text)
    return found is not None and found.is_alone


def _param_of(text: str, arguments: Sequence[Argument]) -> Value:
    found = _parsed(text)
    return None if found is None else found.param(str(arguments[0]))


def _via(text: str) -> tuple[ViaParts, Pairs]:
    """Return the parts of the first Via and its parameters. raises ScriptFault: the text is not a list of them."""
    end = _END.search(text)
    header = text if end is None else text[: end.start()]
    first: tuple[ViaParts, Pairs] | None = None
    at = -1
    while at < len(header):
        found = _VIA.match(header, at + 1)
        if found is None or header[found.end() : found.end() + 1] not in {"", ","}:
            raise ScriptFault(f"not a Via header, which would end OpenSIPS: {text[:60]!r}")
        parts, at = {name: value or "" for name, value in found.groupdict().items()}, found.end()
        given = _via_params(parts["params"].strip(_BLANKS))
        if not parts["comment"]:  # the server leaves out the last quote as well
            parts["params"] = parts["params"].rstrip(_BLANKS).removesuffix('"')
        if found["params"] is not None and given is None:
            raise ScriptFault(f"bad parameters of a Via header, which would end OpenSIPS: {parts['params'][:60]!r}")
        first = first or (parts, given or [])
    assert first is not None
    return first


def _via_params(text: str) -> Pairs | None:
    """Return the names and values of the parameters of a Via; None when one of them is not well formed."""
    found, at = list[tuple[str, str]](), 0
    while at < len(text):
        param = _VIA_PARAM.match(text, at)
        if param is None:
            return None
        found.append((param["name"], param["quoted"] or param["plain"] or ""))
        at = param.end()
    return None if not found or (not found[-1][1] and found[-1][0].lower() in _NEED_VALUE) else found


def _via_part(name: str) -> TransformRule:
    return _via_rule(lambda text: _via(text)[0][name] or None)


def _via_value(name: str) -> TransformRule:
    return _via_rule(lambda text: value_of(_via(text)[1][::-1], name) or None)


def _via_rule(work: Callable[[str], Value], null_kind: NullKind = NullKind.EMPTY) -> TransformRule:
    return rule_of_text(lambda text: work(text) if text else None, has_form=_is_not_empty, null_kind=null_kind)


def _is_not_empty(text: str, _arguments: Sequence[Argument]) -> bool:
    return bool(text)


def _via_port(text: str) -> Value:
    port = _via(text)[0]["port"]
    return spelled(int(port[-9:]) & 0xFFFF, port) if port else None


NAMEADDRS: Final[Transforms] = {
    "name": _part(lambda found: found.name or None, NullKind.EMPTY),
    "uri": _part(lambda found: found.uri),
    "len": _part(lambda found: found.size),
    "params": _part(lambda found: found.params or None),
    "param": TransformRule(
        _param_of,
        (ParameterKind.LITERAL,),
        has_form=_is_one_address,
        null_kind=NullKind.EMPTY,
        is_missing=_is_read,
    ),
}

VIAS: Final[Transforms] = (
    {name: _via_part(name) for name in ("name", "version", "transport", "host", "comment", "params")}
    | {name: _via_value(name) for name in ("branch", "received", "rport")}
    | {
        "port": _via_rule(_via_port, NullKind.ZERO),
        "param": TransformRule(
            lambda text, arguments: value_of(_via(text)[1], str(arguments[0])) if text else None,
            (ParameterKind.TEXT,),
            has_form=_is_not_empty,
        ),
    }
)
