"""What the keys of the console do with rows of the stream: mark them, show only the marked ones, export them."""

from collections.abc import Callable
from pathlib import Path

from msgspec import structs

from evtui.core.ports import Clock
from evtui.ui.messages import Notice
from evtui.ui.panes import Pane
from evtui.ui.screens.console_panes import ConsolePanes
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.screens.stream_filtering import StreamFiltering
from evtui.ui.state.console_state import ConsoleState
from evtui.ui.stream.marks import MOST_MARKS
from evtui.ui.stream.stream_rows import StreamRow
from evtui.ui.text.figures import count


class RowActions:
    """Marks and exports the rows of a screen's stream."""

    def __init__(
        self, screen: PaneScreen[Pane], state: ConsoleState, panes: ConsolePanes, filtering: StreamFiltering,
        *, files: Path | None, wall: Clock,
    ) -> None:  # fmt: skip
        """`files` is the directory of exports; without one nothing is exported."""
        self._screen = screen
        self._stream, self._marking = state.stream, state.marking
        self._panes = panes
        self._filtering = filtering
        self._files = files
        self._wall = wall
        self._last: int | None = None
        """The number of the row that the key marked or unmarked last: where a range begins."""

    @property
    def calls(self) -> dict[str, Callable[[], object]]:
        """What each action of the table does."""
        return {
            "mark": self._mark,
            "only_marked": self._show_only_marked,
            "mark_range": self._mark_range,
            "mark_all": self._mark_all,
            "unmark_all": self._unmark_all,
            "next_mark": lambda: self._go_to_mark(1),
            "previous_mark": lambda: self._go_to_mark(-1),
            "export": self._export,
        }

    def _mark(self) -> None:
        row = self._selected()
        if row is None:
            self._tell("Select a row of the stream to mark it.")
            return
        self._last = row.number
        if self._stream.marks.get(row.number):
            self._marking.unmark(row)
        elif not self._marking.mark((row,)):
            self._tell(self._why_not(row))
        self._show()

    def _mark_range(self) -> None:
        row, view = self._selected(), self._stream.view
        first = None if self._last is None else view.find(self._last)
        behind = None if row is None else view.find(row.number)
        if first is None or behind is None:
            key = self._screen.first_key("mark")
            self._tell(f"Mark the first row of the range with {key}, and go to its last one.")
            return
        self._mark_rows(min(first, behind), max(first, behind) + 1)

    def _mark_all(self) -> None:
        self._mark_rows(0, len(self._stream.view))

    def _mark_rows(self, first: int, behind: int) -> None:
        if behind - first > MOST_MARKS:
            self._tell(f"These are {count(behind - first)} rows; at most {count(MOST_MARKS)} can be marked.")
            return
        added = self._marking.mark(self._stream.view[first:behind])
        self._tell(f"{count(added)} row{'s' * (added != 1)} marked.")
        self._show()

    def _unmark_all(self) -> None:
        ended = self._marking.unmark_all()
        self._tell(f"{count(ended)} mark{'s' * (ended != 1)} taken away.")
        self._show()

    def _show_only_marked(self) -> None:
        if not self._filtering.toggle_marked():
            self._tell(f"No row is marked: {self._screen.first_key('mark')} marks one.")
        else:
            self._screen.show_pane("stream")

    def _go_to_mark(self, step: int) -> None:
        row = self._selected()
        number = self._stream.marks.next_to(-1 if row is None else row.number, step)
        place = None if number is None else self._stream.find(number)
        if place is None:
            why = "No row is marked" if number is None else "The filters do not show the next marked row"
            self._tell(f"{why}.")
            return
        self._screen.show_pane("stream")
        self._panes.stream.go_to_match(place)

    def _why_not(self, row: StreamRow) -> str:
        if self._stream.rows.find(row.number) is None:
            return "It cannot be marked: the journal no longer holds its record."
        return f"{count(MOST_MARKS)} rows are marked, and no more can be."

    def _export(self) -> None:
        # On first use: the console starts sooner without the dialog.
        from evtui.ui.forms.export.export_dialog import ExportDialog
        from evtui.ui.forms.export.export_draft import row_choices

        if self._files is None:
            return
        choices = row_choices(self._stream, self._selected())
        dialog = ExportDialog(choices, self._files, self._wall, only_there=self._screen.is_read_only)
        self._screen.console_app.push_screen(dialog, lambda told: None if told is None else self._tell(told))

    def _selected(self) -> StreamRow | None:
        return self._panes.selected_row(self._screen.active)

    def _show(self) -> None:
        """Show the marks, also that of the row in the detail."""
        self._panes.stream.show_new_rows()
        shown = self._panes.detail.subject
        if isinstance(shown, StreamRow) and shown.mark != (mark := self._stream.marks.get(shown.number)):
            self._panes.detail.show_subject(structs.replace(shown, mark=mark))

    def _tell(self, text: str) -> None:
        self._screen.post_message(Notice(text))
