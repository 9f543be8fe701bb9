"""A line of words, of which some can be clicked."""

from collections.abc import Sequence

from msgspec import Struct
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


class OneLine(Widget):
    """One line of words; words that do not fit are left out whole, the highest rank first."""

    ALLOW_SELECT = False
    GAP = 2

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._words: tuple[LineWord, ...] = ()
        self._role_looks = RoleStyles(self)

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
        gap = Segment(" " * self.GAP, self._role_looks.of("text"))
        for word in self.words_that_fit():
            if segments:
                segments.append(gap)
            segments.extend(Segment(text, self._role_looks.of(role)) for role, text in word.cells)
        return Strip(segments).adjust_cell_length(self.size.width, self._role_looks.of("text"))

    def words_that_fit(self) -> list[LineWord]:
        """Return the words that there is room for, in their order."""
        kept = list(self._words)
        while len(kept) > 1 and sum(_width(word) + self.GAP for word in kept) - self.GAP > self.size.width:
            worst = max(kept, key=lambda word: word.rank)
            if not worst.rank:
                break
            kept.remove(worst)
        return kept

    def on_click(self, event: events.Click) -> None:
        """Tell the action of the word that was clicked."""
        place = event.get_content_offset(self)
        if place is None:
            return
        left = 0
        for word in self.words_that_fit():
            right = left + _width(word)
            if left <= place.x < right and word.action is not None:
                self.post_message(ActionClicked(word.action))
                return
            left = right + self.GAP


def _width(word: LineWord) -> int:
    return cell_len(plain(word.cells))
