"""Text that is broken at the edge, not at a space, so that bytes are seen as they are."""

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from evtui.ui.widgets.update_text import say


class Folded(Static):
    """A text whose lines are folded by cells at whatever width there is."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, markup=False)
        self._whole = Content("")
        self._width = 0

    def show(self, what: Content) -> None:
        """Show a text; the same one costs nothing."""
        self._whole = what
        say(self, fold(what, self._width))

    def on_resize(self) -> None:
        """Fold anew at another width."""
        if self.content_size.width != self._width:
            self._width = self.content_size.width
            self.show(self._whole)


def fold(text: Content, width: int) -> Content:
    """Break the lines that are wider than so many cells; a width of 0 is not known yet."""
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
