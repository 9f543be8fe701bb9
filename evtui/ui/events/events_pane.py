"""The catalogue of events in its pane."""

from evtui.core.ports import EventState
from evtui.ui.events.events_lines import EventsLines
from evtui.ui.events.events_view import DYNAMIC, EventModule, EventsView
from evtui.ui.panes import pane_title
from evtui.ui.text.figures import count
from evtui.ui.widgets.line_list import LineList


class EventsPane(LineList):
    """The catalogue, grouped by module."""

    def __init__(self, view: EventsView) -> None:
        self.rows = EventsLines(view)
        self._catalogue = view
        super().__init__(self.rows, id="events")

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
        """Fold or unfold the module under the cursor; returns whether there is one."""
        if (module := self.module) is None:
            return False
        self._catalogue.fold(module.name)
        self.redraw()
        return True

    def show_states(self) -> None:
        """Show the catalogue as it is now."""
        first = self.key is None
        self.entitle(pane_title("events", count(len(self._catalogue.states))))
        if first or self._catalogue.changed:
            self.redraw()
        # The detail has nothing to show for a module: start on the first event.
        if first and self.module is not None and len(self.rows) > 1:
            self.move_to(1, scroll=False)

    def jump(self, name: str) -> None:
        """Put the cursor on an event, unfolding its module if needed."""
        state = self._catalogue.get(name)
        if state is None:
            return
        if (place := self.rows.find(("event", name))) is None:
            self._catalogue.unfold(state.event.module or DYNAMIC)
            self.redraw()
            place = self.rows.find(("event", name))
        if place is not None:
            self.move_to(place)
