"""The catalogue outside Textual: modules that fold, and how often each event is raised."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

from evtui.core.ports import EventState

DYNAMIC = "dynamic"
"""The group of the events that no module publishes; it comes first."""

SAMPLES = 6


class Module(Struct, frozen=True):
    """The line above a module's events."""

    name: str
    events: int
    folded: bool


Entry: TypeAlias = Module | EventState


class EventsView:
    """The catalogue by module, dynamic events first, modules in the order of their ids."""

    def __init__(self) -> None:
        self.states: tuple[EventState, ...] = ()
        self.entries: tuple[Entry, ...] = ()
        self._by_name: dict[str, EventState] = {}
        self._folded: set[str] = set()
        self.moved = False
        """Whether the last states differ from those before in anything that is shown."""
        self._samples: dict[str, deque[tuple[float, int]]] = {}

    def take(self, states: Sequence[EventState], now: float) -> None:
        """Take the catalogue as the backend gives it at a monotonic second."""
        self.moved = self.states != tuple(states) or self._any_rate()
        self.states = tuple(states)
        self._by_name = {state.event.name: state for state in states}
        for state in states:
            if state.raised or state.event.name in self._samples:
                samples = self._samples.setdefault(state.event.name, deque(maxlen=SAMPLES + 1))
                samples.append((now, state.raised))
        self._group()

    def get(self, name: str) -> EventState | None:
        """Return the state of an event by name."""
        return self._by_name.get(name)

    def fold(self, module: str) -> None:
        """Fold a module's events away, or unfold them."""
        self._folded ^= {module}
        self._group()

    def unfold(self, module: str) -> None:
        """Show a module's events."""
        self._folded -= {module}
        self._group()

    def rate(self, name: str) -> float:
        """Return how often an event was raised a second, over the last samples."""
        samples = self._samples.get(name)
        if samples is None or len(samples) < 2:
            return 0.0
        (first, before), (last, after) = samples[0], samples[-1]
        return max(0, after - before) / (last - first) if last > first else 0.0

    def history(self, name: str) -> tuple[float, ...]:
        """Return how many were raised between the last samples, oldest first."""
        samples = list(self._samples.get(name, ()))
        steps = [max(0, later[1] - earlier[1]) for earlier, later in pairwise(samples)]
        return (*([0.0] * (SAMPLES - len(steps))), *map(float, steps))

    def _any_rate(self) -> bool:
        return any(samples[0][1] != samples[-1][1] for samples in self._samples.values())

    def _group(self) -> None:
        modules: dict[str, list[EventState]] = {}
        for state in self.states:
            modules.setdefault(module_of(state), []).append(state)
        self.entries = tuple(self._spell_out(modules))

    def _spell_out(self, modules: dict[str, list[EventState]]) -> Iterator[Entry]:
        for name in sorted(modules, key=lambda name: name != DYNAMIC):
            folded = name in self._folded
            yield Module(name, len(modules[name]), folded)
            if not folded:
                yield from modules[name]


def module_of(state: EventState) -> str:
    """Name the group an event stands in."""
    return state.event.module or DYNAMIC
