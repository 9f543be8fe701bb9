"""A raise while it is being written: rows of text that may not be values yet, and what is wrong with them.

It knows no widget. The quick line and the rows of the form are two views of one draft.
"""

import json
import math
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from evtui.codecs.quickline import BadWordError, format_pair, is_plain, parse_words, quote_word
from evtui.core.values import Event, Params, Value

_INT = re.compile(r"[+-]?[0-9]{1,4000}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")


class ValueKind(StrEnum):
    """The type that the text of a row is read as."""

    TEXT = "text"
    INT = "int"
    FLOAT = "float"
    NULL = "null"
    JSON = "json"
    """Any JSON value as written; also a text with characters that an input cannot show."""


class BadRow(Exception):  # noqa: N818 - becomes a Problem, never an error of evtui
    """The text of a row is not a value of its kind."""


class ParameterRow(Struct, frozen=True):
    """One attribute with its value as it was typed."""

    name: str = ""
    kind: ValueKind = ValueKind.TEXT
    text: str = ""

    @property
    def blank(self) -> bool:
        """Say whether nothing was written into the row."""
        return self == BLANK

    def value(self) -> Value:
        """Read the value.

        raises BadRow: the text is not what the kind says.
        """
        match self.kind:
            case ValueKind.TEXT:
                return self.text
            case ValueKind.INT:
                return _read_int(self.text.strip())
            case ValueKind.FLOAT:
                return _read_float(self.text.strip())
            case ValueKind.NULL:
                return None
            case ValueKind.JSON:
                return _read_json(self.text)
            case _:
                assert_never(self.kind)


BLANK = ParameterRow()


class DraftProblem(Struct, frozen=True):
    """Why a draft cannot be raised, and the cell with the fault."""

    row: int
    cell: str
    """`name` or `value`."""
    why: str


class RaiseDraft(Struct, frozen=True):
    """The name of an event and the rows; `named` is false when only the values are sent.

    Rows that nothing was written into do not count, whatever their kind.
    """

    event: str = ""
    named: bool = True
    rows: tuple[ParameterRow, ...] = ()

    def problems(self) -> tuple[DraftProblem, ...]:
        """List what is wrong, row by row."""
        return tuple(self._walk_problems())

    def params(self) -> Params:
        """Return the parameters.

        raises BadRow: a row has a problem.
        """
        for problem in self._walk_problems():
            raise BadRow(problem.why)
        rows = [row for _, row in self._written()]
        return Params(tuple(row.value() for row in rows), tuple(row.name for row in rows) if self.named else ())

    def line(self) -> str:
        """Write the rows as a quick line. A wrong value is written as it was typed, and is wrong there too."""
        return " ".join(_word(row.name if self.named else None, row) for _, row in self._written())

    def filled(self, params: Params) -> "RaiseDraft":
        """Return a draft of the same event with these parameters."""
        named = bool(params.names) or (not params.values and self.named)
        return replace(self, named=named, rows=tuple(_row_of(name, value) for name, value in params.pairs()))

    def documented(self, event: Event) -> "RaiseDraft":
        """Return a draft with a row for each parameter that is documented of the event; placeholders get none."""
        found = (one for one in event.parameters if not one.is_placeholder)
        rows = tuple(_documented_row(one.name, one.description) for one in found)
        return replace(self, named=True, rows=rows)

    def with_row(self, place: int, row: ParameterRow) -> "RaiseDraft":
        """Return a draft with another row at a place, or with one row more at the place behind the last."""
        return replace(self, rows=(*self.rows[:place], row, *self.rows[place + 1 :]))

    def without_row(self, place: int) -> "RaiseDraft":
        """Return a draft with one row less."""
        return replace(self, rows=(*self.rows[:place], *self.rows[place + 1 :]))

    def with_row_moved(self, place: int, step: int) -> "RaiseDraft":
        """Return a draft with the row moved by `step`, as far as the ends allow."""
        target = min(max(place + step, 0), len(self.rows) - 1)
        if not 0 <= place < len(self.rows) or target == place:
            return self
        rest = self.without_row(place).rows
        return replace(self, rows=(*rest[:target], self.rows[place], *rest[target:]))

    def _written(self) -> Iterator[tuple[int, ParameterRow]]:
        if self.named:
            return ((place, row) for place, row in enumerate(self.rows) if row.name or row.text)
        end = len(self.rows)
        # An empty text and a null are values without a name; of the other kinds only a last row can be left empty.
        while end and not self.rows[end - 1].text and self.rows[end - 1].kind not in {ValueKind.TEXT, ValueKind.NULL}:
            end -= 1
        return enumerate(self.rows[:end])

    def _walk_problems(self) -> Iterator[DraftProblem]:
        for place, row in self._written():
            if self.named and not row.name:
                yield DraftProblem(place, "name", f"row {place + 1} has no name (F6 sends values only)")
            try:
                row.value()
            except BadRow as bad:
                yield DraftProblem(place, "value", f"{row.name or f'row {place + 1}'}: {bad}")


def _read_int(text: str) -> int:
    if not _INT.fullmatch(text):
        raise BadRow(f"{_short(text)} is not a whole number" if text else "a whole number is missing")
    return int(text)


def _read_float(text: str) -> float:
    if not _FLOAT.fullmatch(text):
        raise BadRow(f"{_short(text)} is not a number" if text else "a number is missing")
    number = float(text)
    if not math.isfinite(number):
        raise BadRow(f"{_short(text)} is too large for a float")
    return number


def _read_json(text: str) -> Value:
    try:
        (value,) = parse_words([f":={text}"]).values
    except BadWordError as error:
        raise BadRow(f"column {max(1, error.column - 2)}: {error.reason.partition(' (')[0]}") from error
    return value


def _short(text: str, limit: int = 24) -> str:
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def _word(name: str | None, row: ParameterRow) -> str:
    try:
        head, value = format_pair(name, row.value())
    except BadRow:
        head, value = format_pair(name, None)[0], row.text
    # A missing name is left out; `\0` would be a name that is meant to be empty.
    return quote_word(head.removeprefix("\\0") if name == "" else head, value)


def _row_of(name: str | None, value: Value) -> ParameterRow:
    # A row without a name and a text would count as not written.
    if name == "" and not value and not isinstance(value, int | float):
        return ParameterRow("", ValueKind.JSON, json.dumps(value))
    name = name or ""
    match value:
        case None:
            return ParameterRow(name, ValueKind.NULL)
        case str():
            return (
                ParameterRow(name, ValueKind.TEXT, value)
                if is_plain(value)
                else ParameterRow(name, ValueKind.JSON, json.dumps(value))
            )
        case int():
            return ParameterRow(name, ValueKind.INT, str(value))
        case float():
            return ParameterRow(name, ValueKind.FLOAT, repr(value))


def _documented_row(name: str, description: str) -> ParameterRow:
    """Make the row of a documented parameter; an integer starts at 0, so that the draft can be raised as it is."""
    return ParameterRow(name, ValueKind.INT, "0") if "(int" in description else ParameterRow(name)
