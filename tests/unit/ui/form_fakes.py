"""A backend of values: it answers what it is told to, remembers what it was asked, and can be slow or away."""

from collections.abc import Sequence

import anyio

from evtui.core.delivery_report import DeliveryReport
from evtui.core.errors import BackendError
from evtui.core.ports import EventState, Status, SubscriptionState, Watch
from evtui.core.records import DispatchGroup, DispatchPlan, Raised, SubscriberTest
from evtui.core.transport import TransportInfo
from evtui.core.values import Event, Parameter, Params, Socket, Subscription

UDP = TransportInfo(
    "udp",
    "udp:HOST:PORT[?payload=jsonrpc|text]",
    "udp:127.0.0.1:9000",
    "a datagram",
    ("payload=jsonrpc", "payload=text"),
    form="endpoint",
    direct=True,
    secret=False,
)
PIKE = Event(0, "E_PIKE_BLOCKED", "pike", "An address was blocked.", (Parameter("ip", "the address"),))
USAGE = Event(1, "E_USAGE", "core", "Too much.", (Parameter("used", "bytes (int)"), Parameter("who", "a name")))
MINE = Event(2, "E_MINE")


class FakeBackend:
    """A backend that satisfies the port without an engine."""

    def __init__(self, status: Status | None = None) -> None:
        self._status = status or Status("fake", transports=(UDP,), schemes=(UDP,))
        self.states: list[EventState] = [EventState(PIKE), EventState(USAGE), EventState(MINE)]
        self.members: list[SubscriptionState] = []
        self.raises: list[tuple[str, Params]] = []
        self.orders: list[tuple[str, str, int | None]] = []
        self.refusal: Exception | None = None
        self.silent = False
        self.gate: anyio.Event | None = None
        """Raising waits for it when there is one."""
        self.events_gate: anyio.Event | None = None
        """The catalogue waits for it when there is one."""
        self.asked = 0
        """How often the catalogue was asked for."""
        self.cancelled = 0

    async def status(self) -> Status:
        return self._status

    async def events(self) -> Sequence[EventState]:
        self.asked += 1
        if self.events_gate is not None:
            await self.events_gate.wait()
        if isinstance(self.refusal, BackendError):
            raise self.refusal
        return self.states

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        return [
            state
            for state in self.members
            if event in {None, state.subscription.event} and socket in {None, str(state.subscription.socket)}
        ]

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        self.orders.append((event, socket, expire))
        if self.refusal is not None:
            raise self.refusal
        made = Subscription(event, Socket(*socket.split(":", 1)), expire)
        self.members.append(SubscriptionState(made))
        return (made,)

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        self.raises.append((event, params))
        await self._wait()
        if self.refusal is not None:
            raise self.refusal
        sockets = tuple(state.subscription.socket for state in self.members)
        runs = (DispatchGroup(sockets, 0),) if sockets else ()
        plan = DispatchPlan(("jsonrpc",), runs, len(sockets))
        return (
            None if self.silent else Raised(len(self.raises), 0.0, event, params, plan, (b"{}",), (0.001,) * len(runs))
        )

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        raise NotImplementedError

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        return DeliveryReport(event, socket)

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        raise NotImplementedError

    async def _wait(self) -> None:
        if self.gate is None:
            return
        try:
            await self.gate.wait()
        except BaseException:
            self.cancelled += 1
            raise
