"""The events of a source without a catalogue: the documented ones, and those that were seen, with counts."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from evtui.core.ports import EventState
from evtui.core.values import Event, Params
from evtui.engine.catalogue import static_events

MAX_EVENTS: Final = 10_000
"""Names that are remembered besides the documented ones: a publisher may use a new name for each message."""


class _Count(Struct):
    event: Event
    count: int = 0
    last_at: float | None = None
    last_params: Params | None = None


class SeenEvents:
    """The events by id: the documented ones, then the others as they appeared."""

    def __init__(self, max_events: int = MAX_EVENTS) -> None:
        self._counts = {event.name: _Count(event) for event in static_events()}
        self._names_left = max_events
        self.left_out = 0
        """Notifications that are not counted, because there are too many names."""

    def add(self, name: str, at: float, params: Params) -> None:
        """Count a notification."""
        seen = self._counts.get(name)
        if seen is None:
            if not self._names_left:
                self.left_out += 1
                return
            self._names_left -= 1
            seen = self._counts[name] = _Count(Event(len(self._counts), name))
        seen.count += 1
        seen.last_at, seen.last_params = at, params

    def states(self) -> Sequence[EventState]:
        """List them by id."""
        return tuple(
            EventState.seen(seen.event, seen.count, seen.last_at, seen.last_params) for seen in self._counts.values()
        )
