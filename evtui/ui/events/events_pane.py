"""The catalogue of events in its pane."""

from evtui.core.ports import EventState
from evtui.ui.events.events_lines import EventsLines
from evtui.ui.events.events_view import EventModule, EventsView
from evtui.ui.panes import pane_title
from evtui.ui.text.figures import count
from evtui.ui.widgets.sorted_list import SortedList


class EventsPane(SortedList):
    """The catalogue, the most active events first."""

    def __init__(self, view: EventsView) -> None:
        self.rows = EventsLines(view)
        self._catalogue = view
        super().__init__(view, self.rows, id="events")

    @property
    def selected(self) -> EventState | None:
        """Return the event under the cursor, None on the line of a module."""
        entry = self.rows.entry(self.cursor)
        return entry if isinstance(entry, EventState) else None

    @property
    def module(self) -> EventModule | None:
        """Return the module under the cursor, None on the line of an event."""
        entry = self.rows.entry(self.cursor)
        return entry if isinstance(entry, EventModule) else None

    def fold_module(self) -> bool:
        """List the unused events of the module under the cursor, or hide them; returns whether there is one."""
        if (module := self.module) is None:
            return False
        self._catalogue.fold(module.name)
        self.redraw()
        return True

    def show_titles(self) -> None:
        """Show the number of events and their order."""
        self.entitle(pane_title("events", count(len(self._catalogue.states))), self.order_note())

    def show_states(self) -> None:
        """Show the catalogue as it is now."""
        first = self.key is None
        self.show_titles()
        if first or self._catalogue.changed:
            self.redraw_in_place()
        # The detail has nothing to show for a module: start on the first event.
        if first and self.module is not None and isinstance(self.rows.entry(1), EventState):
            self.move_to(1, scroll=False)

    def show_matches(self, needle: str) -> None:
        """Mark a text, also in the events that are not used, which are listed while it is searched."""
        chosen = self.selected
        self._catalogue.search(needle)
        if not needle and chosen is not None:
            self._catalogue.reveal(chosen.event.name)
        self.redraw()
        super().show_matches(needle)

    def jump(self, name: str) -> None:
        """Put the cursor on an event, also on one that was not listed."""
        self._catalogue.reveal(name)
        self.redraw()
        if (place := self.rows.find((name, ""))) is not None:
            self.move_to(place)
