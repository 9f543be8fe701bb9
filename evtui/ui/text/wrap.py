"""Lines that are wider than their pane, folded."""

from collections.abc import Iterable, Iterator

from rich.cells import cell_len, set_cell_size

from evtui.ui.text.cells import Cells

HANG = 2
"""Cells by which the lines after the first are indented."""


def wrap(lines: Iterable[Cells], width: int) -> Iterator[Cells]:
    """Fold each line to a width in cells, at a space where there is one."""
    for line in lines:
        yield from _fold(line, max(8, width))


def _fold(line: Cells, width: int) -> Iterator[Cells]:
    current: Cells = []
    room = width
    for role, text in line:
        at = 0
        # Of a very long text only the part that could fit is measured (each character may carry three marks).
        while cell_len(part := text[at : at + 4 * room + 8]) > room:
            head = _head(part, room)
            current.append((role, head.rstrip() if head.endswith(" ") else head))
            yield current
            at += len(head)
            current = [("text", " " * HANG)]
            room = width - HANG
        rest = text[at:]
        current.append((role, rest))
        room -= cell_len(rest)
    yield current


def _head(text: str, room: int) -> str:
    # A wide character that does not fit becomes a space in `set_cell_size`: count characters back from there.
    head = text[: len(set_cell_size(text, room))]
    while head and cell_len(head) > room:
        head = head[:-1]
    space = head.rfind(" ")
    return head[: space + 1] if space > room // 3 else head
