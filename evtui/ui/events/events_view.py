"""The catalogue without Textual: which events are used, in which order they stand, and how often each is raised.

Unused events are folded into one line for each module, so that the others have the room. An event is used when it was
published at run time, has a subscriber, or was raised or refused.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

from evtui.core.ports import EventState
from evtui.ui.fleet.server_looks import NO_SERVERS, ServerLooks
from evtui.ui.state.next_steps import NextSteps

DYNAMIC: Final = "dynamic"
"""The group of the events that no module publishes. It is the first group."""

RATED: Final = 6
"""Polls over which a rate is taken."""

SAMPLES: Final = 24
"""Polls that are remembered of an event."""

_HALVED: Final = 30.0
"""Seconds in which an event that is raised no more loses half of its activity."""

EventOrder: TypeAlias = Literal["activity", "name", "module", "server"]
EVENT_ORDERS: Final[tuple[EventOrder, ...]] = get_args(EventOrder)
"""The last one is for a fleet: the catalogue of each server."""


class EventModule(Struct, frozen=True):
    """The line of a module: above its events, or for those of them that are not used."""

    name: str
    events: int
    """All its events."""
    unused: int
    folded: bool
    """Whether those that are not used are hidden."""
    is_server: bool = False
    """Whether it is a server of a fleet, above its own catalogue."""


EventKey: TypeAlias = tuple[str, str]
"""The name of an event, and the server of a fleet; that is empty for all servers."""

CatalogueEntry: TypeAlias = EventModule | EventState


class EventsView:
    """The catalogue in one of three orders; the most active events stand first until another order is chosen."""

    def __init__(self) -> None:
        self.states: tuple[EventState, ...] = ()
        self.entries: tuple[CatalogueEntry, ...] = ()
        self.order: EventOrder = "activity"
        self.changed = False
        """Whether the last `take` changed anything that is shown."""
        self.next_steps = NextSteps()
        self.counts_received = False
        """Whether the backend does not tell what was raised, so that what was received is counted."""
        self.servers: ServerLooks = NO_SERVERS
        """The servers of a fleet; none where there is one server."""
        self._by_name: dict[str, EventState] = {}
        self._unfolded: set[str] = set()
        self._searched = ""
        self._samples: dict[EventKey, deque[tuple[float, int]]] = {}
        self._activity: dict[str, _Activity] = {}

    def take(self, states: Sequence[EventState], now: float) -> None:
        """Take the catalogue as the backend gave it at `now`, in monotonic seconds."""
        is_first = not self.states
        self.changed = self.states != tuple(states) or self._any_rate()
        self.states = tuple(states)
        self.counts_received = any(part.raised is None for state in states for part in state.parts or (state,))
        self._by_name = {state.event.name: state for state in states}
        for state in states:
            number, name = raises_of(state), state.event.name
            if number or (name, "") in self._samples:
                self._activity.setdefault(name, _Activity(number if is_first else 0, now)).take(number, now)
                for each in (state, *state.parts):
                    samples = self._samples.setdefault(event_key(each), deque(maxlen=SAMPLES + 1))
                    samples.append((now, raises_of(each)))
        self._arrange()

    def start_over(self) -> None:
        """Forget how often events were raised."""
        self._samples.clear()

    def get(self, name: str) -> EventState | None:
        """Return the state of an event by name."""
        return self._by_name.get(name)

    def next_order(self) -> None:
        """Put the events in the next order."""
        orders = EVENT_ORDERS if self.servers else EVENT_ORDERS[:-1]
        self.order = orders[(EVENT_ORDERS.index(self.order) + 1) % len(orders)]
        self._arrange()

    def fold(self, module: str) -> None:
        """List the events of a module that are not used, or hide them again."""
        self._unfolded ^= {module}
        self._arrange()

    def reveal(self, name: str) -> None:
        """Make sure that an event is listed."""
        state = self._by_name.get(name)
        if state is not None and not is_used(state) and module_of(state) not in self._unfolded:
            self.fold(module_of(state))

    def search(self, needle: str) -> None:
        """List also those hidden events whose names contain a text, case ignored, until the next call."""
        self._searched = needle.casefold()
        self._arrange()

    def rate(self, name: str, server: str = "") -> float:
        """Return how often an event was raised per second, over the last polls; at one server, or at all."""
        samples = list(self._samples.get((name, server), ()))[-RATED - 1 :]
        if len(samples) < 2:
            return 0.0
        (first, before), (last, after) = samples[0], samples[-1]
        return max(0, after - before) / (last - first) if last > first else 0.0

    def history(self, name: str, polls: int = SAMPLES, server: str = "") -> tuple[float, ...]:
        """Return how often an event was raised between the last polls, oldest first."""
        samples = list(self._samples.get((name, server), ()))[-polls - 1 :]
        steps = [max(0, later[1] - earlier[1]) for earlier, later in pairwise(samples)]
        return (*([0.0] * (polls - len(steps))), *map(float, steps))

    def _any_rate(self) -> bool:
        return any(samples[0][1] != samples[-1][1] for samples in self._samples.values())

    def _arrange(self) -> None:
        match self.order if self.servers else self._own_order():
            case "activity":
                self.entries = tuple(self._by_activity())
            case "name":
                self.entries = (*sorted(self.states, key=_name),)
            case "module":
                self.entries = tuple(self._by_module())
            case "server":
                self.entries = tuple(self._by_server())

    def _own_order(self) -> EventOrder:
        """Return the order where there is one server; that of a fleet may be chosen from an earlier console."""
        return "activity" if self.order == "server" else self.order

    def _by_activity(self) -> Iterator[CatalogueEntry]:
        ordered = [state for states in self._modules().values() for state in states]
        yield from sorted(filter(is_used, ordered), key=self._rank)
        for name, states in self._modules().items():
            unused = [state for state in states if not is_used(state)]
            if unused:
                yield EventModule(name, len(unused), len(unused), name not in self._unfolded)
                yield from self._listed(name, unused)

    def _by_module(self) -> Iterator[CatalogueEntry]:
        for name, states in self._modules().items():
            unused = [state for state in states if not is_used(state)]
            yield EventModule(name, len(states), len(unused), name not in self._unfolded)
            yield from filter(is_used, states)
            yield from self._listed(name, unused)

    def _by_server(self) -> Iterator[CatalogueEntry]:
        """Yield the catalogue of each server; those that are not used are folded."""
        parts: dict[str, list[EventState]] = {name: [] for name in self.servers.roles}
        for state in self.states:
            for part in state.parts:
                parts.setdefault(part.server, []).append(part)
        for name, states in parts.items():
            unused = [state for state in states if not is_used(state)]
            yield EventModule(name, len(states), len(unused), name not in self._unfolded, is_server=True)
            yield from filter(is_used, states)
            yield from self._listed(name, unused)

    def _listed(self, module: str, unused: Sequence[EventState]) -> Iterator[EventState]:
        """Return the unused events of a module that are listed: all when it is unfolded, else what is searched."""
        is_open, needle = module in self._unfolded, self._searched
        return (state for state in unused if is_open or (needle and needle in state.event.name.casefold()))

    def _modules(self) -> dict[str, list[EventState]]:
        """Group the events by module: dynamic ones first, modules in the order of their ids."""
        modules: dict[str, list[EventState]] = {DYNAMIC: []}
        for state in self.states:
            modules.setdefault(module_of(state), []).append(state)
        return {name: states for name, states in modules.items() if states}

    def _rank(self, state: EventState) -> tuple[int, bool, int]:
        """Return what sorts an event by its activity, in steps: a row does not move at each poll."""
        activity = self._activity.get(state.event.name)
        return -(activity.level if activity else 0), not state.subscribers, -raises_of(state).bit_length()


class _Activity:
    """How often an event was raised lately: what was raised 30 seconds ago counts half."""

    __slots__ = ("_at", "_recent", "_total", "level")

    def __init__(self, total: int, now: float) -> None:
        self.level = 0
        """A step for each doubling. It changes only when the activity has clearly left its step."""
        self._recent = 0.0
        self._total = total
        self._at = now

    def take(self, total: int, now: float) -> None:
        """Take the raises so far, at a monotonic second."""
        self._recent = self._recent * 0.5 ** ((now - self._at) / _HALVED) + max(0, total - self._total)
        self._total, self._at = total, now
        doublings = math.log2(1 + self._recent)
        if abs(doublings - self.level) > 0.75:
            self.level = round(doublings)


def is_used(state: EventState) -> bool:
    """Say whether an event has a subscriber, was raised or refused, or was published at run time."""
    return state.event.dynamic or bool(state.subscribers or raises_of(state) or state.refused)


def event_key(state: EventState) -> EventKey:
    """Return what tells a state from those of other events and other servers."""
    return state.event.name, state.server


def raises_of(state: EventState) -> int:
    """Count the raises of an event, at all servers; where one does not tell, those that were received from it."""
    if state.parts:
        return sum(map(raises_of, state.parts))
    return state.received if state.raised is None else state.raised


def module_of(state: EventState) -> str:
    """Name the group that an event belongs to."""
    return state.event.module or DYNAMIC


def _name(state: EventState) -> str:
    return state.event.name
