"""A list of any length by the Line API: only the lines that are seen are written, and each is painted once."""

from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from evtui.ui.actions import row_bindings
from evtui.ui.text.cells import Cells, Lines, Role, mark_matches, plain
from evtui.ui.text.figures import cut_end
from evtui.ui.widgets.role_style import RoleStyles

_CACHED_LINES = 512


class LineList(ScrollView, can_focus=True):
    """Lines with a cursor. The cursor stays with its line when the lines move."""

    ALLOW_SELECT = False
    BLURRED: ClassVar[str] = "cursor-blurred"
    """How the cursor looks without the focus; empty does not show it."""
    BINDINGS: ClassVar[list[BindingType]] = [*row_bindings()]

    class Moved(Message):
        """The cursor came to another line."""

        def __init__(self, rows: "LineList") -> None:
            super().__init__()
            self.rows = rows

    class Opened(Message):
        """A line was asked to be shown in detail, by enter or a double click."""

        def __init__(self, rows: "LineList") -> None:
            super().__init__()
            self.rows = rows

    def __init__(self, lines: Lines, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.lines = lines
        self.cursor = 0
        self.needle = ""
        self._cursor_key: object = None
        self._titles: tuple[Content, Content | None] | None = None
        self._painted: LRUCache[tuple[object, ...], Strip] = LRUCache(_CACHED_LINES)
        self._role_styles: dict[tuple[Role, str], Style] = {}
        self._looks = RoleStyles(self)

    @property
    def key(self) -> object:
        """Name the line under the cursor, None when there is none."""
        return self._cursor_key

    def redraw(self) -> None:
        """Show the lines as they are now; the cursor stays with its line, or as near as can be."""
        self._painted.clear()
        self._keep_cursor()
        self._measure()
        self.refresh()

    def entitle(self, title: Content, note: Content | None = None) -> None:
        """Name the pane, and its state below; setting what is there already would paint the whole pane."""
        if (title, note) != self._titles:
            self._titles = (title, note)
            self.border_title = title
            self.border_subtitle = note

    def move_to(self, index: int, *, scroll: bool = True) -> None:
        """Put the cursor on a line and bring it into sight."""
        index = max(0, min(index, len(self.lines) - 1))
        changed = index != self.cursor or self._cursor_key is None
        self.cursor = index
        self._cursor_key = self.lines.key(index) if len(self.lines) else None
        if scroll and len(self.lines):
            self.scroll_to_region(
                Region(0, index, 1, 1 + self._header_height), animate=False, force=True, immediate=True
            )
        self.refresh()
        if changed:
            self.post_message(self.Moved(self))

    def show_matches(self, needle: str) -> None:
        """Mark a text wherever it occurs."""
        self.needle = needle.casefold()
        self._painted.clear()
        self.refresh()

    def seek(self, step: Literal[1, -1], *, onward: bool) -> bool:
        """Go to the next line that has the text that is marked, round the end; says whether there is one.

        `onward` leaves the line with the cursor behind.
        """
        width = self.scrollable_content_region.width
        for distance in range(len(self.lines)):
            place = (self.cursor + step * (distance + onward)) % len(self.lines)
            if self.needle in self.searched(place, width):
                self.touched()
                self.move_to(place)
                return True
        return False

    def searched(self, index: int, width: int) -> str:
        """Return the text of a line that a search looks at, case folded."""
        return plain(self.lines.line(index, width)).casefold()

    def look(self, index: int) -> object:  # noqa: ARG002 - for lists whose lines change
        """Return what differs when a line has to be painted anew; the lines of most lists change only by `redraw`."""
        return None

    def render_line(self, y: int) -> Strip:
        """Paint one line of the list."""
        width = self.scrollable_content_region.width
        header = self.lines.header(width)
        if header is not None and y == 0:
            return self._strip(header, width)
        index = self.scroll_offset.y + y - (header is not None)
        if index < len(self.lines):
            return self._line_strip(index, width)
        return self._strip(self._empty_line(y, width), width)

    def notify_style_update(self) -> None:
        """Forget what was painted in the colours of before."""
        super().notify_style_update()
        self._painted.clear()
        self._role_styles.clear()
        self._looks.forget()

    def on_mount(self) -> None:
        """Measure for the first time."""
        self.redraw()

    def on_resize(self) -> None:
        """Measure again: which columns fit depends on the width."""
        self._painted.clear()
        self._measure()

    def on_focus(self) -> None:
        """Paint the cursor as the one that moves."""
        self._painted.clear()

    def on_blur(self) -> None:
        """Paint the cursor as one that waits."""
        self._painted.clear()

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

    def touched(self) -> None:
        """Take note that a person moved the cursor; the stream stops following."""

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
        """Look further to the left."""
        self.shift(-1)

    def action_row_right(self) -> None:
        """Look further to the right."""
        self.shift(1)

    def shift(self, by: int) -> None:
        """Look some steps to the side; the lines of most lists are written to fit."""

    def action_row_open(self) -> None:
        """Ask for the detail of the line."""
        self.post_message(self.Opened(self))

    @property
    def _header_height(self) -> int:
        return 0 if self.lines.header(self.scrollable_content_region.width) is None else 1

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height - self._header_height - 1)

    def _step(self, by: int) -> None:
        self.touched()
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
        size = Size(self.scrollable_content_region.width, len(self.lines) + self._header_height)
        if size == self.virtual_size:
            return
        before, room = self.virtual_size, self.scrollable_content_region.height
        if room < before.height < size.height and size.width == before.width:
            # Setting it lays the whole screen out anew; a list that has its scroll bar only needs the bar to know.
            self.set_reactive(LineList.virtual_size, size)  # pyright: ignore[reportArgumentType]
            self.vertical_scrollbar.window_virtual_size = size.height
            self.refresh()
        else:
            self.virtual_size = size

    def _line_strip(self, index: int, width: int) -> Strip:
        cursor = ""
        if index == self.cursor:
            cursor = "cursor" if self.has_class("-active") else self.BLURRED
        key = (self.lines.key(index), self.look(index), width, cursor, self.needle)
        strip = self._painted.get(key)
        if strip is None:
            cells = self.lines.line(index, width)
            strip = self._strip(mark_matches(cells, self.needle) if self.needle else cells, width, cursor)
            self._painted[key] = strip
        return strip

    def _strip(self, cells: Cells, width: int, cursor: str = "") -> Strip:
        segments = [Segment(text, self._style(role, cursor)) for role, text in cells]
        return Strip(segments).adjust_cell_length(width, self._style("text", cursor))

    def _style(self, role: Role, cursor: str) -> Style:
        style = self._role_styles.get((role, cursor))
        if style is None:
            style = self._looks.of(role)
            if cursor and role != "match":
                line = self._looks.of(cursor)
                style += Style(bgcolor=line.bgcolor, bold=line.bold or None, reverse=line.reverse or None)
            self._role_styles[role, cursor] = style
        return style

    def _empty_line(self, y: int, width: int) -> Cells:
        texts = self.lines.empty() if not len(self.lines) else ()
        place = y - max(1, self.scrollable_content_region.height // 3)
        if not 0 <= place < len(texts):
            return [("text", "")]
        text = cut_end(texts[place], width)
        return [("text", " " * ((width - len(text)) // 2)), ("dim" if place else "text", text)]
