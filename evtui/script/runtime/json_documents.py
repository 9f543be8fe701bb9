"""The JSON values of a script by name, with read, set, append, delete and list at a path."""

import copy
import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

from evtui.script.runtime.json_texts import Json, JsonStyle, SpelledFloat, read_json, write_json
from evtui.script.runtime.script_values import ScriptFault, SpelledNumber, Value, wrap

PathStep: TypeAlias = str | int | Literal["*"] | None
"""A key, an index (negative from the end), `*` for all, or None for the `[]` that appends."""

MAX_DOCUMENTS: Final = 1_000
MAX_SIZE: Final = 1 << 26
"""Characters of all documents together; each value in them counts as _SCALAR more."""
_SCALAR: Final = 16
_INT64: Final = 1 << 63
_LEAST_PLAIN: Final = 1e-6
_MOST_PLAIN: Final = 1e9
"""Merged fractions within these are written without an exponent."""
_KEYS: Final = ".keys"
_VALUES: Final = ".values"


class JsonDocuments:
    """The `$json` documents of a program; they live as long as it does, as `$var` does.

    Methods that write raise ScriptFault when the path does not fit.
    """

    def __init__(self) -> None:
        self._roots: dict[str, Json] = {}
        self._size = 0

    def get(self, path: Sequence[PathStep], style: JsonStyle = "spaced") -> Value:
        """Return the value at a path: integers and texts as they are, others as JSON; NULL when there is none.

        Also a null is NULL. A `.keys` or `.values` behind the path has no meaning here.
        """
        try:
            found = self._find(_bare(path))
        except ScriptFault:
            return None
        return _script_value(found, style)

    def items(self, path: Sequence[PathStep]) -> Iterable[Value]:
        """Return the elements of an array, the values of an object, or its keys when the path ends in `.keys`.

        They are those of now; each is written as JSON only when it is reached.
        """
        *front, last = path
        keys = isinstance(last, str) and last.endswith(_KEYS)
        if isinstance(last, str) and (keys or last.endswith(_VALUES)):
            last = last.removesuffix(_KEYS if keys else _VALUES)
        try:
            found = self._find([*front, last])
        except ScriptFault:
            return ()
        if isinstance(found, list) and last != path[-1]:
            return ()  # an array has neither keys nor values
        if isinstance(found, dict) and keys:
            return tuple(found)
        held = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        return map(_item_value, tuple(held))

    def put(self, path: Sequence[PathStep], value: Value) -> None:
        """Set the value at a path; NULL deletes what is there. A `.keys` or `.values` behind it has no meaning."""
        path = _bare(path)
        if value is None:
            self._delete(path)
        else:
            self._put(path, value)

    def parse(self, path: Sequence[PathStep], text: str) -> None:
        """Set the value at a path to a parsed JSON text.

        A `.keys` or `.values` behind the path has no meaning. raises ScriptFault: the text is not JSON, or is `null`;
        what was at the path is deleted then.
        """
        path = _bare(path)
        try:
            value = read_json(text)
        except ScriptFault:
            self._delete_if_named(path)
            raise
        if value is None:
            self._delete_if_named(path)
            raise ScriptFault("the JSON text null cannot be assigned")
        self._put(path, value)

    def link(self, alias: Sequence[PathStep], source: Sequence[PathStep]) -> None:
        """Make a whole document a second name of the value at another path; a deeper place gets a copy of it.

        A `.keys` or `.values` behind a path has no meaning. raises ScriptFault: no value, or a null, is at that path.
        """
        found, alias = self._find(_bare(source)), _bare(alias)
        if found is None:
            raise ScriptFault("a null cannot have a second name")
        self._put(alias, found if len(alias) == 1 else copy.deepcopy(found))

    def merged(self, first: Sequence[PathStep], second: Sequence[PathStep]) -> str:
        """Return, as compact JSON, an object with the changes of another one (RFC 7396).

        A `.keys` or `.values` behind a path has no meaning. raises ScriptFault: there is no value at one of them, or a
        null or a text.
        """
        values = [self._find(_bare(path)) for path in (first, second)]
        if any(value is None or isinstance(value, str) for value in values):
            raise ScriptFault("a null and a text cannot be merged")
        return write_json(_with_written_numbers(_merge(*values)), "compact")

    def _find(self, path: Sequence[PathStep]) -> Json:
        found: Json = self._roots
        for step in path:
            found = _child(found, step)
        return found

    def _put(self, path: Sequence[PathStep], value: Json) -> None:
        holder, step = self._find(path[:-1]), path[-1]
        if isinstance(holder, dict) and isinstance(step, str):
            if holder is self._roots and step not in holder and len(holder) >= MAX_DOCUMENTS:
                raise ScriptFault(f"more than {MAX_DOCUMENTS} JSON variables")
            before = -_size(holder[step]) if step in holder else len(step)
            self._count(_size(value) + before)
            holder[step] = value
        elif isinstance(holder, list) and step is None:
            self._count(_size(value))
            holder.append(value)
        elif step is None:
            raise ScriptFault("[] appends to an array, but there is no array")
        elif isinstance(holder, list) and isinstance(step, int):
            self._count(_size(value) - _size(_child(holder, step)))
            holder[step] = value
        else:
            raise _wrong_path()

    def _delete_if_named(self, path: Sequence[PathStep]) -> None:
        if path[-1] is not None:
            self._delete(path)

    def _delete(self, path: Sequence[PathStep]) -> None:
        holder, step = self._find(path[:-1]), path[-1]
        if isinstance(holder, dict) and isinstance(step, str):
            if step in holder:
                self._size -= _size(holder.pop(step)) + len(step)
        elif isinstance(holder, list) and isinstance(step, int):
            self._size -= _size(_child(holder, step))
            del holder[step]
        else:
            raise _wrong_path()

    def _count(self, added: int) -> None:
        """Count what a change adds. raises ScriptFault: the documents would be too large."""
        if self._size + added > MAX_SIZE:
            raise ScriptFault(f"the JSON variables hold more than {MAX_SIZE} characters")
        self._size += added


def _bare(path: Sequence[PathStep]) -> Sequence[PathStep]:
    """Return a path without the `.keys` or `.values` that may stand behind it."""
    last = path[-1]
    if not isinstance(last, str) or not last.endswith((_KEYS, _VALUES)):
        return path
    return (*path[:-1], last.removesuffix(_KEYS).removesuffix(_VALUES))


def _merge(value: Json, change: Json) -> Json:
    if not isinstance(change, dict):
        return change
    result = dict(value) if isinstance(value, dict) else {}
    for key, item in change.items():
        before = result.pop(key, None)  # what is changed moves to the end
        if item is not None:
            result[key] = _merge(before, item)
    return result


def _with_written_numbers(value: Json) -> Json:
    """Return a merged value with its numbers as the server writes them: whole ones without a fraction, else six digits.

    Numbers beyond 64 bits, fractions below a millionth and those above a thousand million get an exponent.
    """
    if isinstance(value, dict):
        return {key: _with_written_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_written_numbers(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return value
    if value == int(value) and -_INT64 <= value < _INT64:
        return int(value)
    has_exponent = not _LEAST_PLAIN <= abs(value) <= _MOST_PLAIN
    return SpelledFloat(f"{value:e}" if has_exponent else f"{value:f}")


def _size(value: Json) -> int:
    """Return the size of a value: its characters, and _SCALAR for each value in it."""
    size, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        size += _SCALAR
        if isinstance(item, str):
            size += len(item)
        elif isinstance(item, dict):
            size += sum(map(len, item))
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return size


def _item_value(value: Json) -> Value:
    """Return an item of a loop: a null is its text there."""
    return "null" if value is None else _script_value(value, "spaced")


def _script_value(value: Json, style: JsonStyle) -> Value:
    match value:
        case None | str():
            return value
        case bool() | float() | dict() | list():
            return write_json(value, style)
        case _:
            wrapped = wrap(value)
            return wrapped if wrapped == value else SpelledNumber(wrapped, str(value))


def _child(holder: Json, step: PathStep) -> Json:
    """Return the child at a key or an index. raises ScriptFault: there is none."""
    if isinstance(holder, dict) and isinstance(step, str):
        if step not in holder:
            raise ScriptFault(f"the JSON variable has no {step[:60]!r} there")
        return holder[step]
    if isinstance(holder, list) and isinstance(step, int):
        if not -len(holder) <= step < len(holder):
            raise ScriptFault(f"the JSON array has no element {step}")
        return holder[step]
    raise _wrong_path()


def _wrong_path() -> ScriptFault:
    return ScriptFault("the path does not fit the JSON variable")
