"""`{csv.…}`: values between commas, quoted or not."""

import re
from collections.abc import Sequence
from typing import Final

from evtui.script.runtime.script_values import Value
from evtui.script.transformations.transformation import Argument, ParameterKind, TransformRule, Transforms

_FIELD: Final = re.compile(r'(?:"(?P<quoted>(?:[^"]++|"")*+)"|(?P<plain>(?!")[ -+\--~]*+))(?P<more>,|\Z)')
"""One value: any bytes in quotes, where two quotes are one, or printable ASCII without a comma."""


def fields(text: str) -> list[str] | None:
    """Return the values of a list; None when it is empty or not well formed.

    A line end behind the last value is left out, and so is a comma between a quoted value and the end.
    """
    line = text.removesuffix("\r\n")
    if not text:
        return None
    found, at = list[str](), 0
    while True:
        match = _FIELD.match(line, at)
        if match is None:
            return None
        quoted, at = match["quoted"], match.end()
        found.append(match["plain"] if quoted is None else quoted.replace('""', '"'))
        if not match["more"] or (quoted is not None and at == len(line)):
            return found


def _count(text: str, _arguments: Sequence[Argument]) -> Value:
    found = fields(text)
    return None if found is None else len(found)


def _value(text: str, arguments: Sequence[Argument]) -> Value:
    found, index = fields(text) or [], arguments[0]
    assert isinstance(index, int)
    return found[index] if -len(found) <= index < len(found) else None


LISTS: Final[Transforms] = {
    "count": TransformRule(_count),
    "value": TransformRule(_value, (ParameterKind.NUMBER,)),
}
