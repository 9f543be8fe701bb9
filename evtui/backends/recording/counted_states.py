"""States with what was counted since they were told; thousands of records a second change only numbers in place.

A counter that a backend does not tell stays untold.
"""

from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from evtui.core.ports import EventState, Status, SubscriptionState
from evtui.core.values import Params

_EVENT: Final = ("raised", "sent", "failed", "dropped", "no_subscribers", "refused", "received")
_SUBSCRIPTION: Final = ("sent", "failed", "dropped")
_TOTALS: Final = ("raised", "sent", "failed", "dropped", "no_subscribers", "refused", "queued")

_State = TypeVar("_State", EventState, SubscriptionState, Status)


class Counts(Struct):
    """What is added to the counters of a state, and what happened last."""

    raised: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    no_subscribers: int = 0
    refused: int = 0
    received: int = 0
    queued: int = 0
    last_at: float | None = None
    """Wall seconds; None when nothing has happened since."""
    last_params: Params | None = None
    latency: float | None = None
    last_error: str | None = None

    def delivered(self, at: float, latency: float | None, error: str | None) -> None:
        """Note the last delivery; `error` says why it was none."""
        self.last_at, self.latency = at, latency
        self.last_error = error or self.last_error


class CountedEvent(Struct):
    """An event and what was counted since its state was told."""

    state: EventState
    counts: Counts

    @property
    def now(self) -> EventState:
        """Return the state with what was counted."""
        state = _added(self.state, self.counts, _EVENT)
        if self.counts.last_at is None:
            return state
        return replace(state, last_at=self.counts.last_at, last_params=self.counts.last_params)


def counted_subscription(state: SubscriptionState, counts: Counts) -> SubscriptionState:
    """Return the state of a subscription with what was counted."""
    state = _added(state, counts, _SUBSCRIPTION)
    if counts.last_at is None:
        return state
    error = counts.last_error or state.last_error
    return replace(state, last_at=counts.last_at, latency=counts.latency, last_error=error)


def counted_status(status: Status, counts: Counts) -> Status:
    """Return the status with what was counted."""
    return _added(status, counts, _TOTALS)


def _added(state: _State, counts: Counts, names: tuple[str, ...]) -> _State:
    added = {name: more for name in names if (more := getattr(counts, name))}
    told = {name: getattr(state, name) + more for name, more in added.items() if getattr(state, name) is not None}
    return replace(state, **told) if told else state
