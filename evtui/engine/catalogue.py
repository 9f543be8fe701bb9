"""The catalogue: all published events, with ids from 0 in the order of publication."""

import pkgutil
from collections.abc import Iterator
from functools import cache

import msgspec

from evtui.core.values import Event, Parameter, check_event_name
from evtui.core.wildcards import matches


class _Entry(msgspec.Struct, frozen=True):
    name: str
    module: str
    description: str = ""
    params: tuple[Parameter, ...] = ()
    since: str = ""
    notes: str = ""


class Catalogue:
    """Published events by name; a name is published once and never removed."""

    def __init__(self, events: tuple[Event, ...] = ()) -> None:
        self._events: dict[str, Event] = {}
        for event in events:
            self.publish(event.name, event)

    def publish(self, name: str, documented: Event | None = None) -> tuple[Event, bool]:
        """Give the name an id, or return the event that has the name already; the flag says whether it is new.

        raises BadEventNameError.
        """
        if (known := self._events.get(name)) is not None:
            return known, False
        check_event_name(name)
        new = msgspec.structs.replace(documented or Event(0, name), id=len(self._events))
        self._events[name] = new
        return new, True

    def get(self, name: str) -> Event | None:
        """Return the event of exactly this name, byte for byte; None when there is none."""
        return self._events.get(name)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """List the names that a wildcard matches, in the order of their ids."""
        return tuple(name for name in self._events if matches(name, pattern))

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self._events.values()))

    def __len__(self) -> int:
        return len(self._events)


@cache
def static_events() -> tuple[Event, ...]:
    """Return the events that OpenSIPS and its modules publish, with their documented parameters."""
    raw = pkgutil.get_data("evtui.engine", "events.json")  # importlib.resources takes a tenth of a command's start
    entries = msgspec.json.decode(raw or b"", type=tuple[_Entry, ...])
    return tuple(
        Event(number, entry.name, entry.module, entry.description, entry.params) for number, entry in enumerate(entries)
    )
