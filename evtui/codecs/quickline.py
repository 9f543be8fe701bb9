"""Parameters of an event as words: `name=text`, `name:=json`, or bare text for a value without a name.

A line of words is quoted as in a shell, so that the same line works in the console and behind `evtui raise`.
`=text` and `:=json` are values without a name for which bare text does not suffice. In a name `\\=` `\\:` `\\-` `\\\\`
stand for the character itself, `\\uXXXX` for any character, and the name `\\0` is the empty name.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NoReturn, TypeAlias

from msgspec import Struct

from evtui.codecs.display_text import display_safe
from evtui.core.errors import BadParamsError
from evtui.core.values import NO_PARAMS, Params, Value

_BLANKS = " \t\r\n"
_PLAIN = re.compile(r"[\w@%+:,./-]+", re.ASCII)
_NAME_ESCAPES = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})|([=:\\-]))")
_NO_NAME = "\\0"


class BadWordError(BadParamsError):
    """A word is not a parameter. `word` and `column` count from 1; in words the column counts within the word."""

    def __init__(self, word: int, column: int, reason: str, *, in_line: bool) -> None:
        where = f"column {column}" if in_line else f"argument {word}, column {column}"
        super().__init__(f"{where}: {reason}")
        self.word = word
        self.column = column
        self.reason = reason


_Columns: TypeAlias = list[int]
_Pair: TypeAlias = tuple[str | None, Value]


class WrittenPair(Struct, frozen=True):
    """One parameter as it is written: its value is not read yet."""

    name: str | None
    text: str
    """What is written as its value."""
    is_json: bool
    """Whether the value is written behind `:=`."""
    word: int
    """The number of its word, from 1."""
    columns: tuple[int, ...]
    """The column of each character of the word and of its end."""
    start: int
    """The place of the value in the word, from 0."""
    in_line: bool

    def parts(self) -> tuple[str, str]:
        """Write it as (name with its sign, value), as `format_pair` does."""
        return (format_pair(self.name, None)[0], self.text) if self.is_json else format_pair(self.name, self.text)

    def error(self, column: int, reason: str) -> BadWordError:
        """Make the error of a column of the value, counted from 1."""
        return self.error_at(self.start + column - 1, reason)

    def error_at(self, place: int, reason: str) -> BadWordError:
        """Make the error of a place in the word, counted from 0."""
        return BadWordError(self.word, self.columns[min(place, len(self.columns) - 1)], reason, in_line=self.in_line)


class _Wrong(Exception):  # noqa: N818 - never leaves this module
    """What is wrong in one word, `at` an index from 0."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason


class _NotJson(_Wrong):
    """A value behind `:=` is not JSON."""


def parse_words(words: Sequence[str]) -> Params:
    """Parse parameters from words that a shell has split.

    raises BadWordError: a word is wrong, or some have names and some have none.
    """
    return _parse([(word, list(range(1, len(word) + 2))) for word in words], None)


def parse_line(line: str) -> Params:
    """Parse parameters from one line, quoted as in a shell.

    raises BadWordError.
    """
    return _parse(_split(line), line)


def written_words(words: Sequence[str]) -> tuple[WrittenPair, ...]:
    """Take words apart without reading their values.

    raises BadWordError: some have names and some have none.
    """
    return tuple(_written([(word, list(range(1, len(word) + 2))) for word in words], in_line=False))


def written_line(line: str) -> tuple[WrittenPair, ...]:
    """Take a line apart without reading its values.

    raises BadWordError: a quote is not closed, or some words have names and some have none.
    """
    return tuple(_written(_split(line), in_line=True))


def format_words(params: Params) -> tuple[str, ...]:
    """Write parameters as words that `parse_words` reads back. No word starts with `-`."""
    return tuple("".join(format_pair(name, value)) for name, value in params.pairs())


def format_line(params: Params) -> str:
    """Write parameters as one printable line that is also safe in a shell; `parse_line` reads it back."""
    return " ".join(quote_word(*format_pair(name, value)) for name, value in params.pairs())


def format_pair(name: str | None, value: Value) -> tuple[str, str]:
    """Write one parameter as (name with its sign, value); both together are its word."""
    if isinstance(value, str) and is_plain(value):
        if name is None:
            bare = value and "=" not in value and not value.startswith("-")
            return ("" if bare else "=", value)
        return _format_name(name) + "=", value
    return ("" if name is None else _format_name(name)) + ":=", json.dumps(value)


def quote_word(head: str, value: str) -> str:
    """Quote one word for a line or a shell; where it is easier to read, only the value is quoted."""
    if _is_plain(head) and not _is_plain(value) and not any(sign in '"\\$`!' for sign in value):
        return f'{head}"{value}"'
    word = head + value
    return word if _is_plain(word) else "'" + word.replace("'", "'\\''") + "'"


def is_plain(text: str) -> bool:
    """Return whether a text can be shown unchanged."""
    return display_safe(text, len(text) + 1) == text


def escape_name(name: str) -> str:
    """Write a name in characters that can be shown; `unescape_name` reads it back."""
    escaped = name.replace("\\", "\\\\")
    return escaped if is_plain(escaped) else "".join(map(_escape_char, escaped))


def unescape_name(text: str) -> str:
    """Read a name that `escape_name` wrote; any other backslash stays."""
    return _NAME_ESCAPES.sub(lambda found: found[3] or chr(int(found[1] or found[2], 16)), text)


def _parse(words: list[tuple[str, _Columns]], line: str | None) -> Params:
    pairs: list[_Pair] = []
    for pair in _written(words, in_line=line is not None):
        try:
            value = _parse_json(pair.text, pair.start) if pair.is_json else pair.text
        except _Wrong as wrong:
            lost = isinstance(wrong, _NotJson) and line
            reason = _explain_lost_quotes(line, pair.columns) if line and lost else None
            raise pair.error_at(wrong.at, reason or wrong.reason) from None
        pairs.append((pair.name, value))
    if not pairs:
        return NO_PARAMS
    names = tuple(name for name, _ in pairs if name is not None)
    return Params(tuple(value for _, value in pairs), names)


def _written(words: list[tuple[str, _Columns]], *, in_line: bool) -> Iterator[WrittenPair]:
    is_named: bool | None = None
    for number, (word, columns) in enumerate(words, 1):
        pair = _take_apart(word, number, tuple(columns), in_line=in_line)
        if is_named is not None and is_named != (pair.name is not None):
            raise pair.error_at(0, _mixed_names(word, named=not is_named))
        is_named = pair.name is not None
        yield pair


def _explain_lost_quotes(line: str, columns: Sequence[int]) -> str | None:
    """Explain how to keep double quotes, when splitting the line removed some from a JSON value; else None."""
    start, end = columns[0] - 1, columns[-1] - 1
    taken = set(range(start, end)).difference(column - 1 for column in columns)
    typed = line[start:end]
    if not any(line[place] == '"' for place in taken) or "'" in typed or line[start - 1 : start] == '"':
        return None
    return f"not JSON: a line takes double quotes off as a shell does; keep them with '{_cut(typed)}'"


def _mixed_names(word: str, *, named: bool) -> str:
    if named:
        return f"{_short(word)} has a name and the values before it have none: name all or none"
    return f"{_short(word)} has no name and the values before it have: write name=value"


def _take_apart(word: str, number: int, columns: tuple[int, ...], *, in_line: bool) -> WrittenPair:
    sign = _find_sign(word)
    if sign < 0:
        text = unescape_name(word) if "=" in word else word
        return WrittenPair(None, text, is_json=False, word=number, columns=columns, start=0, in_line=in_line)
    typed = word[sign - 1 : sign] == ":" and not _is_escaped(word, sign - 1)
    name = _parse_name(word[: sign - 1] if typed else word[:sign])
    return WrittenPair(name, word[sign + 1 :], typed, number, columns, sign + 1, in_line)


def _find_sign(word: str) -> int:
    place = word.find("=")
    while place >= 0 and _is_escaped(word, place):
        place = word.find("=", place + 1)
    return place


def _is_escaped(word: str, place: int) -> bool:
    """Return whether an odd number of backslashes stands before the place."""
    before = word[:place]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _parse_name(head: str) -> str | None:
    if not head:
        return None
    return "" if head == _NO_NAME else unescape_name(head)


def _parse_json(text: str, offset: int) -> Value:
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise _NotJson(offset, "a JSON value goes after := (for text write =)") from error
        raise _NotJson(offset + error.pos, f"not JSON: {error.msg.lower()} (for text write = instead of :=)") from error
    except (ValueError, RecursionError) as error:
        raise _Wrong(offset, f"not a usable JSON value: {_reason(error)}") from error
    return _narrow(value, text, offset)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON cannot say {name}")


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    return str(error) if str(error).startswith("JSON") else "too many digits"


def _narrow(value: object, text: str, offset: int) -> Value:
    """Keep what a parameter can be; true, false, arrays and objects become their JSON text
    (docs/opensips-behaviour.md 7.1).
    """
    match value:
        case bool() | list() | dict():
            return text.strip()
        case float() if abs(value) == float("inf"):
            raise _Wrong(offset, f"{_short(text)} is too large for a float")
        case int() | float() | str() | None:
            return value
        case _:  # pragma: no cover - json.loads makes nothing else
            raise _Wrong(offset, "not a JSON value")


def _short(word: str, limit: int = 24) -> str:
    return repr(_cut(word, limit))


def _cut(word: str, limit: int = 60) -> str:
    return word if len(word) <= limit else word[: limit - 1] + "…"


def _split(line: str) -> list[tuple[str, _Columns]]:
    """Split as a shell does; each word comes with the columns of its characters and of its end."""
    words: list[tuple[str, _Columns]] = []
    place = 0
    while place < len(line):
        if line[place] in _BLANKS:
            place += 1
            continue
        signs, columns, place = _take_word(line, place, len(words) + 1)
        words.append(("".join(signs), [*columns, place + 1]))
    return words


def _take_word(line: str, place: int, number: int) -> tuple[list[str], _Columns, int]:
    signs: list[str] = []
    columns: _Columns = []
    quote = ""
    opened = 0
    while place < len(line):
        sign = line[place]
        if not quote and sign in _BLANKS:
            break
        if sign == quote:
            quote = ""
        elif not quote and sign in "\"'":
            quote, opened = sign, place
        else:
            place += _escapes(line, place, quote)
            signs.append(line[place])
            columns.append(place + 1)
        place += 1
    if quote:
        raise BadWordError(number, opened + 1, f"the {quote} that opens here is not closed", in_line=True)
    return signs, columns, place


def _escapes(line: str, place: int, quote: str) -> int:
    """Return 1 when a backslash here quotes the next character and is left out, else 0."""
    if line[place] != "\\" or quote == "'" or place + 1 >= len(line):
        return 0
    return int(not quote or line[place + 1] in '"\\$`')


def _format_name(name: str) -> str:
    if not name:
        return _NO_NAME
    escaped = escape_name(name).replace("=", "\\=")
    if escaped.endswith(":"):
        escaped = escaped[:-1] + "\\:"
    return "\\" + escaped if escaped.startswith("-") else escaped


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text.replace("=", "")) is not None or not text.replace("=", "")


def _escape_char(sign: str) -> str:
    code = ord(sign)
    if " " <= sign <= "~":
        return sign
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
