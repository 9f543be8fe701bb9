"""What may be written at a place of a filter: names and signs of the language, and what the records have."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from evtui.core.records import Record
from evtui.filters.comparisons import NAMES, OUTCOMES, PARAMETER, SAME_NAMES, values_of
from evtui.filters.filter_values import quoted
from evtui.filters.record_facts import KIND_WORDS, RecordFacts, RowFacts, reason_text, rows_of, value_text

LOOKED_AT: Final = 500
"""Records that names and values are collected from: the newest."""

MOST: Final = 50
"""Suggestions at most."""

_ROWS: Final = 20
"""Rows of one record that values are collected from."""

_LONGEST: Final = 120
"""Characters of the longest value that is suggested."""

_COMPARISON: Final = re.compile(r"([^\s()\"=~<>!]+)(!=|!~|==|<=|>=|[=~<>])(.*)", re.DOTALL)

_SIGNS: Final[Mapping[str, str]] = MappingProxyType({"latency": ">", "age": "<", "time": ">", "text": "~"})
"""The sign that is suggested with a name, where it is not `=`."""

_FIXED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"latency": ("1ms", "5ms", "100ms", "1s"), "age": ("1m", "10m", "1h"), "outcome": tuple(OUTCOMES),
     "kind": KIND_WORDS, "mark": ("hand",)}
)  # fmt: skip


class Suggestion(Struct, frozen=True):
    """A text that may take the place of a part of a filter: from `begin`, counted from 0, to the cursor."""

    begin: int
    text: str


def suggest(text: str, cursor: int, records: Sequence[Record]) -> list[Suggestion]:
    """List what may stand at the cursor and goes with what is written there; `records` are oldest first."""
    begin = _begin(text[:cursor])
    part = text[begin:cursor]
    newest = [RecordFacts(record) for record in islice(reversed(records), LOOKED_AT)]
    compared = _COMPARISON.match(part)
    if compared is None:
        return [Suggestion(begin, word) for word in _fitting(part, _words(newest))]
    name, sign, value = compared[1], compared[2], compared[3]
    typed = value.removeprefix('"')
    found = _fitting(typed, _values(SAME_NAMES.get(name, name), newest))
    return [Suggestion(begin, f"{name}{sign}{quoted(each)}") for each in found]


def _begin(before: str) -> int:
    """Return where the word at the end of a text begins."""
    begin, is_quoted, is_escaped = 0, False, False
    for place, sign in enumerate(before):
        if is_escaped:
            is_escaped = False
        elif is_quoted and sign == "\\":
            is_escaped = True
        elif sign == '"':
            is_quoted = not is_quoted
        elif not is_quoted and (sign.isspace() or sign in "()"):
            begin = place + 1
    return begin


def _fitting(typed: str, known: Iterable[str]) -> Iterator[str]:
    """Yield the texts that begin with what is typed, case ignored, then those that have it elsewhere."""
    needle, others, found = typed.casefold(), list[str](), 0
    for text in dict.fromkeys(known):
        if text.casefold().startswith(needle):
            if text != typed and found < MOST:
                found += 1
                yield text
        elif needle in text.casefold():
            others.append(text)
    yield from others[: MOST - found]


def _words(newest: Sequence[RecordFacts]) -> Iterator[str]:
    yield from (f"{name}{_SIGNS.get(name, '=')}" for name in NAMES)
    for facts in newest:
        for name in facts.params.names:
            if _is_plain(name):
                yield f"{PARAMETER if name in NAMES or name in SAME_NAMES else ''}{name}="
    yield from ("not", "or", "and")
    yield from (quoted(facts.event) for facts in newest if 0 < len(facts.event) <= _LONGEST)


def _values(name: str, newest: Sequence[RecordFacts]) -> Iterator[str]:
    if (fixed := _FIXED.get(name)) is not None:
        return iter(fixed)
    if name == "event":
        found = (facts.event for facts in newest)
    elif name == "server":
        found = (facts.server for facts in newest)
    elif (read := _ROW_VALUES.get(name)) is not None:
        found = (read(row) for facts in newest for row in islice(rows_of(facts), _ROWS))
    else:
        own = name.removeprefix(PARAMETER)
        found = (value_text(value) for facts in newest for value in values_of(facts.params, own))
    return (text for text in found if 0 < len(text) <= _LONGEST)


def _socket(row: RowFacts) -> str:
    return "" if row.socket is None else str(row.socket)


def _scheme(row: RowFacts) -> str:
    return "" if row.socket is None else row.socket.scheme


_ROW_VALUES: Final[Mapping[str, Callable[[RowFacts], str]]] = MappingProxyType(
    {"to": _socket, "scheme": _scheme, "reason": reason_text}
)


def _is_plain(name: str) -> bool:
    """Say whether a name can be written without quotes."""
    return 0 < len(name) <= _LONGEST and quoted(name) == name and set(name).isdisjoint(':/@;,"=~<>!')
