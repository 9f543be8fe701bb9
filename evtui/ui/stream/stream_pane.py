"""The stream of notifications in its pane."""

from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.ui.screens.list_panes import titled
from evtui.ui.stream.stream_lines import StreamLines
from evtui.ui.stream.stream_rows import StreamRow, search_text, stamp_of
from evtui.ui.stream.stream_view import RowChanges, StreamView
from evtui.ui.text.figures import count
from evtui.ui.widgets.following import FollowingList


class StreamPane(FollowingList):
    """The rows in view."""

    def __init__(self, view: StreamView) -> None:
        self._stream = view
        super().__init__(view, StreamLines(view), id="stream")

    @property
    def selected(self) -> StreamRow | None:
        """Return the row under the cursor."""
        return self._stream.view[self.cursor] if self.cursor < len(self._stream.view) else None

    def flow(self) -> None:
        """Show what came since; while it follows, at its end."""
        changes = self._stream.take_changes()
        self.show_titles()
        if changes:
            self._refresh_changed(changes)
        self.flow_on()

    def look(self, index: int) -> object:
        """Return how the delivery of a row stands."""
        return stamp_of(self._stream.view[index])

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._stream.follow()
        self.show_rows()

    def show_rows(self) -> None:
        """Show other rows than before: filtered or cleared."""
        self.redraw()
        self.flow()

    def searched(self, index: int, width: int) -> str:  # noqa: ARG002 - all of a row, whatever its line has room for
        """Return the text of a row that a search looks at."""
        return search_text(self._stream.view[index])

    def show_titles(self) -> None:
        """Show how many rows there are, by which filter, and whether it follows."""
        stream = self._stream
        total, shown = count(len(stream.rows)), count(len(stream.view))
        title = titled("stream", f"{shown}/{total}" if stream.filter else shown)
        notes: list[str | tuple[str, str]] = [self.mode_note()]
        if stream.filter:
            notes = [(f"filter {display_safe(str(stream.filter), 60)}", "$accent"), "  ", *notes]
        self.entitle(title, Content.assemble(*notes))

    def _refresh_changed(self, changes: RowChanges) -> None:
        """Paint the rows in sight anew that changed."""
        first = self.scroll_offset.y
        for place in range(first, min(first + self.scrollable_content_region.height, len(self._stream.view))):
            if changes.touches(self._stream.view[place]):
                self.refresh_line(place + self._header_height)
