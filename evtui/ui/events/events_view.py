"""The catalogue without Textual: modules that fold, and how often each event is raised."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

from evtui.core.ports import EventState
from evtui.ui.state.next_steps import NextSteps

DYNAMIC = "dynamic"
"""The group of the events that no module publishes. It is the first group."""

SAMPLES = 6
"""Polls over which a rate is taken."""


class EventModule(Struct, frozen=True):
    """The line above the events of a module."""

    name: str
    events: int
    folded: bool


CatalogueEntry: TypeAlias = EventModule | EventState


class EventsView:
    """The catalogue by module, dynamic events first, modules in the order of their ids."""

    def __init__(self) -> None:
        self.states: tuple[EventState, ...] = ()
        self.entries: tuple[CatalogueEntry, ...] = ()
        self._by_name: dict[str, EventState] = {}
        self._folded: set[str] = set()
        self.changed = False
        """Whether the last `take` changed anything that is shown."""
        self.next_steps = NextSteps()
        self.counts_received = False
        """Whether the backend does not tell what was raised, so that what was received is counted."""
        self._samples: dict[str, deque[tuple[float, int]]] = {}

    def take(self, states: Sequence[EventState], now: float) -> None:
        """Take the catalogue as the backend gave it at `now`, in monotonic seconds."""
        self.changed = self.states != tuple(states) or self._any_rate()
        self.states = tuple(states)
        self.counts_received = any(state.raised is None for state in states)
        self._by_name = {state.event.name: state for state in states}
        for state in states:
            number = raises_of(state)
            if number or state.event.name in self._samples:
                samples = self._samples.setdefault(state.event.name, deque(maxlen=SAMPLES + 1))
                samples.append((now, number))
        self._group()

    def get(self, name: str) -> EventState | None:
        """Return the state of an event by name."""
        return self._by_name.get(name)

    def fold(self, module: str) -> None:
        """Hide the events of a module, or show them again."""
        self._folded ^= {module}
        self._group()

    def unfold(self, module: str) -> None:
        """Show the events of a module."""
        self._folded -= {module}
        self._group()

    def rate(self, name: str) -> float:
        """Return how often an event was raised per second, over the last polls."""
        samples = self._samples.get(name)
        if samples is None or len(samples) < 2:
            return 0.0
        (first, before), (last, after) = samples[0], samples[-1]
        return max(0, after - before) / (last - first) if last > first else 0.0

    def history(self, name: str) -> tuple[float, ...]:
        """Return how often an event was raised between the last polls, oldest first."""
        samples = list(self._samples.get(name, ()))
        steps = [max(0, later[1] - earlier[1]) for earlier, later in pairwise(samples)]
        return (*([0.0] * (SAMPLES - len(steps))), *map(float, steps))

    def _any_rate(self) -> bool:
        return any(samples[0][1] != samples[-1][1] for samples in self._samples.values())

    def _group(self) -> None:
        modules: dict[str, list[EventState]] = {}
        for state in self.states:
            modules.setdefault(module_of(state), []).append(state)
        self.entries = tuple(self._with_headings(modules))

    def _with_headings(self, modules: dict[str, list[EventState]]) -> Iterator[CatalogueEntry]:
        for name in sorted(modules, key=lambda name: name != DYNAMIC):
            folded = name in self._folded
            yield EventModule(name, len(modules[name]), folded)
            if not folded:
                yield from modules[name]


def raises_of(state: EventState) -> int:
    """Count the raises of an event; where the backend does not tell, those that were received."""
    return state.received if state.raised is None else state.raised


def module_of(state: EventState) -> str:
    """Name the group that an event belongs to."""
    return state.event.module or DYNAMIC
