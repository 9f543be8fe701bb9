"""The values of a script: integers of 64 bits, text, NULL; and what arithmetic makes of them
(docs/opensips-behaviour.md 5.2).
"""

from typing import Final, TypeAlias

from evtui.core.values import Value as CoreValue

Value: TypeAlias = int | str | None
"""Text may hold surrogate escapes: bytes that were no UTF-8."""

MAX_TEXT: Final = 1 << 18
"""Characters of the longest text a script can make: one that doubles itself in a loop must end somewhere."""

_HALF: Final = 1 << 63
_ALL: Final = 1 << 64


class ScriptFault(Exception):  # noqa: N818 - a statement's failure, which never leaves a run: no error of the program
    """One statement cannot do what it says: it is logged with its place, and the script goes on."""


class NotRunHereFault(ScriptFault):
    """A fault of evtui's, not of the script: it is logged once a place."""


def wrap(number: int) -> int:
    """Keep an integer in 64 bits, as C does."""
    return number if -_HALF <= number < _HALF else (number + _HALF) % _ALL - _HALF


def to_text(value: Value) -> str:
    """Write a value as formats do: NULL is `<null>`."""
    if isinstance(value, str):
        return value
    return "<null>" if value is None else str(value)


def from_param(value: CoreValue) -> Value:
    """Make a value of an event's parameter; scripts have no fractions, so they get their text."""
    return str(value) if isinstance(value, float) else value


def checked_length(text: str) -> str:
    """Return a text that is not too long. raises Fault."""
    if len(text) > MAX_TEXT:
        raise ScriptFault(f"a text of {len(text)} characters, at most {MAX_TEXT} are allowed")
    return text


def to_bytes(text: str) -> bytes:
    """Turn a text back into the bytes it came from."""
    return text.encode("utf-8", "surrogateescape")


def from_bytes(data: bytes) -> str:
    """Make a text of bytes that may be no UTF-8."""
    return data.decode("utf-8", "surrogateescape")


def parse_integer(text: str) -> int:
    """Read a decimal integer. raises Fault."""
    digits = text.strip()
    body = digits[1:] if digits[:1] in {"-", "+"} else digits
    if not (body.isascii() and body.isdigit() and len(body) <= 19):
        raise ScriptFault(f"not an integer: {text[:40]!r}")
    return wrap(int(digits))
