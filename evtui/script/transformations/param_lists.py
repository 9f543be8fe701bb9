"""`{param.…}`: lists of `name=value` between semicolons."""

import re
from typing import Final, TypeAlias

from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.transformations.transformation import Transforms, number, parameter

Pairs: TypeAlias = list[tuple[str, str]]

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*\\?(?:"|\Z)|[^"]+', re.DOTALL)
"""A quoted part, closed or not, or everything up to the next quote."""


def pairs(text: str, sign: str = ";") -> Pairs:
    """Split a list into names and values; quotes around a value are removed, and a name alone has an empty value."""
    separator = sign[:1] or ";"
    pieces: list[str] = []
    current: list[str] = []
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token[0] == '"' or separator not in token:
            current.append(token)
        else:
            first, *more, last = token.split(separator)
            pieces += ["".join([*current, first]), *more]
            current = [last]
    pieces.append("".join(current))
    split = (piece.partition("=") for piece in pieces if piece.strip())
    return [(name.strip(), _unquoted(value.strip())) for name, _, value in split]


def value_of(found: Pairs, name: str) -> str | None:
    """Return the value of the first parameter with this name, regardless of case; None when there is none."""
    wanted = name.strip().lower()
    return next((value for key, value in found if key.lower() == wanted), None)


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _value(text: str, parameters: tuple[str, ...]) -> Value:
    return value_of(pairs(text, parameter(parameters, 1, ";")), parameter(parameters, 0)) or ""


def _exist(text: str, parameters: tuple[str, ...]) -> Value:
    return int(value_of(pairs(text, parameter(parameters, 1, ";")), parameter(parameters, 0)) is not None)


def _at(text: str, parameters: tuple[str, ...]) -> tuple[str, str]:
    found, index = pairs(text, parameter(parameters, 1, ";")), number(parameters, 0)
    if not -len(found) <= index < len(found):
        raise ScriptFault(f"there is no parameter {index}: the list has {len(found)}")
    return found[index]


PARAMS: Final[Transforms] = {
    "value": _value,
    "exist": _exist,
    "valueat": lambda text, parameters: _at(text, parameters)[1],
    "name": lambda text, parameters: _at(text, parameters)[0],
    "count": lambda text, parameters: len(pairs(text, parameter(parameters, 0, ";"))),
}
