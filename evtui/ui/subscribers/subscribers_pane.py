"""The subscribers in their pane."""

from textual.content import Content

from evtui.core.ports import Clock
from evtui.ui.panes import pane_title
from evtui.ui.subscribers.subscribers_lines import SubscribersLines
from evtui.ui.subscribers.subscribers_view import EventGroup, Subscriber, SubscribersView, SubscriptionKey
from evtui.ui.text.figures import count
from evtui.ui.widgets.sorted_list import SortedList


class SubscribersPane(SortedList):
    """The subscriptions by event, each with a countdown to its expiry."""

    def __init__(self, view: SubscribersView, monotonic: Clock) -> None:
        self.rows = SubscribersLines(view, monotonic)
        self._subscribers = view
        self._shown: object = None
        super().__init__(view, self.rows, id="subscribers")

    @property
    def selected(self) -> Subscriber | None:
        """Return the subscriber under the cursor, None on the line of a group."""
        entry = self.rows.entry(self.cursor)
        return entry if isinstance(entry, Subscriber) else None

    @property
    def heading(self) -> EventGroup | None:
        """Return the event whose heading is under the cursor, None on any other line."""
        entry = self.rows.entry(self.cursor)
        return entry if isinstance(entry, EventGroup) else None

    def fold_group(self) -> bool:
        """List what is below the group under the cursor, or hide it; returns whether there is a group."""
        entry = self.rows.entry(self.cursor)
        if entry is None or isinstance(entry, Subscriber):
            return False
        self._subscribers.fold(entry)
        self.show_states()
        return True

    def jump(self, key: SubscriptionKey) -> bool:
        """Put the cursor on a subscription, also in a folded group; returns whether it is there."""
        self._subscribers.reveal(key[0])
        self.redraw()
        if (place := self.rows.find(key)) is None:
            return False
        self.move_to(place)
        return True

    def show_titles(self) -> None:
        """Show the number of subscribers and their order, or that the backend does not answer."""
        away = self._subscribers.stopped_at is not None
        note = Content.styled("as last heard", "$warning") if away else self.order_note()
        self.entitle(pane_title("subscribers", count(self._subscribers.active)), note)

    def show_states(self) -> None:
        """Show the subscribers as they are now."""
        self.show_titles()
        view, first = self._subscribers, self.key is None
        # While countdowns run, every line is drawn again once a second, its counters included: `tick` does it.
        lines = [line.key for line in view.entries] if view.has_countdowns else view.entries
        shown = (view.stopped_at is not None, view.silent, lines)
        if shown != self._shown:
            self._shown = shown
            self.redraw_in_place()
        if first and self.heading is not None:
            self.move_to(1, scroll=False)

    def tick(self) -> None:
        """Draw the countdowns again, if there are any; call it once a second."""
        if self._subscribers.has_countdowns:
            self.redraw()

    def searched(self, index: int, width: int) -> str:
        """Return the event, the whole socket and the line of a subscriber, even where the line cuts them."""
        entry = self._subscribers.entries[index]
        if not isinstance(entry, Subscriber):
            return super().searched(index, width)
        subscription = entry.state.subscription
        return f"{subscription.event} {subscription.socket} {super().searched(index, width)}".casefold()
