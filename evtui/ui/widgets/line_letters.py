"""The letters before the lines of a list while one of them is chosen by its letters."""

from collections.abc import Mapping

from msgspec import Struct
from textual.content import Content

from evtui.ui.text.cells import Cells


class LineLetters(Struct, frozen=True):
    """Letters by the key of a line, in a column of a width in cells, and one before the title of the pane."""

    lines: Mapping[object, str] = {}
    width: int = 0
    title: str = ""

    def before(self, key: object, cells: Cells) -> Cells:
        """Write the letters of the line with a key before the line; None is the header, which has none."""
        letters = self.lines.get(key, "")
        return [("match", letters), ("text", " " * (self.width - len(letters))), *cells] if self.width else cells

    def before_title(self, title: Content) -> Content:
        """Write the letter of the pane before its title."""
        return Content.assemble((f" {self.title} ", "reverse"), " ", title) if self.title else title
