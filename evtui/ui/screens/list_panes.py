"""The panes that are lists of lines: events, subscribers and detail."""

from textual import events
from textual.content import Content

from evtui.core.ports import Clock, EventState
from evtui.ui.actions import AnyPane
from evtui.ui.detail.describe import TABS, Subject, Tab
from evtui.ui.detail.detail_lines import DetailLines
from evtui.ui.events.events_lines import EventsLines
from evtui.ui.events.events_view import EventsView, Module
from evtui.ui.messages import Do
from evtui.ui.stream.stream_rows import StreamRow, is_open
from evtui.ui.subscribers.subscribers_lines import SubscribersLines
from evtui.ui.subscribers.subscribers_view import Subscriber, SubscribersView
from evtui.ui.text.figures import count
from evtui.ui.text.status_lines import PANE_NAMES, pane_number
from evtui.ui.widgets.line_list import LineList


def titled(pane: AnyPane, note: str = "") -> Content:
    """Write a pane's title: its number, its name and a count."""
    return Content.assemble(f"{pane_number(pane)} ", (PANE_NAMES[pane], "bold"), f" {note}" if note else "")


class EventsPane(LineList):
    """The catalogue."""

    def __init__(self, view: EventsView) -> None:
        self.rows = EventsLines(view)
        self._catalogue = view
        super().__init__(self.rows, id="events")

    @property
    def selected(self) -> EventState | None:
        """Return the event under the cursor, None on a module's line."""
        entry = self.rows.entry(self.cursor)
        return entry if isinstance(entry, EventState) else None

    @property
    def module(self) -> Module | None:
        """Return the module under the cursor, None on an event's line."""
        entry = self.rows.entry(self.cursor)
        return entry if isinstance(entry, Module) else None

    def show_states(self) -> None:
        """Show the catalogue as it is now."""
        first = self.key is None
        self.entitle(titled("events", count(len(self._catalogue.states))))
        if first or self._catalogue.moved:
            self.redraw()
        # A module's line says nothing in the detail; start on the first event.
        if first and self.module is not None and len(self.rows) > 1:
            self.move_to(1, scroll=False)

    def jump(self, name: str) -> None:
        """Put the cursor on an event, unfolding its module."""
        state = self._catalogue.get(name)
        if state is None:
            return
        if (place := self.rows.find(("event", name))) is None:
            self._catalogue.unfold(state.event.module or "dynamic")
            self.redraw()
            place = self.rows.find(("event", name))
        if place is not None:
            self.move_to(place)


class SubscribersPane(LineList):
    """Who is subscribed, and for how long."""

    def __init__(self, view: SubscribersView, monotonic: Clock) -> None:
        self.rows = SubscribersLines(view, monotonic)
        self._subscribers = view
        self._shown: object = None
        super().__init__(self.rows, id="subscribers")

    @property
    def selected(self) -> Subscriber | None:
        """Return the subscriber under the cursor."""
        return self.rows.subscriber(self.cursor)

    def show_states(self) -> None:
        """Show the subscribers as they are now."""
        away = self._subscribers.stopped is not None
        note = Content.styled("as last heard", "$warning") if away else None
        self.entitle(titled("subscribers", count(self._subscribers.living)), note)
        lines = self._subscribers.subscribers
        # While countdowns tick, counters are drawn anew with them, every second.
        shown = (away, [line.key for line in lines] if self._subscribers.ticking else lines)
        if shown != self._shown:
            self._shown = shown
            self.redraw()

    def tick(self) -> None:
        """Draw the countdowns, if there are any."""
        if self._subscribers.ticking:
            self.redraw()

    def searched(self, index: int, width: int) -> str:
        """Return a subscriber's event and whole socket, whatever its line has room for, and the line."""
        subscription = self._subscribers.subscribers[index].state.subscription
        return f"{subscription.event} {subscription.socket} {super().searched(index, width)}".casefold()


class DetailPane(LineList):
    """Everything about what is selected."""

    BLURRED = ""

    def __init__(self, monotonic: Clock) -> None:
        self.rows = DetailLines()
        self.tab: Tab = "tree"
        self._open = False
        self.subject: Subject | None = None
        self._monotonic = monotonic
        super().__init__(self.rows, id="detail")

    @property
    def moves(self) -> bool:
        """Say whether what is shown may have changed with the last records: a delivery that had not ended."""
        return self._open

    def on_mount(self) -> None:
        """Show the title."""
        self.entitle(titled("detail"))
        super().on_mount()

    def on_resize(self) -> None:
        """Fold the lines anew."""
        super().on_resize()
        self.show_subject(self.subject)

    def show_subject(self, subject: Subject | None, tab: Tab | None = None) -> None:
        """Show something, or nothing; in this tab from now on, if one is named."""
        if subject != self.subject or (tab is not None and tab != self.tab):
            self.cursor = 0
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.subject = subject
        self._open = isinstance(subject, StreamRow) and is_open(subject)
        self.tab = tab or self.tab
        self.rows.fill_in(subject, self.tab, self.scrollable_content_region.width, self._monotonic())
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Change the tab, or move the cursor."""
        place = event.get_content_offset(self)
        tab = self.rows.tab_at(place.x) if place is not None and place.y == 0 else None
        if tab is None or tab not in TABS:
            super().on_click(event)
        else:
            self.post_message(Do(tab))
