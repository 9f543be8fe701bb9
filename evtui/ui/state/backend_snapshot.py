"""What the forms know of the backend: asked for from time to time, and kept while the backend does not answer."""

from collections.abc import Sequence

from msgspec import Struct

from evtui.core.errors import EvtuiError, UnknownEventError
from evtui.core.ports import Backend, EventState, Status, SubscriptionState


class BackendSnapshot(Struct, frozen=True):
    """The catalogue, the subscriptions of one event, and the status of the backend."""

    events: tuple[EventState, ...] = ()
    subscriptions: tuple[SubscriptionState, ...] = ()
    """Those of the event in the form, without viewers."""
    status: Status = Status("")
    error: str | None = None
    """Why the backend did not answer."""
    is_taken: bool = False
    """Whether the backend was asked yet."""

    def event(self, name: str) -> EventState | None:
        """Find an event of the catalogue."""
        return next((state for state in self.events if state.event.name == name), None)

    def has_only_viewers(self, name: str) -> bool:
        """Say whether the event in the form has viewers and, in a whole list, no other subscribers."""
        state = self.event(name)
        return state is not None and state.viewers > 0 and not state.is_unlisted and not self.subscriptions

    def refusal(self) -> str | None:
        """Say why nothing can be raised here at all, None when events can be raised."""
        if self.status.read_only:
            return "read-only: raising is refused"
        if self.status.can_raise:
            return None
        return self.status.why_no_raise or f"{self.status.source} cannot raise events"


async def take_snapshot(backend: Backend, event: str, before: BackendSnapshot) -> BackendSnapshot:
    """Ask a backend; when it does not answer, keep what was known and add the error."""
    try:
        status = await backend.status()
        events = tuple(await backend.events())
        return BackendSnapshot(events, await _subscriptions(backend, event, events), status, is_taken=True)
    except EvtuiError as error:
        return BackendSnapshot(before.events, before.subscriptions, before.status, str(error), is_taken=True)


async def _subscriptions(backend: Backend, event: str, events: Sequence[EventState]) -> tuple[SubscriptionState, ...]:
    if not any(state.event.name == event for state in events):
        return ()
    try:
        return tuple(state for state in await backend.subscriptions(event) if not state.viewer)
    except UnknownEventError:
        return ()
