"""A backend that is still being opened: each request waits until it is there."""

import asyncio
from collections.abc import Sequence

from evtui.core.delivery_report import DeliveryReport
from evtui.core.ports import Backend, EventState, Status, SubscriptionState, Watch
from evtui.core.records import Raised, SubscriberTest
from evtui.core.values import Params, Subscription


class LateBackend:
    """Passes everything on to the backend that it is given; satisfies `core.ports.Backend`.

    Make it in an event loop. A request that is made before `open` waits for it, and can be cancelled meanwhile.
    """

    def __init__(self) -> None:
        self._backend: Backend | None = None
        self._opened = asyncio.Event()  # not anyio's: the console is painted before anyio is loaded

    @property
    def is_open(self) -> bool:
        """Say whether the backend is there."""
        return self._backend is not None

    def open(self, backend: Backend) -> None:
        """Take the backend, and let all requests go on."""
        self._backend = backend
        self._opened.set()

    async def status(self) -> Status:
        """Describe the backend."""
        return await (await self._when_open()).status()

    async def events(self) -> Sequence[EventState]:
        """List the catalogue."""
        return await (await self._when_open()).events()

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions."""
        return await (await self._when_open()).subscriptions(event, socket)

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end a socket."""
        return await (await self._when_open()).subscribe(event, socket, expire)

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event."""
        return await (await self._when_open()).raise_event(event, params)

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Send one notification to one subscriber alone."""
        return await (await self._when_open()).test_subscriber(event, socket, params)

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not."""
        return await (await self._when_open()).report_delivery(event, socket)

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow the records."""
        return await (await self._when_open()).watch(events)

    async def _when_open(self) -> Backend:
        if self._backend is None:
            await self._opened.wait()
            assert self._backend is not None
        return self._backend
