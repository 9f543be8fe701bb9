"""`{csv.…}`: values between commas, quoted or not."""

import re
from typing import Final

from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.transformations.transformation import Transforms, number

_FIELD: Final = re.compile(r'((?:"(?:\\.|[^"\\])*\\?(?:"|\Z)|[^",])*)(,|\Z)', re.DOTALL)


def fields(text: str) -> list[str]:
    """Split at commas outside quotes; blanks around a value are removed."""
    if not text:
        return []
    found, at = list[str](), 0
    while match := _FIELD.match(text, at):
        found.append(match[1].strip())
        at = match.end()
        if not match[2]:
            break
    return found


def _value(text: str, parameters: tuple[str, ...]) -> Value:
    found, index = fields(text), number(parameters, 0)
    if not -len(found) <= index < len(found):
        raise ScriptFault(f"there is no value {index}: the list has {len(found)}")
    return found[index]


LISTS: Final[Transforms] = {"count": lambda text, _parameters: len(fields(text)), "value": _value}
