"""A list of any length by Textual's Line API: only visible lines are written, and each is painted once.

A line that is still in view is shown again as it was painted, with its borders, wherever it has moved to: Textual's own
cache is one of places, and a list that follows its newest line would paint all of them at each scroll.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import ClassVar, Literal

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from evtui.ui.actions import row_bindings
from evtui.ui.text.cells import Cells, PaneLines, mark_matches, plain
from evtui.ui.text.wrap import centred_line
from evtui.ui.widgets.line_bar import LineBar
from evtui.ui.widgets.line_letters import LineLetters
from evtui.ui.widgets.list_search import ListSearch
from evtui.ui.widgets.role_style import CellPainter, PaintedKey, PaintedLines


class LineList(ScrollView, can_focus=True):
    """Lines with a cursor, which stays on its line when the lines move."""

    ALLOW_SELECT = False
    BLURRED: ClassVar[str] = "cursor-blurred"
    """The style of the cursor while the pane is not active; empty shows none."""
    SEARCH_STEP: ClassVar[Literal[1, -1]] = 1
    """Where a search looks first: down, or up in a list whose newest line is the last."""
    BINDINGS: ClassVar[list[BindingType]] = [*row_bindings()]

    class Moved(Message):
        """The cursor moved to another line."""

        def __init__(self, rows: "LineList") -> None:
            super().__init__()
            self.rows = rows

    class Searched(Message):
        """A search went on, or the cursor moved while there is one."""

        def __init__(self, rows: "LineList") -> None:
            super().__init__()
            self.rows = rows

    class Opened(Message):
        """A line was opened, by enter or a double click."""

        def __init__(self, rows: "LineList") -> None:
            super().__init__()
            self.rows = rows

    def __init__(self, lines: PaneLines, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.lines = lines
        self.cursor = 0
        self.search = ListSearch(self)
        self._width = 0
        self._header: Cells | None = None
        self._height = 0
        """Lines in view when the size changed last."""
        self._cursor_key: object = None
        self._letters = LineLetters()
        self._titles: tuple[Content, Content | None] = (Content(""), None)
        self._shown_titles: tuple[Content, Content | None] | None = None
        self._painted = PaintedLines(self)
        self._painter = CellPainter(self)
        self._bar = LineBar(self)

    @property
    def key(self) -> object:
        """Return the key of the line under the cursor, None when there is no line."""
        return self._cursor_key

    def redraw(self) -> None:
        """Show the lines as they are now; the cursor stays on its line, or at its place when the line is gone."""
        self._painted.forget()
        self._keep_cursor()
        self._measure()
        self.refresh()

    def name_keys(self, remapped: Mapping[str, str]) -> None:
        """Take the keys as they are bound, for lists whose notes name some."""

    def entitle(self, title: Content, note: Content | None = None) -> None:
        """Set the title and the note in the lower border, where the search stands too."""
        self._titles = (title, note)
        self._show_titles()

    def move_to(self, index: int, *, scroll: bool = True) -> None:
        """Put the cursor on a line and scroll to it."""
        index = max(0, min(index, len(self.lines) - 1))
        changed = index != self.cursor or self._cursor_key is None
        self.cursor = index
        self._cursor_key = self.lines.key(index) if len(self.lines) else None
        if scroll:
            self._show_cursor()
        self.refresh()
        if changed:
            if self.needle:
                self.tell_search()
            self.post_message(self.Moved(self))

    def visible_keys(self) -> list[object]:
        """List the keys of the lines that are seen."""
        first, room = int(self.scroll_offset.y), self.scrollable_content_region.height - self._header_height
        return [self.lines.key(index) for index in range(first, min(len(self.lines), first + room))]

    def show_letters(self, letters: LineLetters) -> None:
        """Show letters before the lines."""
        self._letters = letters
        self._show_titles()
        self._painted.forget()
        self.refresh()

    @property
    def needle(self) -> str:
        """Return the text that is searched, case folded; empty while none is."""
        return self.search.needle

    def show_matches(self, needle: str) -> None:
        """Mark a text wherever it occurs in the lines, and end the search for another one."""
        self._painted.forget()
        self.refresh()
        self.search.begin(needle)

    def seek(self, step: Literal[1, -1], *, onward: bool, missed: Callable[[], object] = lambda: None) -> None:
        """Go to the next line with the marked text, as `ListSearch.seek` does."""
        self.search.seek(step, onward=onward, missed=missed)

    def has_text(self, place: int, needle: str) -> bool:
        """Say whether a line has a case folded text."""
        width = self._width or self.scrollable_content_region.width  # as it was painted: a search asks for each line
        return needle in self.searched(place, width)

    def go_to_match(self, place: int) -> None:
        """Put the cursor on a line that a search found."""
        self.touched()
        self.move_to(place)

    def tell_search(self) -> None:
        """Show how the search stands."""
        self._show_titles()
        self.post_message(self.Searched(self))

    def searched(self, index: int, width: int) -> str:
        """Return the text of a line that a search looks in, case folded."""
        return plain(self.lines.line(index, width)).casefold()

    def stamp(self, index: int) -> object:  # noqa: ARG002 - for lists whose lines change
        """Return a value that changes when a line has to be painted again; most lists use `redraw` for that."""
        return None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint some lines of the pane; what is the same for all of them is asked for once."""
        self._width = self.scrollable_content_region.width
        self._header = self.lines.header(self._width)
        if crop.size != self.outer_size:
            return super().render_lines(crop)
        return self._painted.show(
            self._painted_keys(crop.height),
            lambda first, end: super(LineList, self).render_lines(Region(0, first, crop.width, end - first)),
        )

    def render_line(self, y: int) -> Strip:
        """Paint one line of the list."""
        width, header = self._width, self._header
        if header is not None and y == 0:
            return self._painter.strip(self._letters.before(None, header), width)
        index = self.scroll_offset.y + y - (header is not None)
        if index < len(self.lines):
            cells = self._letters.before(self.lines.key(index), self.lines.line(index, width))
            cells = mark_matches(cells, self.needle) if self.needle else cells
            return self._painter.strip(cells, width, self._cursor_style(index))
        texts = self.lines.empty() if not len(self.lines) else ()
        room = self.scrollable_content_region.height
        return self._painter.strip(centred_line(texts, y - max(1, room // 3), width), width)

    def notify_style_update(self) -> None:
        """Forget the lines that were painted in the old colours."""
        super().notify_style_update()
        self._painted.forget()
        self._painter.forget()

    def on_mount(self) -> None:
        """Measure for the first time."""
        self.redraw()

    def on_resize(self) -> None:
        """Measure again: which columns fit depends on the width. A cursor that was in view stays in view."""
        was_seen = 0 <= self.cursor - self.scroll_offset.y < self._height
        self._height = self.scrollable_content_region.height - self._header_height
        self._painted.forget()
        self._measure()
        self.call_later(self._bar.set)
        if was_seen:
            self._show_cursor()

    def on_focus(self) -> None:
        """Paint the cursor as the one that moves."""
        self._painted.forget()

    def on_blur(self) -> None:
        """Paint the cursor as one without the focus."""
        self._painted.forget()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a second click opens the line."""
        place = event.get_content_offset(self)
        if place is None:
            return
        index = self.scroll_offset.y + place.y - self._header_height
        if place.y < self._header_height or index >= len(self.lines):
            return
        self.touched()
        self.move_to(index, scroll=False)
        if event.chain > 1:
            self.post_message(self.Opened(self))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Show the lines from another one on."""
        self._bar.move()
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)

    def hold_still(self) -> None:
        """Take note that the lines are searched for some time and must stay where they are."""

    def let_go(self) -> None:
        """Take note that the search is over and found nothing."""

    def touched(self) -> None:
        """Take note that a person moved the cursor or scrolled."""

    def action_row_up(self) -> None:
        """One line up."""
        self._step(-1)

    def action_row_down(self) -> None:
        """One line down."""
        self._step(1)

    def action_row_page_up(self) -> None:
        """One page up."""
        self._step(-self._page)

    def action_row_page_down(self) -> None:
        """One page down."""
        self._step(self._page)

    def action_row_top(self) -> None:
        """To the first line."""
        self._step(-len(self.lines))

    def action_row_bottom(self) -> None:
        """To the last line."""
        self._step(len(self.lines))

    def action_row_left(self) -> None:
        """Show what is further to the left."""
        self.shift(-1)

    def action_row_right(self) -> None:
        """Show what is further to the right."""
        self.shift(1)

    def shift(self, by: int) -> None:
        """Show what is some steps to the side, in lists whose lines may be wider than the pane."""

    def action_row_open(self) -> None:
        """Open the line under the cursor."""
        self.post_message(self.Opened(self))

    @property
    def _header_height(self) -> int:
        return 0 if self.lines.header(self.scrollable_content_region.width) is None else 1

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - self._header_height - 1)

    def _show_cursor(self) -> None:
        if len(self.lines):
            region = Region(0, self.cursor, 1, 1 + self._header_height)
            self.scroll_to_region(region, animate=False, force=True, immediate=True)

    def _show_titles(self) -> None:
        """Show the titles unless they are shown: setting them paints the whole pane."""
        title, note = self._letters.before_title(self._titles[0]), self._titles[1]
        if told := self.search.note:
            note = Content.assemble((told, "$accent"), "  ", note or "")
        if (title, note) != self._shown_titles:
            self._shown_titles = (title, note)
            self.border_title = title
            self.border_subtitle = note

    def _step(self, by: int) -> None:
        self.touched()
        self.search.wrapped = ""
        self.move_to(self.cursor + by)

    def _keep_cursor(self) -> None:
        if not len(self.lines):
            self.cursor, self._cursor_key = 0, None
            return
        place = None if self._cursor_key is None else self.lines.find(self._cursor_key)
        if place is None:
            self.move_to(self.cursor, scroll=False)
        else:
            self.cursor = place

    def _measure(self) -> None:
        self._bar.measure(Size(self.scrollable_content_region.width, len(self.lines) + self._header_height))

    def _painted_keys(self, height: int) -> Sequence[PaintedKey | None]:
        """Return what each line of the widget is painted by, None where there is none."""
        look = (self._width, self.needle, self.styles.border, self.background_colors)
        first, above = self.scroll_offset.y, self.gutter.top + (self._header is not None)
        room = self.scrollable_content_region.height - (self._header is not None)
        keys = [
            (self.lines.key(index), self.stamp(index), self._cursor_style(index), look)
            for index in range(first, min(len(self.lines), first + room))
        ]
        return [*repeat(None, above), *keys, *repeat(None, height - above - len(keys))]

    def _cursor_style(self, index: int) -> str:
        if index != self.cursor:
            return ""
        return "cursor" if self.has_class("-active") else self.BLURRED
