"""The script's log in its pane."""

from textual.content import Content

from evtui.core.script_port import ScriptLogPart, ScriptLogRecord
from evtui.ui.panes import pane_title
from evtui.ui.script.log_lines import LogLines
from evtui.ui.script.log_view import LogView
from evtui.ui.text.figures import count
from evtui.ui.widgets.following_list import FollowingList

_SHIFT_CHARACTERS = 8
_MAX_SHIFT = 4000


class LogPane(FollowingList):
    """The log, following its newest line."""

    def __init__(self) -> None:
        self.log_view = LogView()
        self.rows = LogLines(self.log_view, ("Nothing logged yet.", "xlog(…) of the script appears here."))
        super().__init__(self.log_view, self.rows, id="log")

    @property
    def selected(self) -> ScriptLogRecord | None:
        """Return the record under the cursor."""
        entry = self.rows.entry(self.cursor)
        return None if entry is None else entry.record

    def take(self, part: ScriptLogPart) -> None:
        """Show the new records; while the view follows, at its end."""
        if self.log_view.take(part):
            self.show_titles()
            self.follow_end()

    def clear(self) -> None:
        """Empty the view."""
        self.log_view.clear()
        self.follow()

    def searched(self, index: int, width: int) -> str:  # noqa: ARG002 - the whole record, even where its line cuts it
        """Return the text of a record that a search looks in."""
        record = self.log_view.view[index].record
        return f"{record.route} {record.text}".casefold()

    def shift(self, by: int) -> None:
        """Show what is further to the right, or to the left."""
        side = max(0, min(self.rows.side + by * _SHIFT_CHARACTERS, _MAX_SHIFT))
        if side != self.rows.side:
            self.rows.side = side
            self.redraw()

    def show_titles(self) -> None:
        """Show how many lines there are, how many are not shown, and whether the view follows."""
        log = self.log_view
        notes: list[str | tuple[str, str]] = [self.mode_note()]
        if log.lost:
            notes = [(f"{count(log.lost)} not shown", "$foreground 60%"), "  ", *notes]
        self.entitle(pane_title("log", count(len(log.view)) if log.view else ""), Content.assemble(*notes))
