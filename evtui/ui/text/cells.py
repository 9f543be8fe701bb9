"""A line of the console before it is painted: pieces of text, each with a role that stands for its colour."""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias, get_args

Role: TypeAlias = Literal[
    "text", "strong", "dim", "faint", "head", "name", "value", "number", "good", "wait", "bad", "accent",
    "match", "mark", "string", "blue", "cyan", "green", "magenta", "red", "yellow",
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)

Cells: TypeAlias = list[tuple[Role, str]]


class PaneLines(Protocol):
    """The lines of a pane, written one at a time, each with a key that stays when the line moves."""

    def __len__(self) -> int: ...

    def key(self, index: int) -> object:
        """Return the key of a line: it identifies what the line is about, wherever the line is."""
        ...

    def find(self, key: object) -> int | None:
        """Return the index of the line with a key, None when there is none."""
        ...

    def line(self, index: int, width: int) -> Cells:
        """Write one line for a width in cells."""
        ...

    def header(self, width: int) -> Cells | None:
        """Write the line that stays at the top, None for none."""
        ...

    def empty(self) -> Sequence[str]:
        """Say what to do next when there is no line."""
        ...


def plain(cells: Cells) -> str:
    """Return the text of a line without its roles."""
    return "".join(text for _, text in cells)


def mark_matches(cells: Cells, needle: str) -> Cells:
    """Give the role `match` to each occurrence of a text, case ignored; a match may span pieces."""
    text = plain(cells).casefold()
    # Case folding may lengthen a text (ß): then places do not agree, and the line is left without marks.
    if not needle or needle not in text or len(text) != sum(len(piece) for _, piece in cells):
        return cells
    marked: Cells = []
    place, hit = 0, text.find(needle)
    for role, piece in cells:
        start = place
        place += len(piece)
        while start < place:
            if hit < 0 or hit >= place:
                marked.append((role, piece[len(piece) - (place - start) :]))
                break
            if start < hit:
                marked.append((role, piece[len(piece) - (place - start) : len(piece) - (place - hit)]))
                start = hit
            end = min(place, hit + len(needle))
            marked.append(("match", piece[len(piece) - (place - start) : len(piece) - (place - end)]))
            start = end
            if end == hit + len(needle):
                hit = text.find(needle, end)
            else:
                break
    return marked
