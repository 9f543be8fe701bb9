"""Read and write JSON as OpenSIPS' `$json` does (docs/opensips-behaviour.md 5.5).

It reads more than RFC 8259 allows: strings in single quotes, a comma behind the last value, comments, words in any
case, and whatever stands behind the first value. Numbers with a fraction or an exponent are written as they were read.
"""

import json
import re
from typing import Final, Literal, TypeAlias, Union

from evtui.script.runtime.script_values import MAX_TEXT, ScriptFault, check_size, checked_length

Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]
JsonStyle: TypeAlias = Literal["spaced", "compact", "unescaped", "pretty"]

_DEEPEST: Final = 100
"""How deep arrays and objects of a parsed text may nest."""
_LEAST: Final = -(1 << 63)
_MOST: Final = (1 << 64) - 1
_TOKEN: Final = re.compile(
    r"""(?P<blank>[ \t\r\n]++|/\*(?:[^*]|\*(?!/))*+\*/|//[^\n]*+)
    | "(?:[^"\\]|\\.)*+" | (?P<single>'(?:[^'\\]|\\.)*+')
    | (?P<number>-?(?P<whole>[0-9]++)(?:\.[0-9]*+)?(?:[eE][+-]?[0-9]++)?)
    | (?P<word>-?[A-Za-z]++) | (?P<comma>,) | (?P<end>[]}]) | [\[{:]""",
    re.DOTALL | re.VERBOSE,
)
_WORDS: Final = {word.lower(): word for word in ("true", "false", "null", "NaN", "Infinity", "-Infinity")}
_MARKS: Final = {"spaced": ("{ ", " }", "[ ", " ]", ", ", ": ")}
_COMPACT: Final = ("{", "}", "[", "]", ",", ":")


class SpelledFloat(float):
    """A number with a fraction or an exponent, with the text it is written as."""

    text: str

    def __new__(cls, text: str) -> "SpelledFloat":
        """Read a number."""
        made = super().__new__(cls, text)
        made.text = text
        return made


def read_json(text: str) -> Json:
    """Parse a JSON text. raises ScriptFault: it is not JSON, too long or nested too deep."""
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
        return _decoded(text)
    except ValueError:
        pass
    try:
        return _decoded(_strict(text))
    except ValueError as error:
        raise ScriptFault(f"not JSON: {error}: {text[:60]!r}") from error


def write_json(value: Json, style: JsonStyle) -> str:
    """Print a value as json-c does, with escaped slashes.

    `spaced` is `{ "a": 1 }`, `compact` is `{"a":1}`, `pretty` takes several lines, `unescaped` leaves slashes as they
    are.
    """
    _check_written(value, indent=2 if style == "pretty" else 0)
    text = _pretty(value, "\n") if style == "pretty" else _flat(value, _MARKS.get(style, _COMPACT))
    return checked_length(text if style == "unescaped" else text.replace("/", r"\/"))


def _decoded(text: str) -> Json:
    found: Json
    begun = text.lstrip(" \t\r\n")
    found, end = _DECODER.raw_decode(begun)
    if begun[end - 1 : end] == "0" and begun[end : end + 1].isdigit():
        raise ValueError("a number with leading zeros")
    return found


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) < 25 else _MOST if digits[0] != "-" else _LEAST
    return max(_LEAST, min(_MOST, number))


_DECODER: Final = json.JSONDecoder(strict=False, parse_float=SpelledFloat, parse_int=_integer)


def _strict(text: str) -> str:
    """Rewrite what the server reads and RFC 8259 does not allow; from a sign on that is never JSON, all is dropped."""
    pieces: list[str] = []
    comma, last, place = "", "", 0
    while found := _TOKEN.match(text, place):
        place = found.end()
        if found["blank"]:
            pieces.append(" ")
        elif found["comma"]:
            if last in {"[", "{", ","}:
                break  # nothing stands before it
            comma = last = ","
        else:
            last = found[0]
            pieces += ["" if found["end"] else comma, _strict_token(found)]
            comma = ""
    return "".join(pieces)


def _strict_token(found: re.Match[str]) -> str:
    if found["single"]:
        return '"' + re.sub(r'\\(.)|"', _double_quoted, found["single"][1:-1], flags=re.DOTALL) + '"'
    if found["number"]:
        sign = "-" if found["number"].startswith("-") else ""
        rest = found["number"].removeprefix("-").removeprefix(found["whole"])
        if rest == "." or rest.startswith((".e", ".E")):
            rest = ".0" + rest[1:]
        return sign + (found["whole"].lstrip("0") or "0") + rest
    return _WORDS.get(found[0].lower(), found[0]) if found["word"] else found[0]


def _double_quoted(found: re.Match[str]) -> str:
    return r"\"" if found[0] == '"' else "'" if found[1] == "'" else found[0]


def _check_written(value: Json, indent: int) -> None:
    """Check that a value is not too long before it is written. raises ScriptFault: it is.

    The size is the least that it can have, so at most MAX_TEXT values are looked at.
    """
    size, waiting = 0, [(value, indent)]
    while waiting:
        item, blanks = waiting.pop()
        if isinstance(item, dict | list):
            held = list(item.values()) if isinstance(item, dict) else item
            size += len(held) * (1 + blanks) + (sum(map(len, item)) if isinstance(item, dict) else 0)
            check_size(size)
            waiting += [(inner, blanks + indent) for inner in held]
        else:
            size += len(item) if isinstance(item, str) else 1
            check_size(size)


def _flat(value: Json, marks: tuple[str, ...]) -> str:
    match value:
        case dict():
            inside = marks[4].join([f"{_scalar(key)}{marks[5]}{_flat(held, marks)}" for key, held in value.items()])
            return f"{marks[0]}{inside}{marks[1]}" if inside else marks[0] + marks[1].lstrip()
        case list():
            inside = marks[4].join([_flat(held, marks) for held in value])
            return f"{marks[2]}{inside}{marks[3]}" if inside else marks[2] + marks[3].lstrip()
        case _:
            return _scalar(value)


def _pretty(value: Json, margin: str) -> str:
    inner = margin + "  "
    match value:
        case dict():
            parts = [f"{inner}{_scalar(key)}:{_pretty(held, inner)}" for key, held in value.items()]
            return "{" + ",".join(parts) + margin + "}"
        case list():
            return "[" + ",".join([inner + _pretty(held, inner) for held in value]) + margin + "]"
        case _:
            return _scalar(value)


def _scalar(value: Json) -> str:
    return value.text if isinstance(value, SpelledFloat) else json.dumps(value, ensure_ascii=False)
