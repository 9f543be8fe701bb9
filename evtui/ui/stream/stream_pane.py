"""The stream in its pane. How it works is told in `stream_view.py`."""

from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.ui.panes import pane_title
from evtui.ui.stream.marks import Marks
from evtui.ui.stream.paint_pacing import PaintPacing
from evtui.ui.stream.record_filter import text_of
from evtui.ui.stream.record_rows import RecordRows
from evtui.ui.stream.status_signs import MARK_SIGN
from evtui.ui.stream.stream_lines import StreamLines
from evtui.ui.stream.stream_rows import StreamRow, stamp_of
from evtui.ui.stream.stream_view import RowChanges, StreamView
from evtui.ui.text.figures import count
from evtui.ui.widgets.following_list import FollowingList

STEP_RECORDS = 1_000
"""Records that a filter looks at in one step: some milliseconds."""


class StreamPane(FollowingList):
    """The rows in view."""

    def __init__(self, view: StreamView) -> None:
        self._stream = view
        self._pacing = PaintPacing()
        self._shown_rows: RecordRows | None = None
        """The rows that a frozen view showed when they were looked at last."""
        self._shown_names = 0
        """The width of the names that the columns were laid out for."""
        super().__init__(view, StreamLines(view), id="stream")

    @property
    def selected(self) -> StreamRow | None:
        """Return the row under the cursor."""
        return self._stream.view[self.cursor] if self.cursor < len(self._stream.view) else None

    def show_in_pace(self, rows: int, frame: float, now: float) -> None:
        """Show what is new unless a rush of rows leaves it to the next look, which comes `frame` seconds later."""
        if self._pacing.is_due(rows, self.size.height, frame, now):
            self.show_new_rows()

    def show_new_rows(self) -> None:
        """Show the rows that came since the last call, and those that changed."""
        stream = self._stream
        changes = stream.take_changes()
        self.show_titles()
        if stream.mode != "follow":
            self._keep_frozen_place()
        if changes.others or changes.marks or self._shown_names != stream.names.widest:
            self._shown_names = stream.names.widest
            self.redraw()
        if changes:
            self._refresh_changed(changes)
        self.follow_end()

    def stamp(self, index: int) -> object:
        """Return the stamp of a row, which changes with its status."""
        return stamp_of(self._stream.view[index])

    def follow(self) -> None:
        """Go to the newest row and follow."""
        self._is_held_by_search = False
        self._stream.follow()
        self.show_other_rows()

    def filter_on(self) -> None:
        """Let the filter look at some older rows; what is seen stays where it is."""
        self._stream.scan(STEP_RECORDS)
        self._redraw_in_place()
        self.show_titles()
        self.follow_end()

    def _keep_frozen_place(self) -> None:
        """Show what a frozen view keeps: rows that are evicted far from what is seen leave it."""
        stream, top = self._stream, int(self.scroll_offset.y)
        if top < len(stream.view):
            stream.looked_at = stream.view[top].number
        if stream.view is not self._shown_rows:
            self._redraw_in_place()
            self._shown_rows = stream.view

    def _redraw_in_place(self) -> None:
        """Show the lines anew with the cursor where it was on the screen, though lines above it came or went."""
        above = self.cursor - int(self.scroll_offset.y)
        self.redraw()
        if self._stream.mode != "follow":
            self.scroll_to(y=max(0, self.cursor - above), animate=False, force=True, immediate=True)

    def show_other_rows(self) -> None:
        """Show the view after it was made again: filtered, cleared, followed again."""
        self.redraw()
        self.show_new_rows()

    def searched(self, index: int, width: int) -> str:  # noqa: ARG002 - the whole row, even where its line cuts it
        """Return the text of a row that a search looks in."""
        return text_of(self._stream.view[index])

    def show_titles(self) -> None:
        """Show how many rows there are, the filter, and whether the view follows."""
        stream = self._stream
        total, shown = count(len(stream.rows)), count(len(stream.view))
        title = pane_title("stream", f"{shown}/{total}" if stream.filter else shown)
        notes: list[str | tuple[str, str]] = [self.mode_note()]
        if told := mark_note(stream.marks):
            notes = [(told, "$accent"), "  ", *notes]
        if (progress := stream.progress) is not None:
            notes = [(f"filtering {progress:.0%}", "$warning"), "  ", *notes]
        if stream.filter:
            notes = [(f"filter {display_safe(str(stream.filter), 60)}", "$accent"), "  ", *notes]
        self.entitle(title, Content.assemble(*notes))

    def _refresh_changed(self, changes: RowChanges) -> None:
        """Paint the visible rows again that changed."""
        first = self.scroll_offset.y
        for place in range(first, min(first + self.scrollable_content_region.height, len(self._stream.view))):
            if changes.touches(self._stream.view[place]):
                self.refresh_line(place + self._header_height)


def mark_note(marks: Marks) -> str:
    """Say how many rows are marked, and how many marks ended with their records; empty without any."""
    gone = f" ({count(marks.evicted)} evicted)" if marks.evicted else ""
    return f"{MARK_SIGN} {count(len(marks))}{gone}" if len(marks) or marks.evicted else ""
