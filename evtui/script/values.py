"""The values of a script: integers of 64 bits, text, NULL; and what arithmetic makes of them (BEHAVIOUR 5.4)."""

from typing import Final, TypeAlias

from evtui.core.values import Value as Carried

Value: TypeAlias = int | str | None
"""Text may hold surrogate escapes: bytes that were no UTF-8."""

MAX_TEXT: Final = 1 << 20
"""Characters of the longest text a script can make: one that doubles itself in a loop must end somewhere."""

_HALF: Final = 1 << 63
_ALL: Final = 1 << 64


class Fault(Exception):  # noqa: N818 - a statement's failure, which never leaves a run: no error of the program
    """One statement cannot do what it says: it is logged with its place, and the script goes on."""


def wrap(number: int) -> int:
    """Keep an integer in 64 bits, as C does."""
    return number if -_HALF <= number < _HALF else (number + _HALF) % _ALL - _HALF


def say(value: Value) -> str:
    """Write a value as formats do: NULL is `<null>`."""
    if value.__class__ is str:
        return value  # type: ignore[return-value]
    return "<null>" if value is None else str(value)


def take(value: Carried) -> Value:
    """Make a value of an event's parameter; scripts have no fractions, so they get their text."""
    return str(value) if isinstance(value, float) else value


def limited(text: str) -> str:
    """Return a text that is not too long. raises Fault."""
    if len(text) > MAX_TEXT:
        raise Fault(f"a text of {len(text)} characters, at most {MAX_TEXT} are allowed")
    return text
