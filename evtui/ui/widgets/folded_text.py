"""Text that is folded at the edge and not at spaces, so that bytes are shown as they are."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from evtui.ui.widgets.form_keys import FormKey
from evtui.ui.widgets.static_text import update_static

GAP: Final = "  "
"""Between two hints."""


class FoldedText(Static):
    """A text whose lines are folded to the width of the widget."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, markup=False)
        self._whole = Content("")
        self._width = 0
        self._lines = -1

    def show(self, what: Content) -> None:
        """Show a text. The screen is laid out anew only when the number of lines changes."""
        self._whole = what
        folded = self._fold(what, self._width)
        lines = folded.plain.count("\n")
        update_static(self, folded, same_size=self._width > 0 and lines == self._lines)
        self._lines = lines

    def _fold(self, text: Content, width: int) -> Content:
        return fold(text, width)

    def on_resize(self) -> None:
        """Fold to the new width; a new height may come with another way to fold."""
        self._width = self.content_size.width
        self.show(self._whole)


class KeyHints(FoldedText):
    """What the keys of a table do, folded between two of them; with `text-wrap: nowrap` one line, cut with a sign."""

    def __init__(self, keys: Iterable[FormKey], *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.show(_hints(keys))

    def _fold(self, text: Content, width: int) -> Content:
        return text if self.styles.text_wrap == "nowrap" else fold_at_gaps(text, width)


def _hints(keys: Iterable[FormKey]) -> Content:
    pieces: list[tuple[str, str]] = []
    for key in keys:
        if key.shown:
            pieces += [(GAP, "")] if pieces else []
            pieces += [(key.shown, "$accent"), (f" {key.label}", "$foreground 60%")]
    return Content.assemble(*pieces)


def fold_at_gaps(text: Content, width: int) -> Content:
    """Fold a line between two hints; 0 says that the width is not known yet."""
    lines: list[Content] = []
    start = 0
    for part in text.plain.split(GAP):
        piece = text[start : start + len(part)]
        if lines and (not width or cell_len(lines[-1].plain) + len(GAP) + cell_len(part) <= width):
            lines[-1] = Content.assemble(lines[-1], GAP, piece)
        else:
            lines.append(piece)
        start += len(part) + len(GAP)
    return Content("\n").join(lines)


def fold(text: Content, width: int) -> Content:
    """Fold the lines that are wider than a number of cells; 0 says that the width is not known yet."""
    if width <= 0 or cell_len(text.plain) <= width:
        return text
    return Content("\n").join(piece for line in text.split("\n", allow_blank=True) for piece in _pieces(line, width))


def _pieces(line: Content, width: int) -> Iterator[Content]:
    start = cells = 0
    for place, sign in enumerate(line.plain):
        wide = cell_len(sign)
        if cells + wide > width:
            yield line[start:place]
            start, cells = place, 0
        cells += wide
    yield line[start:]
