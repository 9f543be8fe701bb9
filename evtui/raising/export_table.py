"""Read the rows of an export in CSV as raises: each raise once, however many subscribers it had.

An empty cell says that there is no such attribute. All values are texts: CSV does not tell numbers apart.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from evtui.codecs.jsonvalue import Json, Members, loads, to_params
from evtui.core.errors import BadParamsError
from evtui.core.values import Params, check_event_name
from evtui.raising.export_columns import EXPORT_COLUMNS, OTHERS, PARAM, SERVER
from evtui.raising.folded_lines import FoldedLines
from evtui.raising.raise_run import SkippedStep, Step
from evtui.raising.raise_template import RaiseRequest


def is_export(header: Sequence[str]) -> bool:
    """Say whether a table has the columns of an export."""
    rest = header[len(EXPORT_COLUMNS) :]
    return tuple(header[: len(EXPORT_COLUMNS)]) == EXPORT_COLUMNS and all(
        name.startswith(PARAM) or name in {OTHERS, SERVER} for name in rest
    )


class ExportTable:
    """The rows of one export."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header = header
        self._folded = FoldedLines()

    def step(self, number: int, row: Sequence[str]) -> Step | SkippedStep:
        """Read a row, by its number: a raise of its own, or one to skip.

        raises BadParamsError, BadMessageError, BadEventNameError: it cannot be read.
        """
        if len(row) != len(self._header):
            raise BadParamsError(f"it has {len(row):,} cells, the header has {len(self._header):,}")
        cells = dict(zip(self._header, row, strict=True))
        if not cells["codec"] and not cells["news"].startswith(_NO_SUBSCRIBERS):
            return SkippedStep(number, "not a raise")
        pairs = list(_pairs(cells))
        members = {name: cells[name] for name in EXPORT_COLUMNS if cells[name]}
        told: dict[str, Json] = {**members, "params": Members(pairs)}
        if cells["serial"].isdecimal():
            told["serial"] = int(cells["serial"][:_DIGITS])
        if (why := self._folded.why_skipped(told)) is not None:
            return SkippedStep(number, why)
        return Step(number, RaiseRequest(check_event_name(cells["event"]), _params(pairs)))


_NO_SUBSCRIBERS: Final = "no subscribers"
_DIGITS: Final = 30


def _pairs(cells: dict[str, str]) -> Iterator[tuple[str, Json]]:
    for name, cell in cells.items():
        if name.startswith(PARAM) and cell:
            yield name.removeprefix(PARAM), cell
    if others := cells.get(OTHERS):
        value = loads(others)
        if isinstance(value, Members):
            yield from value


def _params(pairs: Sequence[tuple[str, Json]]) -> Params:
    """Return attributes, or values without names when the columns are numbered from 1 on."""
    if [name for name, _ in pairs] == [str(place) for place in range(1, len(pairs) + 1)]:
        return to_params([value for _, value in pairs])
    return to_params(Members(pairs))
