"""The backend of a viewer: what its role may not do is refused here, and what it changes is logged with its name."""

import logging
from collections.abc import Sequence

from evtui.core.delivery_report import DeliveryReport
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend, EventState, Status, SubscriptionState, Watch
from evtui.core.records import Raised, SubscriberTest
from evtui.core.redact import redact_text
from evtui.core.values import Params, Subscription
from evtui.serve.terminal.viewer import Viewer

_log = logging.getLogger(__name__)


class ViewerBackend:
    """Passes on to a backend that refuses what the role may not do; satisfies `core.ports.Backend`."""

    def __init__(self, backend: Backend, viewer: Viewer) -> None:
        self._backend = backend
        self._viewer = viewer

    async def status(self) -> Status:
        """Describe the backend."""
        return await self._backend.status()

    async def events(self) -> Sequence[EventState]:
        """List the catalogue."""
        return await self._backend.events()

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions."""
        return await self._backend.subscriptions(event, socket)

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end a socket, and log who did."""
        what = f"{'unsubscribe' if expire == 0 else 'subscribe'} {event} {redact_text(socket)}"
        try:
            made = await self._backend.subscribe(event, socket, expire)
        except EvtuiError as error:
            self._say_refused(what, error)
            raise
        self._say_done(what)
        return made

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event, and log who did."""
        try:
            raised = await self._backend.raise_event(event, params)
        except EvtuiError as error:
            self._say_refused(f"raise {event}", error)
            raise
        self._say_done(f"raise {event}")
        return raised

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Send one notification to one subscriber alone, and log who did."""
        what = f"test {event} {redact_text(socket)}"
        try:
            tested = await self._backend.test_subscriber(event, socket, params)
        except EvtuiError as error:
            self._say_refused(what, error)
            raise
        self._say_done(what)
        return tested

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not."""
        return await self._backend.report_delivery(event, socket)

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow the records."""
        return await self._backend.watch(events)

    def _say_done(self, what: str) -> None:
        _log.info("%s from %s: %s", self._viewer.title, self._viewer.address, what)

    def _say_refused(self, what: str, error: EvtuiError) -> None:
        _log.warning("%s from %s: %s: refused: %s", self._viewer.title, self._viewer.address, what, error)
