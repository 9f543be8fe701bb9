"""The subscribers in their pane."""

from textual.content import Content

from evtui.core.ports import Clock
from evtui.ui.panes import pane_title
from evtui.ui.subscribers.subscribers_lines import SubscribersLines
from evtui.ui.subscribers.subscribers_view import Subscriber, SubscribersView, ViewerGroup
from evtui.ui.text.figures import count
from evtui.ui.widgets.line_list import LineList


class SubscribersPane(LineList):
    """The subscriptions, each with a countdown to its expiry."""

    def __init__(self, view: SubscribersView, monotonic: Clock) -> None:
        self.rows = SubscribersLines(view, monotonic)
        self._subscribers = view
        self._shown: object = None
        super().__init__(self.rows, id="subscribers")

    @property
    def selected(self) -> Subscriber | None:
        """Return the subscriber under the cursor, None on the line of the viewers."""
        entry = self.rows.entry(self.cursor)
        return entry if isinstance(entry, Subscriber) else None

    def fold_viewers(self) -> bool:
        """List the viewers or hide them, if the cursor is on their line; returns whether it is."""
        if not isinstance(self.rows.entry(self.cursor), ViewerGroup):
            return False
        self._subscribers.fold_viewers()
        self.show_states()
        return True

    def show_states(self) -> None:
        """Show the subscribers as they are now."""
        away = self._subscribers.stopped_at is not None
        note = Content.styled("as last heard", "$warning") if away else None
        self.entitle(pane_title("subscribers", count(self._subscribers.active)), note)
        lines = self._subscribers.entries
        # While countdowns run, every line is drawn again once a second, its counters included: `tick` does it.
        shown = (away, [line.key for line in lines] if self._subscribers.has_countdowns else lines)
        if shown != self._shown:
            self._shown = shown
            self.redraw()

    def tick(self) -> None:
        """Draw the countdowns again, if there are any; call it once a second."""
        if self._subscribers.has_countdowns:
            self.redraw()

    def searched(self, index: int, width: int) -> str:
        """Return the event, the whole socket and the line of a subscriber, even where the line cuts them."""
        entry = self._subscribers.entries[index]
        if isinstance(entry, ViewerGroup):
            return super().searched(index, width)
        subscription = entry.state.subscription
        return f"{subscription.event} {subscription.socket} {super().searched(index, width)}".casefold()
