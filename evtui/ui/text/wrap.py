"""Lines that are wider than their pane, folded."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from evtui.ui.text.cells import Cells, Role, plain
from evtui.ui.text.figures import cut_end

HANG = 2
"""Cells by which the lines after the first are indented."""


def wrap(lines: Iterable[Cells], width: int) -> Iterator[Cells]:
    """Fold each line to a width in cells, at a space where there is one."""
    for line in lines:
        yield from _fold(line, max(8, width))


def centred_line(texts: Sequence[str], place: int, width: int) -> Cells:
    """Write one of some lines that stand in the middle of a pane, folded to its width; other places stay empty."""
    lines: list[tuple[Role, str]] = [
        ("dim" if number else "text", plain(cells).strip())
        for number, text in enumerate(texts) for cells in wrap([[("text", text)]], width)
    ]  # fmt: skip
    if not 0 <= place < len(lines):
        return [("text", "")]
    role, text = lines[place]
    text = cut_end(text, width)
    return [("text", " " * ((width - cell_len(text)) // 2)), (role, text)]


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
