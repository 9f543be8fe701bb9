"""Requests to one server of a fleet, whose name stands in the answers."""

from evtui.backends.fleet.fleet_server import FleetServer
from evtui.core.delivery_report import DeliveryReport
from evtui.core.records import Raised, SubscriberTest
from evtui.core.values import Params, Subscription


class RequestsToServer:
    """Satisfies `core.fleet_port.ServerRequests`."""

    def __init__(self, server: FleetServer) -> None:
        self._server = server

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end a socket. raises as `Backend.subscribe`."""
        made = await self._server.backend.subscribe(event, socket, expire)
        return tuple(map(self._server.names.subscription, made))

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event. raises as `Backend.raise_event`."""
        raised = await self._server.backend.raise_event(event, params)
        return None if raised is None else self._server.names.raised(raised)

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Send one notification to one subscriber alone. raises as `Backend.test_subscriber`."""
        return self._server.names.test(await self._server.backend.test_subscriber(event, socket, params))

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not. raises as `Backend.report_delivery`."""
        return await self._server.backend.report_delivery(event, socket)
