"""`{s.…}`: lengths, pieces, cases, padding, numbers."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from evtui.script.runtime.script_values import MAX_TEXT, ScriptFault, Value, parse_integer, wrap
from evtui.script.transformations.encodings import ENCODINGS
from evtui.script.transformations.transformation import Transform, Transforms, number, parameter, without_parameters

_BLANKS: Final = " \t\r\n"


def _substr(text: str, parameters: tuple[str, ...]) -> Value:
    """Return a part of a text. A negative offset counts from the end; a length of 0 or too long reads to the end."""
    offset, length = number(parameters, 0), number(parameters, 1, "0")
    if offset >= len(text) or -offset > len(text) or length < 0:
        raise ScriptFault(f"substr: {offset},{length} is out of the range of {len(text)} characters")
    start = offset if offset >= 0 else len(text) + offset
    return text[start : start + length] if length else text[start:]


def _select(text: str, parameters: tuple[str, ...]) -> Value:
    """Return a field by its index, negative from the end; empty when there is none."""
    index, separator = number(parameters, 0), parameter(parameters, 1)
    if not separator:
        raise ScriptFault("select: no separator")
    fields = text.split(separator[0])
    return fields[index] if -len(fields) <= index < len(fields) else ""


def _index(text: str, parameters: tuple[str, ...]) -> Value:
    start = number(parameters, 1, "0")
    return text.find(parameter(parameters, 0), max(0, len(text) + start) if start < 0 else start)


def _rindex(text: str, parameters: tuple[str, ...]) -> Value:
    wanted, start = parameter(parameters, 0), number(parameters, 1, "-1")
    start = len(text) + start if start < 0 else start
    return text.rfind(wanted, 0, max(0, start) + len(wanted))


def _filled(left: bool) -> Transform:
    def fill(text: str, parameters: tuple[str, ...]) -> Value:
        token, missing = parameter(parameters, 0), _width(parameters, 1) - len(text)
        if missing <= 0 or not token:
            return text
        padding = (token * (missing // len(token) + 1))[:missing]
        return padding + text if left else text + padding

    return fill


def _fit(text: str, parameters: tuple[str, ...]) -> Value:
    size = _width(parameters, 0)
    return text[:size].ljust(size)


def _width(parameters: tuple[str, ...], place: int) -> int:
    size = number(parameters, place)
    if not 0 <= size <= MAX_TEXT:
        raise ScriptFault(f"a width of {size}, 0 to {MAX_TEXT} are possible")
    return size


def _from_hex(text: str) -> Value:
    try:
        return wrap(int(text[:18], 16))
    except ValueError:
        raise ScriptFault(f"not a hexadecimal number: {text[:40]!r}") from None


def _unix(text: str) -> Value:
    """Return the Unix seconds of an RFC 3261 date: `Sat, 13 Nov 2010 23:29:00 GMT`."""
    try:
        return int(datetime.strptime(text.strip(), "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise ScriptFault(f"not a date: {text[:40]!r}") from None


_PLAIN: Final[dict[str, Callable[[str], Value]]] = {
    "len": len,
    "int": parse_integer,
    "reverse": lambda text: text[::-1],
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": lambda text: text.strip(_BLANKS),
    "triml": lambda text: text.lstrip(_BLANKS),
    "trimr": lambda text: text.rstrip(_BLANKS),
    "dec2hex": lambda text: f"{parse_integer(text) & 0xFFFFFFFFFFFFFFFF:x}",
    "hex2dec": _from_hex,
    "date2unix": _unix,
}

STRINGS: Final[Transforms] = (
    {name: without_parameters(work) for name, work in _PLAIN.items()}
    | {
        "substr": _substr,
        "select": _select,
        "index": _index,
        "rindex": _rindex,
        "fill.left": _filled(left=True),
        "fill.right": _filled(left=False),
        "width": _fit,
    }
    | ENCODINGS
)
