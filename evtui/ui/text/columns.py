"""Which columns fit a width, and how wide each becomes; the least important column is left out first."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.figures import fill

GAP = 1


class TableColumn(Struct, frozen=True):
    """One column: at least `width` cells, and `grow` shares of the room that is left, up to `most` cells."""

    name: str
    title: str
    width: int
    rank: int
    """The highest is left out first, 0 last."""
    grow: int = 0
    most: int = 1000
    right: bool = False


Widths: TypeAlias = dict[str, int]

CellWriters: TypeAlias = dict[str, Callable[[int], Cells]]
"""By the name of a column, the function that writes its cell for a width."""


def fit(columns: Sequence[TableColumn], width: int) -> Widths:
    """Choose the columns that fit, and share the room that is left among those that grow."""
    kept: list[TableColumn] = []
    room = width
    for column in sorted(columns, key=lambda column: column.rank):
        need = column.width + (GAP if kept else 0)
        if need > room and kept:
            break
        kept.append(column)
        room -= need
    widths = {column.name: min(column.width, width) for column in kept}
    _share(kept, widths, room)
    return {column.name: widths[column.name] for column in columns if column.name in widths}


def _share(columns: Iterable[TableColumn], widths: Widths, room: int) -> None:
    growing = [column for column in columns if column.grow]
    while room > 0 and growing:
        shares = sum(column.grow for column in growing)
        given = 0
        for column in list(growing):
            part = min(max(1, room * column.grow // shares), column.most - widths[column.name], room - given)
            widths[column.name] += part
            given += part
            if widths[column.name] >= column.most:
                growing.remove(column)
        if not given:
            return
        room -= given


def header(columns: Sequence[TableColumn], widths: Widths) -> Cells:
    """Write the titles of the columns that fit."""
    return join(
        [("head", fill(column.title, widths[column.name], right=column.right))]
        for column in columns
        if column.name in widths
    )


def join(cells: Iterable[Cells]) -> Cells:
    """Put the cells of a line side by side with a gap between them."""
    line: Cells = []
    for number, piece in enumerate(cells):
        if number:
            line.append(("text", " " * GAP))
        line.extend(piece)
    return line


def cell(role: Role, text: str, width: int, *, right: bool = False) -> Cells:
    """Write a text as a cell of exactly a width."""
    return [(role, fill(text, width, right=right))]
