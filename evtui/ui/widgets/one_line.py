"""A line of words, of which some can be clicked."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from evtui.ui.messages import ActionClicked
from evtui.ui.text.cells import Cells, plain
from evtui.ui.widgets.role_style import RoleStyles


class LineWord(Struct, frozen=True):
    """A piece of the line; the highest `rank` is left out first (0 never), `action` is what a click does."""

    cells: Cells
    rank: int = 0
    action: str | None = None
    short: Cells = []
    """What stands there instead when the line does not fit; empty for words that have no shorter form."""


class OneLine(Widget):
    """One line of words. When they do not fit, short forms are taken without gaps, where there are any; then whole
    words are left out, the highest rank first. What is still too long ends with a sign.
    """

    ALLOW_SELECT = False
    GAP = 2

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._words: tuple[LineWord, ...] = ()
        self._role_looks = RoleStyles(self)

    @property
    def words(self) -> tuple[LineWord, ...]:
        """Return the words, also those that do not fit."""
        return self._words

    def say(self, words: Sequence[LineWord]) -> None:
        """Show some words; the words that are shown already cost nothing."""
        if self._words != tuple(words):
            self._words = tuple(words)
            self.refresh()

    def notify_style_update(self) -> None:
        """Forget the old colours."""
        super().notify_style_update()
        self._role_looks.forget()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """Paint the line."""
        segments: list[Segment] = []
        words, gap = self._fitting()
        for word in words:
            if segments:
                segments.append(Segment(" " * gap, self._role_looks.of("text")))
            segments.extend(Segment(text, self._role_looks.of(role)) for role, text in word.cells)
        width, line = self.size.width, Strip(segments)
        if line.cell_length > width > 1:
            line = Strip([*line.crop(0, width - 1), Segment("…", self._role_looks.of("dim"))])
        return line.adjust_cell_length(width, self._role_looks.of("text"))

    def words_that_fit(self) -> list[LineWord]:
        """Return the words that there is room for, in their order."""
        return self._fitting()[0]

    def _fitting(self) -> tuple[list[LineWord], int]:
        """Return the words that there is room for, and the cells between two of them."""
        kept, gap = list(self._words), self.GAP
        if self._is_too_long(kept, gap) and any(word.short for word in kept):
            kept, gap = [replace(word, cells=word.short or word.cells) for word in kept], 0
        while len(kept) > 1 and self._is_too_long(kept, gap):
            worst = max(kept, key=lambda word: word.rank)
            if not worst.rank:
                break
            kept.remove(worst)
        return kept, gap

    def _is_too_long(self, words: Sequence[LineWord], gap: int) -> bool:
        return sum(_width(word) + gap for word in words) - gap > self.size.width

    def on_click(self, event: events.Click) -> None:
        """Tell the action of the word that was clicked."""
        place = event.get_content_offset(self)
        if place is None:
            return
        left = 0
        words, gap = self._fitting()
        for word in words:
            right = left + _width(word)
            if left <= place.x < right and word.action is not None:
                self.post_message(ActionClicked(word.action))
                return
            left = right + gap


def _width(word: LineWord) -> int:
    return cell_len(plain(word.cells))
