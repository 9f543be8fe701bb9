"""What a viewer may ask: what its role may not do is refused here, and what it changes is logged with its name."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from evtui.core.delivery_report import DeliveryReport
from evtui.core.errors import EvtuiError, ReadOnlyError
from evtui.core.fleet_port import Fleet, ServerRequests, ServerState
from evtui.core.ports import Backend, EventState, Status, SubscriptionState, Watch
from evtui.core.records import Raised, SubscriberTest
from evtui.core.redact import redact_text
from evtui.core.values import Params, Subscription
from evtui.serve.terminal.viewer import Viewer

Follow: TypeAlias = Callable[[Sequence[str]], Awaitable[Watch]]
"""Follows the records of some events, or of all."""

_Changed = TypeVar("_Changed")

_log = logging.getLogger(__name__)


class ViewerRequests:
    """The requests of a viewer, to a backend or to one server of a fleet; satisfies `fleet_port.ServerRequests`."""

    def __init__(self, requests: ServerRequests, viewer: Viewer, *, refuses: bool = False, where: str = "") -> None:
        """`refuses` says that the viewer may change nothing; a backend of this process may refuse that itself.

        `where` names the server of a fleet.
        """
        self._requests = requests
        self._viewer = viewer
        self._refuses = refuses
        self._where = f" at {where}" if where else ""

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end a socket, and log who did."""
        what = f"{'unsubscribe' if expire == 0 else 'subscribe'} {event} {redact_text(socket)}"
        return await self._logged(what, lambda: self._requests.subscribe(event, socket, expire))

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event, and log who did."""
        return await self._logged(f"raise {event}", lambda: self._requests.raise_event(event, params))

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Send one notification to one subscriber alone, and log who did."""
        what = f"test {event} {redact_text(socket)}"
        return await self._logged(what, lambda: self._requests.test_subscriber(event, socket, params))

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not."""
        return await self._requests.report_delivery(event, socket)

    async def _logged(self, what: str, change: Callable[[], Awaitable[_Changed]]) -> _Changed:
        who = f"{self._viewer.title} from {self._viewer.address}: {what}{self._where}"
        try:
            if self._refuses:
                raise ReadOnlyError(what)
            changed = await change()
        except EvtuiError as error:
            _log.warning("%s: refused: %s", who, error)
            raise
        _log.info("%s", who)
        return changed


class ViewerBackend(ViewerRequests):
    """The backend of a viewer; satisfies `core.ports.Backend`."""

    def __init__(
        self, backend: Backend, viewer: Viewer, *, refuses: bool = False, watch: Follow | None = None
    ) -> None:  # fmt: skip
        """`watch` follows the records in the place of the backend's own."""
        super().__init__(backend, viewer, refuses=refuses)
        self._backend = backend
        self._watch = watch or backend.watch

    async def status(self) -> Status:
        """Describe the backend; to one who may change nothing as one that is read-only."""
        status = await self._backend.status()
        if not self._refuses:
            return status
        return replace(status, read_only=True, can_raise=False, servers=tuple(_read_only(status.servers)))

    async def events(self) -> Sequence[EventState]:
        """List the catalogue."""
        return await self._backend.events()

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions."""
        return await self._backend.subscriptions(event, socket)

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow the records."""
        return await self._watch(events)


class ViewerFleet:
    """The servers of a fleet as a viewer may ask them; satisfies `core.fleet_port.Fleet`."""

    def __init__(self, fleet: Fleet, viewer: Viewer, *, refuses: bool) -> None:
        self._fleet = fleet
        self._viewer = viewer
        self._refuses = refuses

    @property
    def servers(self) -> Sequence[ServerState]:
        """Return how each server stands."""
        servers = self._fleet.servers
        return [*_read_only(servers)] if self._refuses else servers

    def at(self, server: str) -> ViewerRequests:
        """Return the requests to one server. raises UnknownServerError."""
        return ViewerRequests(self._fleet.at(server), self._viewer, refuses=self._refuses, where=server)


class ViewerView(Struct, frozen=True):
    """What the console of a viewer shows."""

    backend: Backend
    fleet: Fleet | None = None
    """The servers that are shown as one; None for one server and for an engine."""


def _read_only(servers: Iterable[ServerState]) -> Iterator[ServerState]:
    return (replace(each, read_only=True, can_raise=False) for each in servers)
