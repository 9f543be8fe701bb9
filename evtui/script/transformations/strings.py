"""`{s.…}`: lengths, pieces, cases, padding, numbers."""

import calendar
import re
from collections.abc import Sequence
from typing import Final

from evtui.script.runtime.script_values import (
    NumberedText,
    ScriptFault,
    SpelledNumber,
    Value,
    check_size,
    spelled,
    wrap,
)
from evtui.script.transformations.encodings import ENCODINGS
from evtui.script.transformations.transformation import (
    Argument,
    NullKind,
    ParameterKind,
    TransformRule,
    Transforms,
    always,
    any_form,
    number_of_digits,
    rule_of_text,
)

NUMBER: Final = ParameterKind.NUMBER
_BLANKS: Final = " \t\r\n"
_MAX_WIDTH: Final = 65535
_LEADING_NUMBER: Final = re.compile(r"[+-]?+[0-9]*+")
_WHOLE_NUMBER: Final = re.compile(r"[+-]?+[0-9]*+(?<=.)")
_HEX: Final = re.compile(r"[0-9A-Fa-f]*+")
_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DATE: Final = re.compile(
    rf"(?i:{'|'.join((*_DAYS, *(day[:3] for day in _DAYS)))}),\s*+(?P<day>[0-9]{{1,2}})\s*+"
    rf"(?P<month>(?i:{'|'.join((*_MONTHS, *(month[:3] for month in _MONTHS)))}))\s*+(?P<year>[0-9]{{1,4}})\s*+"
    r"(?P<hour>[0-9]{1,2}):\s*+(?P<minute>[0-9]{1,2}):\s*+(?P<second>[0-9]{1,2})\s*+GMT"
)
"""A date of RFC 3261, of which what follows it is ignored."""


def _substr(text: str, arguments: Sequence[Argument]) -> Value:
    """Return a part of a text.

    A negative offset counts from the end. The length 0, or one that is too long, reads to the end, and a negative one
    leaves out as many bytes of the end.
    """
    offset, length = arguments[0], arguments[1]
    assert isinstance(offset, int)
    assert isinstance(length, int)
    if not -len(text) <= offset < len(text):
        return None
    start = offset if offset >= 0 else len(text) + offset
    if length > 0:
        return text[start : start + length]
    if start > len(text) + length:
        raise ScriptFault(f"a length of {length} leaves out more than there is: this would end OpenSIPS")
    return text[start : len(text) + length]


def _select(text: str, arguments: Sequence[Argument]) -> Value:
    """Return a field by its index, negative from the end."""
    index, sign = arguments[0], arguments[1]
    assert isinstance(index, int)
    fields = text.split(str(sign))
    return fields[index] if -len(fields) <= index < len(fields) else None


def _start(size: int, arguments: Sequence[Argument], default: int) -> int:
    """Return where a search begins: a negative offset counts from the end, and round again when it is too far."""
    start = arguments[1] if len(arguments) > 1 else default
    assert isinstance(start, int)
    return start if start >= 0 else (-(-start % size) + size) % size


def _index(text: str, arguments: Sequence[Argument]) -> Value:
    wanted = str(arguments[0])
    if not text or not wanted:
        return None
    found = text.find(wanted, _start(len(text), arguments, 0))
    return None if found < 0 else found


def _rindex(text: str, arguments: Sequence[Argument]) -> Value:
    wanted = str(arguments[0])
    if not text or not wanted:
        return None
    found = text.rfind(wanted, 0, _start(len(text), arguments, len(text)) + len(wanted))
    return None if found < 0 else found


def _fill(text: str, arguments: Sequence[Argument], *, left: bool) -> str:
    token, size = str(arguments[0]), arguments[1]
    assert isinstance(size, int)
    missing = size - len(text)
    if missing <= 0:
        return text
    check_size(size)
    padding = token * (missing // len(token) + 1)
    return padding[-missing:] + text if left else text + padding[:missing]


def _fit(text: str, arguments: Sequence[Argument]) -> Value:
    size = arguments[0]
    assert isinstance(size, int)
    if not 0 < size <= _MAX_WIDTH:
        return None
    return text[:size].ljust(size)


def _integer(text: str) -> Value:
    """Return the number at the beginning of a text, 0 when there is none; it prints as the whole text."""
    found = _LEADING_NUMBER.match(text)
    assert found is not None
    return spelled(number_of_digits(found[0]), text.encode("latin-1").decode("utf-8", "surrogateescape"))


def _same_integer(value: int | NumberedText) -> Value:
    """Return an integer as it is, and of a text that is one too its integer, which prints as the text."""
    return value if isinstance(value, int) else SpelledNumber(value.number, str(value))


def _to_hex(text: str) -> Value:
    found = _WHOLE_NUMBER.fullmatch(text)
    return None if found is None else _hex(number_of_digits(found[0]))


def _hex(value: int | NumberedText) -> str:
    number = value if isinstance(value, int) else value.number
    return f"{number & 0xFFFFFFFF:x}"


def _from_hex(text: str) -> Value:
    """Return the number of hexadecimal digits, of which the last eight count; a negative one prints with 64 bits."""
    if _HEX.fullmatch(text) is None:
        return None
    number = wrap(int(text[-8:] or "0", 16))
    return spelled(number, str(number & 0xFFFFFFFFFFFFFFFF))


def _lower(text: str) -> Value:
    return text.lower() if text.isascii() else text.encode("latin-1").lower().decode("latin-1")


def _upper(text: str) -> Value:
    return text.upper() if text.isascii() else text.encode("latin-1").upper().decode("latin-1")


def _unix(text: str) -> Value:
    """Return the Unix seconds, as a text, of an RFC 3261 date: `Sat, 13 Nov 2010 23:29:00 GMT`.

    The weekday may be a wrong one, and a month may have up to 31 days.
    """
    found = _DATE.match(text)
    if found is None:
        return None
    day, year, hour, minute, second = (int(found[name]) for name in ("day", "year", "hour", "minute", "second"))
    month = next(
        place for place, name in enumerate(_MONTHS, 1) if found["month"].lower() in {name.lower(), name[:3].lower()}
    )
    if not (1 <= day <= 31 and year and hour < 24 and minute < 60 and second < 62):
        return None
    return str(calendar.timegm((year, month, day, hour, minute, second)))


def _is_longer(before: str, _after: str, arguments: Sequence[Argument]) -> bool:
    """Say whether a text is longer than what it would be filled up to; one of just this length becomes a text."""
    size = arguments[1]
    assert isinstance(size, int)
    return len(before) > size


_PIECES: Final[dict[str, TransformRule]] = {
    "len": rule_of_text(len),
    "int": rule_of_text(_integer, of_integer=_same_integer),
    "reverse": rule_of_text(lambda text: text[::-1]),
    "tolower": rule_of_text(_lower),
    "toupper": rule_of_text(_upper),
    "trim": rule_of_text(lambda text: text.strip(_BLANKS), always),
    "triml": rule_of_text(lambda text: text.lstrip(_BLANKS), always),
    "trimr": rule_of_text(lambda text: text.rstrip(_BLANKS), always),
    "dec2hex": rule_of_text(_to_hex, of_integer=_hex),
    "hex2dec": rule_of_text(_from_hex, of_integer=lambda value: value),
    "date2unix": rule_of_text(_unix),
    "substr": TransformRule(_substr, (NUMBER, NUMBER)),
    "select": TransformRule(_select, (NUMBER, ParameterKind.SIGN), has_form=any_form, null_kind=NullKind.TEXT),
    "index": TransformRule(_index, (ParameterKind.TEXT, NUMBER), 1, has_form=any_form),
    "rindex": TransformRule(_rindex, (ParameterKind.TEXT, NUMBER), 1, has_form=any_form),
    "fill.left": TransformRule(
        lambda text, arguments: _fill(text, arguments, left=True), (ParameterKind.FILLING, NUMBER), 0, _is_longer
    ),
    "fill.right": TransformRule(
        lambda text, arguments: _fill(text, arguments, left=False), (ParameterKind.FILLING, NUMBER), 0, _is_longer
    ),
    "width": TransformRule(_fit, (ParameterKind.SIZE,), 0, lambda before, after, _arguments: len(after) <= len(before)),
}

STRINGS: Final[Transforms] = {**_PIECES, **ENCODINGS}
