"""The script's log: follows its end until someone looks back."""

from textual.content import Content

from evtui.core.script_port import ScriptLogPart, ScriptLogRecord
from evtui.ui.figures import count
from evtui.ui.script.log_lines import LogLines
from evtui.ui.script.log_view import LogView
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.panes import titled

_SIDE = 8


class LogPane(LineList):
    """The lines in view. Moving up holds it still; its last line, or `G`, lets it follow again."""

    def __init__(self) -> None:
        self.log_view = LogView()
        self.rows = LogLines(self.log_view, ("Nothing logged yet.", "xlog(…) of the script appears here."))
        self._flowing = False
        super().__init__(self.rows, id="log")

    @property
    def selected(self) -> ScriptLogRecord | None:
        """Return the record under the cursor."""
        entry = self.rows.entry(self.cursor)
        return None if entry is None else entry.record

    def on_mount(self) -> None:
        """Show the titles."""
        super().on_mount()
        self._show_titles()

    def take(self, part: ScriptLogPart) -> None:
        """Show what came since; while it follows, at its end."""
        if self.log_view.take(part):
            self._show_titles()
            self._flow()

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.log_view.follow()
        self._show_titles()
        self.redraw()
        self._flow()

    def pause(self) -> None:
        """Stand still, or run again."""
        if self.log_view.mode == "paused":
            self.follow()
        else:
            self.log_view.freeze("paused")
            self._show_titles()

    def clear(self) -> None:
        """Empty the view."""
        self.log_view.clear()
        self.follow()

    def touched(self) -> None:
        """Hold still: a person looks at a line."""
        if self.log_view.mode == "follow":
            self.log_view.freeze("held")
            self._show_titles()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Hold still when a person scrolls up by wheel or bar."""
        super().watch_scroll_y(old_value, new_value)
        if not self._flowing and new_value < old_value and new_value < self.max_scroll_y:
            self.touched()

    def searched(self, index: int, width: int) -> str:  # noqa: ARG002 - all of a record, whatever its line has room for
        """Return the text of a record that a search looks at."""
        record = self.log_view.view[index].record
        return f"{record.route} {record.text}".casefold()

    def shift(self, by: int) -> None:
        """Look further to the right, or back."""
        side = max(0, min(self.rows.side + by * _SIDE, 4000))
        if side != self.rows.side:
            self.rows.side = side
            self.redraw()

    def action_row_down(self) -> None:
        """One line down; from the last line on, follow."""
        if self.log_view.mode == "held" and self.cursor >= len(self.lines) - 1:
            self.follow()
        else:
            super().action_row_down()

    def action_row_bottom(self) -> None:
        """To the end, and stay there."""
        self.follow()

    def _flow(self) -> None:
        if self.log_view.mode != "follow":
            return
        self._flowing = True
        try:
            self._measure()
            last = len(self.lines) - 1
            if last < 0:
                self.redraw()
                return
            moved = self.lines.key(last) != self.key
            self.move_to(last, scroll=False)
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)
            if moved:
                self.refresh()
        finally:
            self._flowing = False

    def _show_titles(self) -> None:
        log = self.log_view
        notes: list[str | tuple[str, str]] = []
        if log.lost:
            notes += [(f"{count(log.lost)} lost", "$error"), "  "]
        match log.mode:
            case "follow":
                notes.append("following")
            case "held":
                notes.append((f"+{count(log.new)} new, G follows" if log.new else "held, G follows", "$warning"))
            case "paused":
                notes.append((f"paused +{count(log.new)}, space goes on", "$warning"))
        self.entitle(titled("log", count(len(log.view)) if log.view else ""), Content.assemble(*notes))
