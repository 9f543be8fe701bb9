"""`{param.…}`: lists of `name=value` between semicolons."""

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from evtui.script.runtime.arithmetic import folded
from evtui.script.runtime.script_values import Value
from evtui.script.transformations.transformation import Argument, ParameterKind, TransformRule, Transforms

Pairs: TypeAlias = list[tuple[str, str]]

_PAIR: Final = re.compile(
    r'(?P<name>[^\s;,=]*+)\s*+(?:=\s*+(?:"(?P<quoted>[^"]*+)"|(?P<plain>[^\s;,"][^\s;,]*+))\s*+)?'
    r"(?:(?P<more>;)\s*+|,|\Z)",
    re.ASCII,
)
"""One parameter and what is behind it. A name may be empty, and a value may not unless it is quoted."""


def parse_pairs(text: str) -> Pairs | None:
    """Return the names and values of a list; None when it is empty or not well formed.

    Quotes around a value are removed, and a name alone has an empty value. A comma ends the list.
    """
    found, at, size = list[tuple[str, str]](), 0, len(text)
    while at < size:
        pair = _PAIR.match(text, at)
        if pair is None:
            return None
        name, quoted, plain, more = pair.groups()
        found.append((name, quoted or plain or ""))
        if more is None:
            return found
        at = pair.end()
    return None


def pairs(text: str) -> Pairs:
    """Return the names and values of a list; none when it is not well formed."""
    return parse_pairs(text) or []


def value_of(found: Pairs, name: str) -> str | None:
    """Return the value of the first parameter with this name, regardless of case; None when there is none."""
    wanted = folded(name)
    return next((value for key, value in found if folded(key) == wanted), None)


def _value(text: str, arguments: Sequence[Argument]) -> Value:
    return value_of(pairs(text), str(arguments[0]))


def _exist(text: str, arguments: Sequence[Argument]) -> Value:
    found = parse_pairs(text)
    return None if found is None else int(value_of(found, str(arguments[0])) is not None)


def _at(text: str, arguments: Sequence[Argument]) -> tuple[str, str] | tuple[None, None]:
    found, index = pairs(text), arguments[0]
    assert isinstance(index, int)
    return found[index] if -len(found) <= index < len(found) else (None, None)


def _count(text: str, _arguments: Sequence[Argument]) -> Value:
    found = parse_pairs(text)
    return None if found is None else len(found)


def _is_list(text: str, _arguments: Sequence[Argument]) -> bool:
    return parse_pairs(text) is not None


PARAMS: Final[Transforms] = {
    "value": TransformRule(_value, (ParameterKind.TEXT,), has_form=_is_list),
    "exist": TransformRule(_exist, (ParameterKind.TEXT,)),
    "valueat": TransformRule(
        lambda text, arguments: _at(text, arguments)[1], (ParameterKind.NUMBER,), has_form=_is_list
    ),
    "name": TransformRule(lambda text, arguments: _at(text, arguments)[0], (ParameterKind.NUMBER,), has_form=_is_list),
    "count": TransformRule(_count),
}
