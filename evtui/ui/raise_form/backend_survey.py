"""What a form knows of the backend: asked for now and then, and kept when the backend is away."""

from collections.abc import Sequence

from msgspec import Struct

from evtui.core.errors import EvtuiError, UnknownEventError
from evtui.core.ports import Backend, EventState, Status, SubscriptionState


class Survey(Struct, frozen=True):
    """The catalogue, the subscribers of one event, and the backend's own state."""

    events: tuple[EventState, ...] = ()
    subscriptions: tuple[SubscriptionState, ...] = ()
    status: Status = Status("")
    error: str | None = None
    """Why the backend did not answer."""
    asked: bool = False
    """Whether it was asked at all yet."""

    def event(self, name: str) -> EventState | None:
        """Find an event of the catalogue."""
        return next((state for state in self.events if state.event.name == name), None)

    def refusal(self) -> str | None:
        """Say why nothing can be raised here at all."""
        if self.status.read_only:
            return "read-only: raising is refused"
        return None if self.status.can_raise else f"{self.status.source} cannot raise events"


async def ask(backend: Backend, event: str, before: Survey) -> Survey:
    """Ask a backend; when it is away, what was known stays, with the error."""
    try:
        status = await backend.status()
        events = tuple(await backend.events())
        return Survey(events, await _subscriptions(backend, event, events), status, asked=True)
    except EvtuiError as error:
        return Survey(before.events, before.subscriptions, before.status, str(error), asked=True)


async def _subscriptions(backend: Backend, event: str, events: Sequence[EventState]) -> tuple[SubscriptionState, ...]:
    if not any(state.event.name == event for state in events):
        return ()
    try:
        return tuple(await backend.subscriptions(event))
    except UnknownEventError:
        return ()
