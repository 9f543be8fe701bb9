"""The stream in its pane. How it works is told in `stream_view.py`."""

from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.ui.panes import pane_title
from evtui.ui.stream.stream_lines import StreamLines
from evtui.ui.stream.stream_rows import StreamRow, search_text, stamp_of
from evtui.ui.stream.stream_view import RowChanges, StreamView
from evtui.ui.text.figures import count
from evtui.ui.widgets.following_list import FollowingList


class StreamPane(FollowingList):
    """The rows in view."""

    def __init__(self, view: StreamView) -> None:
        self._stream = view
        super().__init__(view, StreamLines(view), id="stream")

    @property
    def selected(self) -> StreamRow | None:
        """Return the row under the cursor."""
        return self._stream.view[self.cursor] if self.cursor < len(self._stream.view) else None

    def show_new_rows(self) -> None:
        """Show the rows that came since the last call, and those that changed."""
        changes = self._stream.take_changes()
        self.show_titles()
        if changes:
            self._refresh_changed(changes)
        self.follow_end()

    def stamp(self, index: int) -> object:
        """Return the stamp of a row, which changes with its status."""
        return stamp_of(self._stream.view[index])

    def follow(self) -> None:
        """Go to the newest row and follow."""
        self._stream.follow()
        self.show_other_rows()

    def show_other_rows(self) -> None:
        """Show the view after it was made again: filtered, cleared, followed again."""
        self.redraw()
        self.show_new_rows()

    def searched(self, index: int, width: int) -> str:  # noqa: ARG002 - the whole row, even where its line cuts it
        """Return the text of a row that a search looks in."""
        return search_text(self._stream.view[index])

    def show_titles(self) -> None:
        """Show how many rows there are, the filter, and whether the view follows."""
        stream = self._stream
        total, shown = count(len(stream.rows)), count(len(stream.view))
        title = pane_title("stream", f"{shown}/{total}" if stream.filter else shown)
        notes: list[str | tuple[str, str]] = [self.mode_note()]
        if stream.filter:
            notes = [(f"filter {display_safe(str(stream.filter), 60)}", "$accent"), "  ", *notes]
        self.entitle(title, Content.assemble(*notes))

    def _refresh_changed(self, changes: RowChanges) -> None:
        """Paint the visible rows again that changed."""
        first = self.scroll_offset.y
        for place in range(first, min(first + self.scrollable_content_region.height, len(self._stream.view))):
            if changes.touches(self._stream.view[place]):
                self.refresh_line(place + self._header_height)
