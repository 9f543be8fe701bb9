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

from evtui.codecs.quickline import (
    BadWordError,
    WrittenPair,
    format_pair,
    is_plain,
    parse_line,
    parse_words,
    quote_word,
    written_line,
)
from evtui.core.values import Event, Params, Value
from evtui.raising.placeholders import (
    BadPlaceholderError,
    Sample,
    holds_placeholder,
    literal_params,
    parse_template,
)
from evtui.raising.raise_template import EXAMPLE, RaiseTemplate, template_of_line

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

    def filled(self, sample: Sample) -> "ParameterRow":
        """Return the row with its placeholders filled for one raise.

        raises BadRow: a placeholder is wrong.
        """
        if "{" not in self.text:
            return self
        try:
            return replace(self, text=parse_template(self.text).fill(sample))
        except BadPlaceholderError as error:
            raise BadRow(str(error)) from error

    def value(self) -> Value:
        """Read the value as it is written: placeholders are not filled.

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

    @property
    def has_placeholders(self) -> bool:
        """Say whether a value is filled anew at each raise."""
        return any(holds_placeholder(row.text) for _, row in self._written())

    def template(self) -> RaiseTemplate:
        """Return it as raises are made of it.

        raises BadWordError: a row has a problem.
        """
        return template_of_line(self.event, self.line())

    def params(self, sample: Sample = EXAMPLE) -> Params:
        """Return the parameters of one raise; without a sample, those of an example.

        raises BadRow: a row has a problem.
        """
        for problem in self._walk_problems():
            raise BadRow(problem.why)
        rows = [row.filled(sample) for _, row in self._written()]
        return Params(tuple(row.value() for row in rows), tuple(row.name for row in rows) if self.named else ())

    def line(self) -> str:
        """Write the rows as a quick line. A wrong value is written as it was typed, and is wrong there too."""
        return " ".join(_word(row.name if self.named else None, row) for _, row in self._written())

    def filled(self, params: Params) -> "RaiseDraft":
        """Return a draft of the same event with these parameters; nothing in them is a placeholder."""
        rows = (_row_of(name, value) for name, value in literal_params(params).pairs())
        return self._with_rows(tuple(rows), named=bool(params.names))

    def with_line(self, line: str) -> "RaiseDraft":
        """Return a draft of the same event with the parameters of a quick line.

        raises BadWordError: a word of it is wrong. A wrong placeholder is a problem of its row.
        """
        pairs = written_line(line)
        if not any(pair.is_json and holds_placeholder(pair.text) for pair in pairs):
            parse_line(line)
        return self._with_rows(tuple(map(_row_of_pair, pairs)), named=any(pair.name is not None for pair in pairs))

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

    def _with_rows(self, rows: tuple[ParameterRow, ...], *, named: bool) -> "RaiseDraft":
        return replace(self, named=named or (not rows and self.named), rows=rows)

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
                row.filled(EXAMPLE).value()
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


def _row_of_pair(pair: WrittenPair) -> ParameterRow:
    if pair.is_json and holds_placeholder(pair.text):
        return ParameterRow(pair.name or "", ValueKind.JSON, pair.text)
    return _row_of(pair.name, _read_pair(pair) if pair.is_json else pair.text)


def _read_pair(pair: WrittenPair) -> Value:
    try:
        return parse_words([f":={pair.text}"]).values[0]
    except BadWordError as error:
        raise pair.error(max(1, error.column - 2), error.reason) from error


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
