"""The filters of the stream: shown at once for the newest rows, then step by step for older ones."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from evtui.core.ports import Clock
from evtui.filters.decisions import Filter
from evtui.ui.stream.filters.saved_filters import SavedFilter, SavedFilters
from evtui.ui.stream.stream_filter import FilterOrigin, StreamFilter
from evtui.ui.stream.stream_pane import StreamPane
from evtui.ui.stream.stream_view import StreamView

if TYPE_CHECKING:
    from evtui.ui.stream.filters.filter_typing import FilterTyping
    from evtui.ui.stream.filters.filters_screen import FiltersScreen

FILTER_PAUSE = 0.005
"""Seconds between two steps through older rows: keys and the clock come first."""

SetTimer: TypeAlias = Callable[[float, Callable[[], None]], object]
"""Call a function after some seconds."""


class StreamFiltering:
    """Shows the rows of the stream that its filters show."""

    def __init__(
        self, stream: StreamView, pane: StreamPane, saved: SavedFilters, wall: Clock, set_timer: SetTimer
    ) -> None:
        self._stream = stream
        self._wall = wall
        self._pane = pane
        self._saved = saved
        self._set_timer = set_timer
        stream.wall = wall
        self._is_waiting = False
        self._before = StreamFilter()
        """The filters before one was typed."""

    # What knows the language of filters is imported on first use: the console starts sooner without it.

    @cached_property
    def typing(self) -> "FilterTyping":
        """What knows the language of a filter that is typed."""
        from evtui.ui.stream.filters.filter_typing import FilterTyping

        return FilterTyping(lambda: self._stream.rows.records, self._wall)

    def show(self, wanted: StreamFilter) -> None:
        """Show only what filters show. Those that are set while others look at older rows take their place."""
        self._stream.show_only(wanted)
        self._pane.show_other_rows()
        self._look_on()

    def show_text(self, text: str, origin: FilterOrigin = "typed") -> None:
        """Show only what a filter shows, besides the filters of other origins. raises BadFilterError."""
        filters = self._stream.filter.with_one(self.typing.read(text), origin)
        if filters != self._stream.filter:
            self.show(filters)

    def show_selected(self, event: str | None, socket: str | None, server: str | None = None) -> None:
        """Show only what is of one event, and of one subscriber; and of one server of a fleet."""
        from evtui.filters.filter_values import quoted

        names = (("event", event), ("to", socket), ("server", server or None))
        self.show_text(" ".join(f"{name}={quoted(text)}" for name, text in names if text is not None), "selected")

    async def saved_filters(self) -> list[SavedFilter]:
        """List the filters that have names. raises SavedFiltersError."""
        from anyio import to_thread  # after the first paint

        return await to_thread.run_sync(self._saved.read)

    def is_on(self, saved: SavedFilter) -> bool:
        """Say whether a filter that has a name decides what is shown."""
        return any(part.name == saved.name and part.mode != "off" for part in self._stream.filter.parts)

    def switch_saved(self, saved: SavedFilter) -> None:
        """Add a filter that has a name, switch it off, or on again. raises BadFilterError."""
        filters = self._stream.filter
        place = next((place for place, part in enumerate(filters.parts) if part.name == saved.name), None)
        if place is not None:
            self.show(filters.with_mode(place, "off" if filters.parts[place].mode != "off" else "in"))
        elif (wanted := self.typing.read(saved.text)) is not None:
            self.show(filters.added(wanted, saved.name))

    def toggle_marked(self) -> bool:
        """Show only marked rows, or all again; returns false when there is no mark to show."""
        from evtui.filters.comparisons import marked

        filters = self._stream.filter
        is_on = any(part.origin == "marked" for part in filters.parts)
        if not is_on and not len(self._stream.marks):
            return False
        self.show(filters.with_one(None if is_on else Filter("mark=*", marked()), "marked"))
        return True

    def begin_typing(self, more: str = "") -> str:
        """Remember the filters as they are; returns the text of the typed one, which is going to be changed.

        `more` is a filter by which that one is narrowed at once.
        """
        self._before = self._stream.filter
        typed = self._before.typed
        if not more or more in typed:
            return typed
        text = f"({typed}) {more}" if " or " in typed.casefold() else f"{typed} {more}".strip()
        self.show_text(text)
        return text

    def undo_typing(self) -> None:
        """Show what was shown before a filter was typed."""
        if self._stream.filter != self._before:
            self.show(self._before)

    def list_filters(self) -> "FiltersScreen":
        """Make the screen with the list of all filters."""
        # On first use: the console starts sooner without it.
        from evtui.ui.stream.filters.filters_screen import FiltersScreen

        return FiltersScreen(self._stream, self.show, self.typing, self._saved)

    def close(self) -> bool:
        """Remove what was typed or selected, or else switch the listed filters off; returns whether there were any."""
        filters = self._stream.filter
        listed = StreamFilter(tuple(part for part in filters.parts if part.origin == "added"))
        if listed == filters and filters:
            for place in range(len(listed.parts)):
                listed = listed.with_mode(place, "off")
        if listed == filters:
            return False
        self.show(listed)
        return True

    def clear(self) -> None:
        """Clear the stream on the screen, and let it follow unless it is paused; the journal keeps its records."""
        self._stream.clear()
        if self._stream.mode == "held":
            self._pane.follow()
        else:
            self._pane.show_other_rows()

    def _look_on(self) -> None:
        if self._stream.progress is not None and not self._is_waiting:
            self._is_waiting = True
            self._set_timer(FILTER_PAUSE, self._step)

    def _step(self) -> None:
        self._is_waiting = False
        self._pane.filter_on()
        self._look_on()
