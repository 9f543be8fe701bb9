"""Lines of CSV (RFC 4180) in which no cell is a formula for a spreadsheet."""

import csv
from collections.abc import Iterable
from typing import Final, TypeAlias

Cell: TypeAlias = str | int | float | None

_FORMULA_SIGNS: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet may take a cell for a formula by, when the cell begins with it (OWASP, CSV injection)."""


def csv_line(cells: Iterable[Cell]) -> str:
    """Write one line, which ends in CRLF; None is an empty cell.

    A text that begins as a formula does gets an apostrophe before it, by which spreadsheets know a text. Numbers are
    written as they are.
    """
    written = _Written()
    csv.writer(written, lineterminator="\r\n").writerow([_guarded(cell) for cell in cells])
    return written.text


class _Written:
    """The text that a `csv.writer` wrote."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str, /) -> None:
        self.text += text


def _guarded(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA_SIGNS else cell
