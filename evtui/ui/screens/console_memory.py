"""What a user chose in the console: taken up at the start, and given away when it changes."""

from typing import Protocol

from msgspec.structs import replace
from textual.app import App

from evtui.ui.events.events_view import EVENT_ORDERS
from evtui.ui.screens.console_screen import ConsoleScreen
from evtui.ui.state.console_choices import ConsoleChoices
from evtui.ui.subscribers.subscribers_view import SUBSCRIBER_ORDERS
from evtui.ui.themes import begin_with
from evtui.ui.widgets.prompt import Prompt, Purpose

KEEP_SECONDS = 2.0
"""Seconds between two looks whether something was chosen: a console that is killed forgets no more than that."""


class ChoiceStore(Protocol):
    """Where choices are kept."""

    @property
    def found(self) -> ConsoleChoices:
        """Return what was kept before this console began."""
        ...

    def keep(self, choices: ConsoleChoices) -> None:
        """Keep what was chosen. Blocks; an error is told elsewhere."""
        ...


class ConsoleMemory:
    """The choices of one console."""

    def __init__(self, app: App[int], screen: ConsoleScreen, store: ChoiceStore | None, *, with_theme: bool) -> None:
        """Make the console as it was. A choice that this release does not know has no effect.

        `with_theme` is false when the configuration names a theme, which counts more.
        """
        self._app = app
        self._screen = screen
        self._taken = found = ConsoleChoices() if store is None else store.found
        self.is_first = store is not None and found == ConsoleChoices()
        """Whether nothing was kept before."""
        self.toured = found.toured
        """Whether the tour was shown; set it when it is."""
        self._texts: dict[Purpose, tuple[str, ...]] = {"filter": found.filters, "search": found.searches}
        state = screen.state
        if with_theme and found.theme in app.available_themes:
            begin_with(app, found.theme)
        self._first_theme = app.theme
        if found.events_order in EVENT_ORDERS:
            state.events.order = EVENT_ORDERS[EVENT_ORDERS.index(found.events_order)]
        if found.subscribers_order in SUBSCRIBER_ORDERS:
            state.subscribers.order = SUBSCRIBER_ORDERS[SUBSCRIBER_ORDERS.index(found.subscribers_order)]
        self._first_orders = (state.events.order, state.subscribers.order)
        screen.panes.take_widths(found.columns)

    def give_texts(self) -> None:
        """Give the line that texts are typed into those of before, as soon as it is there."""
        texts = self._screen.query_one(Prompt).texts
        for purpose, found in self._texts.items():
            texts.setdefault(purpose, found)
        self._texts = texts  # the line itself is gone when the last changes are asked for

    def take_changes(self) -> ConsoleChoices | None:
        """Return all choices when one has changed since this was asked last, else None."""
        now = replace(self._taken, columns={**self._taken.columns, **self._screen.panes.changed_widths()})
        if self._app.theme != self._first_theme:
            now = replace(now, theme=self._app.theme)
        state = self._screen.state
        if (state.events.order, state.subscribers.order) != self._first_orders:
            now = replace(now, events_order=state.events.order, subscribers_order=state.subscribers.order)
        filters, searches = self._texts.get("filter", ()), self._texts.get("search", ())
        now = replace(now, filters=filters, searches=searches, toured=self.toured)
        if now == self._taken:
            return None
        self._taken = now
        return now
