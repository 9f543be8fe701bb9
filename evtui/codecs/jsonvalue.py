"""Read and write JSON without losing anything: order and duplicates of members, bytes that are not UTF-8, big ints.

Text from outside is read as UTF-8 with surrogate escapes (PEP 383). A surrogate is written as its `\\udcXX` escape, so
that the output is always valid JSON, and reading it back gives the same bytes.
"""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from evtui.core.errors import BadMessageError
from evtui.core.values import Params, Value, shared_names

_PLAIN = frozenset((str, int, type(None)))
"""The types that are values of parameters as they are."""


class Members:
    """A JSON object: pairs of name and value, in the order written, duplicates kept.

    It is not a subclass of tuple, because mypy follows the items of a tuple, which may be Members again, without end.
    """

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[tuple[str, "Json"]] = ()) -> None:
        self._pairs = tuple(pairs)

    def by_name(self) -> dict[str, "Json"]:
        """Return the values by name; of a name that stands twice, the last one."""
        return dict(self._pairs)

    def __iter__(self) -> Iterator[tuple[str, "Json"]]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Members) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(self._pairs)

    def __repr__(self) -> str:
        return f"Members({list(self._pairs)!r})"


Json: TypeAlias = bool | int | float | str | list["Json"] | Members | None


def _refuse_constant(name: str) -> Any:
    raise BadMessageError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadMessageError(f"{text[:24]} is too large for a float")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=Members,
    parse_constant=_refuse_constant,
    parse_float=_finite,
    strict=False,  # raw control characters in a string are accepted, as by OpenSIPS's parser
)


def decode_text(raw: bytes) -> str:
    """Read bytes as UTF-8; other bytes become surrogate escapes."""
    return raw.decode("utf-8", "surrogateescape")


def loads(text: str) -> Json:
    """Read one JSON value; only white space may follow it.

    raises BadMessageError: the text is not JSON, is nested too deep, or holds NaN or Infinity.
    """
    value, end = scan(text, 0)
    if rest := text[end:].lstrip(" \t\r\n"):
        raise BadMessageError(f"column {len(text) - len(rest) + 1}: more after the end of the JSON value")
    return value


def scan(text: str, start: int) -> tuple[Json, int]:
    """Read the JSON value at `start`, behind white space; returns it and the index behind it.

    raises BadMessageError: as `loads`.
    """
    while start < len(text) and text[start] in " \t\r\n":
        start += 1
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise BadMessageError(f"column {error.pos + 1}: {error.msg}") from error
    except RecursionError as error:
        raise BadMessageError("nested too deep") from error
    except ValueError as error:  # an int with more digits than Python converts
        raise BadMessageError(str(error)) from error


def dumps(value: Json) -> str:
    """Write a JSON value as OpenSIPS does: compact, with non-ASCII characters unescaped."""
    match value:
        case Members():
            return "{" + ",".join(f"{_text(name)}:{dumps(item)}" for name, item in value) + "}"
        case list():
            return "[" + ",".join(map(dumps, value)) + "]"
        case _:
            return _text(value)


def dump_bytes(value: Json) -> bytes:
    """Write a JSON value as bytes: always valid JSON, surrogates as escapes."""
    return dumps(value).encode("utf-8", "backslashreplace")


def to_value(value: Json) -> Value:
    """Turn a JSON value into the value of a parameter; true, false, arrays and objects become JSON text."""
    if isinstance(value, bool | list | Members):
        return dumps(value)
    return value


def to_params(value: list[Json] | Members) -> Params:
    """Turn a JSON array into parameters without names, an object into named ones; order and duplicates are kept."""
    names: tuple[str, ...] = ()
    if isinstance(value, Members):
        pairs = value.by_name()
        if len(pairs) == len(value):
            names, items = tuple(pairs), tuple(pairs.values())
        else:
            names, items = tuple([name for name, _ in value]), tuple([item for _, item in value])
    else:
        items = tuple(value)
    if not _PLAIN.issuperset(map(type, items)):  # the usual case, in one pass in C
        items = tuple(map(to_value, items))
    return Params(items, shared_names(names))  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
