"""The text of the help by Textual's Line API: hundreds of lines that cost nothing until they are seen."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from evtui.ui.guide.help_groups import Lines
from evtui.ui.text.cells import Cells, plain
from evtui.ui.text.figures import fill
from evtui.ui.text.wrap import wrap
from evtui.ui.widgets.role_style import RoleStyles

_LEFT: Final = 18
"""Cells of what is written on the left, with the blanks around it."""

_NOTHING: Final[Cells] = []

Group = tuple[str, Lines]
"""The name of a group, and its lines."""


class HelpText(ScrollView, can_focus=False):
    """The groups of the help, folded to the width of the widget; a search leaves the lines that it finds."""

    ALLOW_SELECT = False

    def __init__(self, groups: Sequence[Group], *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._groups = groups
        self.found = groups
        """The groups that are shown."""
        self._lines: list[Cells] = []
        self._width = 0
        self._looks = RoleStyles(self)

    def search(self, text: str) -> None:
        """Show the lines that have all words of a text; a group whose name has them is shown whole."""
        words = text.lower().split()
        found = [(name, _having(words, name, lines)) for name, lines in self._groups]
        self.found = [group for group in found if group[1]]
        self._fold()
        self.scroll_to(y=0, animate=False, immediate=True)

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        place = int(self.scroll_offset.y) + y
        cells = self._lines[place] if place < len(self._lines) else []
        segments = [Segment(text, self._style(role)) for role, text in cells]
        return Strip(segments).adjust_cell_length(self._width, self._looks.of("text"))

    def on_resize(self) -> None:
        """Fold to the new width."""
        if self.scrollable_content_region.width != self._width:
            self._fold()

    def notify_style_update(self) -> None:
        """Forget the old colours."""
        super().notify_style_update()
        self._looks.forget()

    def _style(self, role: str) -> Style:
        style = self._looks.of(role)
        return style + Style(bold=True) if role == "accent" else style

    def _fold(self) -> None:
        self._width = self.scrollable_content_region.width
        self._lines = [line for name, lines in self.found for line in _group_lines(name, lines, self._width)]
        self.virtual_size = Size(self._width, len(self._lines))
        self.refresh()


def _having(words: Sequence[str], name: str, lines: Lines) -> Lines:
    if all(word in name.lower() for word in words):
        return lines
    return [line for line in lines if all(word in f"{line[0]} {line[1]}".lower() for word in words)]


def _group_lines(name: str, lines: Lines, width: int) -> Iterator[Cells]:
    yield []
    yield from wrap([[("accent", name)]], width)
    for written, sentence in lines:
        left: Iterator[Cells] = wrap([[("text", written)]], _LEFT - 3)
        right: Iterator[Cells] = wrap([[("dim", sentence)]], width - _LEFT)
        for one, other in zip_longest(left, right, fillvalue=_NOTHING):
            yield [("text", "  " + fill(plain(one), _LEFT - 2)), *other]
