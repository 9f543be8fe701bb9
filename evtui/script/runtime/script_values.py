"""The values of scripts (32-bit integers, text, NULL) and their conversions (docs/opensips-behaviour.md 5.2)."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from evtui.core.values import Value as CoreValue

Value: TypeAlias = int | str | None
"""A text may hold surrogate escapes, which are bytes that were not UTF-8."""

MAX_TEXT: Final = 1 << 18
"""Characters of the longest text that a script can make, so that a text doubled in a loop cannot fill the memory."""

_SIGN_LIMIT: Final = 1 << 31
_RANGE: Final = 1 << 32


class ScriptFault(Exception):  # noqa: N818 - a statement's failure that never leaves a run, not an error of the program
    """A statement cannot be done: the error is logged with its place, and the script continues."""


class NotRunHereFault(ScriptFault):
    """Something that evtui does not support: logged once for each place."""


class SpelledNumber(int):
    """An integer that prints as another text: `{s.int}` of "12abc", or a number of JSON as it was written.

    A variable that it is assigned to keeps the integer only.
    """

    text: str

    def __new__(cls, number: int, text: str) -> "SpelledNumber":
        """Make an integer that prints as `text`."""
        made = super().__new__(cls, number)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


class NumberedText(str):
    """A text that is also an integer: `$rm` is `INVITE` and 1.

    It is a text on the left of an operation and when it is assigned, and an integer where an integer is needed.
    """

    __slots__ = ("number",)
    number: int

    def __new__(cls, text: str, number: int) -> "NumberedText":
        """Make a text that is also `number`."""
        made = super().__new__(cls, text)
        made.number = number
        return made


def integer_of(value: Value) -> int | None:
    """Return the integer that a value is or also is; None when it is none."""
    if isinstance(value, int):
        return value
    return value.number if isinstance(value, NumberedText) else None


def wrap(number: int) -> int:
    """Wrap an integer to 32 bits, as OpenSIPS does."""
    return number if -_SIGN_LIMIT <= number < _SIGN_LIMIT else (number + _SIGN_LIMIT) % _RANGE - _SIGN_LIMIT


def spelled(number: int, text: str) -> int:
    """Return an integer that prints as `text`: a plain one when the text is its digits."""
    return number if text == str(number) else SpelledNumber(number, text)


def to_text(value: Value) -> str:
    """Return a value as formats print it: NULL is `<null>`."""
    if isinstance(value, str):
        return value
    return "<null>" if value is None else str(value)


def from_param(value: CoreValue) -> Value:
    """Return an event's parameter as a script value: an integer or a float becomes the nearest 32-bit integer."""
    if isinstance(value, float):
        value = int(max(-_SIGN_LIMIT, min(_SIGN_LIMIT - 1, value)))
    if not isinstance(value, int) or -_SIGN_LIMIT <= value < _SIGN_LIMIT:
        return value
    return -_SIGN_LIMIT if value < 0 else _SIGN_LIMIT - 1


def check_size(size: int) -> None:
    """Check the length of a text before it is made. raises ScriptFault: it is more than MAX_TEXT characters."""
    if size > MAX_TEXT:
        raise ScriptFault(f"a text of {size} characters, at most {MAX_TEXT} are allowed")


def checked_length(text: str) -> str:
    """Return the text when it is at most MAX_TEXT characters. raises ScriptFault: it is longer."""
    check_size(len(text))
    return text


def checked_value(value: Value) -> Value:
    """Return a value that a script may hold: no text of more than MAX_TEXT characters. raises ScriptFault."""
    return checked_length(value) if isinstance(value, str) and len(value) > MAX_TEXT else value


def joined(texts: Sequence[str], separator: str = "") -> str:
    """Join texts. raises ScriptFault: the result would be longer than MAX_TEXT; it is not made then."""
    check_size(sum(map(len, texts)) + len(separator) * (len(texts) - 1))
    return separator.join(texts)


def to_bytes(text: str) -> bytes:
    """Return the bytes of a text, with surrogate escapes as the bytes they stand for."""
    return text.encode("utf-8", "surrogateescape")


def from_bytes(data: bytes) -> str:
    """Return bytes as text, with surrogate escapes for bytes that are not UTF-8."""
    return data.decode("utf-8", "surrogateescape")


def parse_integer(text: str) -> int:
    """Parse a decimal integer. raises ScriptFault: the text is none."""
    digits = text.strip()
    body = digits[1:] if digits[:1] in {"-", "+"} else digits
    if not (body.isascii() and body.isdigit() and len(body) <= 19):
        raise ScriptFault(f"not an integer: {text[:40]!r}")
    return wrap(int(digits))
