"""The JSON values of a script by name, with read, set, append, delete and list at a path."""

import json
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, Union

from evtui.script.runtime.script_values import MAX_TEXT, ScriptFault, Value, checked_length, wrap

PathStep: TypeAlias = str | int | Literal["*"] | None
"""A key, an index (negative from the end), `*` for all, or None for the `[]` that appends."""
Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]
JsonStyle: TypeAlias = Literal["spaced", "compact", "unescaped", "pretty"]

MAX_DOCUMENTS: Final = 1_000
MAX_SIZE: Final = 1 << 26
"""Characters of all documents together."""
_DEEPEST: Final = 100
"""How deep arrays and objects of a parsed text may nest."""
_KEYS: Final = ".keys"
_VALUES: Final = ".values"


class JsonDocuments:
    """The `$json` documents of a program; they live as long as it does, as `$var` does.

    Methods that write raise ScriptFault when the path does not fit.
    """

    def __init__(self) -> None:
        self._roots: dict[str, Json] = {}
        self._characters = 0

    def get(self, path: Sequence[PathStep], style: JsonStyle = "spaced") -> Value:
        """Return the value at a path: integers and texts as they are, others as JSON; NULL when there is none."""
        try:
            found = self._find(path)
        except ScriptFault:
            return None
        return _script_value(found, style)

    def items(self, path: Sequence[PathStep]) -> tuple[Value, ...]:
        """Return the elements of an array, the values of an object, or its keys when the path ends in `.keys`."""
        *front, last = path
        keys = isinstance(last, str) and last.endswith(_KEYS)
        if isinstance(last, str) and (keys or last.endswith(_VALUES)):
            last = last.removesuffix(_KEYS if keys else _VALUES)
        try:
            found = self._find([*front, last])
        except ScriptFault:
            return ()
        if isinstance(found, dict):
            return tuple(found) if keys else tuple([_script_value(value, "spaced") for value in found.values()])
        return tuple([_script_value(value, "spaced") for value in found]) if isinstance(found, list) else ()

    def put(self, path: Sequence[PathStep], value: Value) -> None:
        """Set the value at a path; NULL deletes what is there."""
        if value is None:
            self._delete(path)
        else:
            self._put(path, value, len(value) if isinstance(value, str) else 8)

    def parse(self, path: Sequence[PathStep], text: str) -> None:
        """Set the value at a path to a parsed JSON text. raises ScriptFault: the text is no JSON."""
        self._put(path, read_json(text), len(text))

    def _find(self, path: Sequence[PathStep]) -> Json:
        found: Json = self._roots
        for step in path:
            found = _child(found, step)
        return found

    def _put(self, path: Sequence[PathStep], value: Json, size: int) -> None:
        self._count(size)
        holder, step = self._find(path[:-1]), path[-1]
        if isinstance(holder, dict) and isinstance(step, str):
            if holder is self._roots and step not in holder and len(holder) >= MAX_DOCUMENTS:
                raise ScriptFault(f"more than {MAX_DOCUMENTS} JSON variables")
            holder[step] = value
        elif isinstance(holder, list) and step is None:
            holder.append(value)
        elif step is None:
            raise ScriptFault("[] appends to an array, and there is none")
        elif isinstance(holder, list) and isinstance(step, int):
            _child(holder, step)
            holder[step] = value
        else:
            raise _wrong_path()

    def _delete(self, path: Sequence[PathStep]) -> None:
        holder, step = self._find(path[:-1]), path[-1]
        if isinstance(holder, dict) and isinstance(step, str):
            holder.pop(step, None)
        elif isinstance(holder, list) and isinstance(step, int):
            if -len(holder) <= step < len(holder):
                del holder[step]
        else:
            raise _wrong_path()

    def _count(self, size: int) -> None:
        """Count the characters that are put in; recount all documents only when the sum is too much."""
        self._characters += size
        if self._characters > MAX_SIZE:
            self._characters = size + len(json.dumps(self._roots, ensure_ascii=False))
            if self._characters > MAX_SIZE:
                raise ScriptFault(f"the JSON variables hold more than {MAX_SIZE} characters")


def read_json(text: str) -> Json:
    """Parse a JSON text. raises ScriptFault: it is no JSON, too long or nested too deep."""
    if len(text) > MAX_TEXT:
        raise ScriptFault(f"a JSON text of {len(text)} characters, at most {MAX_TEXT} are allowed")
    depth = deepest = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    if deepest > _DEEPEST:
        raise ScriptFault(f"JSON with more than {_DEEPEST} arrays or objects within each other")
    try:
        read: Json = json.loads(text, parse_constant=_reject_constant)
    except ValueError as error:
        raise ScriptFault(f"no JSON: {error}: {text[:60]!r}") from error
    return read


def write_json(value: Json, style: JsonStyle) -> str:
    """Print a value as json-c does, with escaped slashes.

    `spaced` is `{ "a": 1 }`, `compact` is `{"a":1}`, `pretty` takes several lines, `unescaped` leaves slashes as they
    are.
    """
    if style == "spaced":
        text = _spaced(value)
    else:
        indent = 2 if style == "pretty" else None
        text = json.dumps(value, ensure_ascii=False, indent=indent, separators=(",", ":"))
    return checked_length(text if style == "unescaped" else text.replace("/", r"\/"))


def _reject_constant(text: str) -> Json:
    raise ValueError(f"{text} is no number")


def _spaced(value: Json) -> str:
    match value:
        case dict():
            inside = ", ".join([f"{_spaced(key)}: {_spaced(held)}" for key, held in value.items()])
            return f"{{ {inside} }}" if inside else "{ }"
        case list():
            inside = ", ".join([_spaced(held) for held in value])
            return f"[ {inside} ]" if inside else "[ ]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _script_value(value: Json, style: JsonStyle) -> Value:
    if isinstance(value, int) and not isinstance(value, bool):
        return wrap(value)
    return value if isinstance(value, str) else write_json(value, style)


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
