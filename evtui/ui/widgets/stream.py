"""The stream of notifications: follows its end until someone looks back."""

from textual.content import Content

from evtui.codecs.sanitise import display_safe
from evtui.ui.figures import count
from evtui.ui.rows import Row, search_text, stamp_of
from evtui.ui.stream_lines import StreamLines
from evtui.ui.stream_view import Changes, StreamView
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.panes import titled


class StreamPane(LineList):
    """The rows in view. Moving up holds it still; its last line, or `G`, lets it follow again."""

    def __init__(self, view: StreamView) -> None:
        self._stream = view
        self._flowing = False
        super().__init__(StreamLines(view), id="stream")

    @property
    def selected(self) -> Row | None:
        """Return the row under the cursor."""
        return self._stream.view[self.cursor] if self.cursor < len(self._stream.view) else None

    def on_mount(self) -> None:
        """Show the titles."""
        super().on_mount()
        self._show_titles()

    def flow(self) -> None:
        """Show what came since; while it follows, at its end."""
        changes = self._stream.take_changes()
        self._show_titles()
        if changes:
            self._refresh_changed(changes)
        if self._stream.mode != "follow":
            return
        self._flowing = True
        try:
            self._measure()
            self._painted_cursor_moves()
        finally:
            self._flowing = False

    def look(self, index: int) -> object:
        """Return how the delivery of a row stands."""
        return stamp_of(self._stream.view[index])

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._stream.follow()
        self.redraw()
        self.flow()

    def pause(self) -> None:
        """Stand still, or run again."""
        if self._stream.mode == "paused":
            self.follow()
        else:
            self._stream.freeze("paused")
            self._show_titles()

    def show_rows(self) -> None:
        """Show other rows than before: filtered or cleared."""
        self.redraw()
        self.flow()

    def touched(self) -> None:
        """Hold still: a person looks at a line."""
        if self._stream.mode == "follow":
            self._stream.freeze("held")
            self._show_titles()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Hold still when a person scrolls up by wheel or bar, follow again when they come to the end."""
        super().watch_scroll_y(old_value, new_value)
        if self._flowing or old_value == new_value:
            return
        if new_value < old_value and new_value < self.max_scroll_y:
            self.touched()

    def searched(self, index: int, width: int) -> str:  # noqa: ARG002 - all of a row, whatever its line has room for
        """Return the text of a row that a search looks at."""
        return search_text(self._stream.view[index])

    def action_row_down(self) -> None:
        """One line down; from the last line on, follow."""
        if self._stream.mode == "held" and self.cursor >= len(self.lines) - 1:
            self.follow()
        else:
            super().action_row_down()

    def action_row_bottom(self) -> None:
        """To the end, and stay there."""
        self.follow()

    def _refresh_changed(self, changes: Changes) -> None:
        """Paint the rows in sight anew that changed."""
        first = self.scroll_offset.y
        for place in range(first, min(first + self.scrollable_content_region.height, len(self._stream.view))):
            if changes.touches(self._stream.view[place]):
                self.refresh_line(place + self._header_height)

    def _painted_cursor_moves(self) -> None:
        last = len(self.lines) - 1
        if last < 0:
            self.redraw()
            return
        moved = self.lines.key(last) != self.key
        self.move_to(last, scroll=False)
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)
        if moved:
            self.refresh()

    def _show_titles(self) -> None:
        stream = self._stream
        total, shown = count(len(stream.rows)), count(len(stream.view))
        title = titled("stream", f"{shown}/{total}" if stream.filter else shown)
        notes: list[str | tuple[str, str]] = []
        if stream.filter:
            notes += [(f"filter {display_safe(str(stream.filter), 60)}", "$accent"), "  "]
        match stream.mode:
            case "follow":
                notes.append("following")
            case "held":
                notes.append((f"+{count(stream.new)} new, G follows" if stream.new else "held, G follows", "$warning"))
            case "paused":
                notes.append((f"paused +{count(stream.new)}, space goes on", "$warning"))
        self.entitle(title, Content.assemble(*notes))
