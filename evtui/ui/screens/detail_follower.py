"""Which selection the detail shows: that of the list that was active last, as long as the detail is open."""

from collections.abc import Sequence

from evtui.core.records import Record
from evtui.ui.panes import Pane
from evtui.ui.screens.console_panes import ConsolePanes
from evtui.ui.state.console_state import ConsoleState


class DetailFollower:
    """Shows in the detail what is selected in a list, and again when that may have changed."""

    def __init__(self, panes: ConsolePanes, state: ConsoleState, first: Pane) -> None:
        """`first` is the pane that is active first."""
        self.source: Pane = first
        """The pane whose selection the detail shows."""
        self._panes = panes
        self._state = state
        self._is_due = False

    def show(self) -> None:
        """Show what is selected now."""
        self._is_due = False
        subject = self._panes.selected(self.source)
        if subject is not None or self.source == "stream":
            self._panes.detail.show_subject(subject)

    def show_calmly(self) -> None:
        """Show it if it may have changed since; call it so seldom that it can be read."""
        if self._is_due:
            self.show()
        self._panes.detail.find_out()

    def enter(self, pane: Pane) -> None:
        """Take note that a pane is active now; a list becomes the source."""
        if pane in {"stream", "events", "subscribers"} and pane != self.source:
            self.source = pane
            self.show()

    def moved(self, pane: str | None) -> None:
        """Take note that the cursor of a pane moved. While the stream follows, the detail is shown later."""
        if pane != self.source:
            return
        if pane == "stream" and self._state.stream.mode == "follow":
            self._is_due = True
        else:
            self.show()

    def records_came(self, records: Sequence[Record]) -> None:
        """Take new records."""
        self._panes.detail.take_records(records)
        self._is_due |= self._panes.detail.can_change

    def states_came(self) -> None:
        """Take note of new states."""
        self._is_due |= self.source == "events"

    def second_passed(self) -> None:
        """Take note that countdowns moved on."""
        self._is_due |= self.source == "subscribers"
