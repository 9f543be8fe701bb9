"""The letters beside the panes and the lines of a screen while one of them is chosen by its letters."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace
from textual.content import Content
from textual.widget import Widget

from evtui.ui.guide.jump_labels import line_letters, pane_letters
from evtui.ui.panes import ALL_PANES
from evtui.ui.screens.pane_grid import PaneGrid
from evtui.ui.text.cells import plain
from evtui.ui.widgets.following_list import FollowingList
from evtui.ui.widgets.line_letters import LineLetters
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.one_line import LineWord, OneLine

if TYPE_CHECKING:
    from evtui.ui.screens.pane_screen import PaneScreen


class JumpTarget(Struct, frozen=True):
    """Where letters lead: to a pane, or to the line with a key in the list of a pane."""

    pane: str
    key: object = None
    is_line: bool = False


class JumpMarks:
    """The letters on one screen. They are bound to the keys of lines: a line that moves takes its letters along."""

    def __init__(self, screen: "PaneScreen[Any]") -> None:
        self._screen = screen
        self._titles: dict[Widget, Content] = {}
        """The titles of panes without lines, as they are without a letter."""
        self._held: list[FollowingList] = []
        """Lists that stand still only because of the letters."""
        self._places: list[object] = []
        """Where the lists stood when letters were given."""
        self.targets: dict[str, JumpTarget] = {}
        """What the letters stand for."""

    @property
    def are_old(self) -> bool:
        """Say whether the lists show other lines than when letters were given: the terminal has another size."""
        return self._places != self._list_places()

    def give(self) -> None:
        """Give letters to the panes and lines that are seen now. Lists that follow their newest line stand still."""
        by_name = {widget.id or "": widget for widget in self._panes()}
        seen = {pane: widget for pane, widget in by_name.items() if _is_seen(widget)}
        tabs = [pane for pane in ALL_PANES if any(word.action == f"show_{pane}" for word in self._tabs.words)]
        # The letters of panes that are closed now stand for nothing else: those of the others stay the same.
        letters = pane_letters([pane for pane in ALL_PANES if pane in by_name or pane in tabs])
        shown = {*seen, *(tabs if _is_seen(self._tabs) else ())}
        self.targets = {letter: JumpTarget(pane) for pane, letter in letters.items() if pane in shown}
        lines: list[JumpTarget] = []
        for name in ALL_PANES:
            rows = seen.get(name)
            if isinstance(rows, FollowingList) and rows.is_following:
                rows.hold_still()
                self._held.append(rows)
            if isinstance(rows, LineList):
                lines += [JumpTarget(name, key, is_line=True) for key in rows.visible_keys()]
        self.targets |= zip(line_letters(len(lines), letters.values()), lines, strict=False)
        self._places = self._list_places()
        self._width = 1 + max((len(letters) for letters, each in self.targets.items() if each.is_line), default=1)

    def show(self, typed: str) -> None:
        """Show what is left to type of the letters that begin with what was typed."""
        left = {letters[len(typed) :]: each for letters, each in self.targets.items() if letters.startswith(typed)}
        of_panes = {each.pane: letters for letters, each in left.items() if not each.is_line}
        for pane in self._panes():
            letter = of_panes.get(pane.id or "", "")
            if isinstance(pane, LineList):
                of_lines = {
                    each.key: letters for letters, each in left.items() if each.is_line and each.pane == pane.id
                }
                pane.show_letters(LineLetters(of_lines, self._width, letter))
            elif letter or pane in self._titles:
                title = self._titles.setdefault(pane, Content.from_markup(pane.border_title or ""))
                pane.border_title = LineLetters(title=letter).before_title(title)  # type: ignore[assignment,unused-ignore] # pyright: ignore[reportAttributeAccessIssue]
        self._tabs.say([_lettered(word, of_panes) for word in self._tabs.words])

    def take_away(self, chosen: JumpTarget | None) -> None:
        """Show the screen without letters. The lists follow again, but not the one in which a line was chosen."""
        for pane in self._panes():
            if isinstance(pane, LineList):
                pane.show_letters(LineLetters())
        for pane, title in self._titles.items():
            pane.border_title = title  # type: ignore[assignment,unused-ignore] # pyright: ignore[reportAttributeAccessIssue]
        for rows in self._held:
            if chosen is None or not chosen.is_line or chosen.pane != rows.id:
                rows.let_go()
        self._titles.clear()
        self._held.clear()
        self._screen.show_choices()

    @property
    def _tabs(self) -> OneLine:
        return self._screen.query_one("#tabs", OneLine)

    def _list_places(self) -> list[object]:
        """Say how large each list is, and from where on it shows its lines."""
        lists = [pane for pane in self._panes() if isinstance(pane, LineList)]
        # A list that stands still may lose lines above those that are seen: its first line in view stays.
        return [
            (rows.region.size, rows.visible_keys()[:1] if isinstance(rows, FollowingList) else rows.scroll_offset.y)
            for rows in lists
        ]

    def _panes(self) -> Iterator[Widget]:
        yield from self._screen.query_one(PaneGrid).children


def _is_seen(widget: Widget) -> bool:
    return widget.display and widget.region.area > 0


def _lettered(word: LineWord, letters: Mapping[str, str]) -> LineWord:
    """Write the letter of a pane in its tab, which keeps its width."""
    name = (word.action or "").removeprefix("show_")
    letter = next((letter for pane, letter in letters.items() if pane == name), " ")
    text = plain(word.cells)
    return replace(word, cells=[("match", letter), (word.cells[-1][0], " " + text[1:].strip())]) if text else word
