"""Test notifications: one synthetic notification to one subscriber alone, told apart from every raise.

It takes the way of a raise for that subscriber: the same payload, the same sink or queue, with its retries and its
spool. Its record is marked. It counts in `sent` here and in no other counter of the engine.
"""

from collections.abc import Callable, Mapping
from typing import Final

import anyio

from evtui.codecs.payload import encoder
from evtui.core.errors import NoSubscriberError, UnknownEventError
from evtui.core.ports import Clock
from evtui.core.records import DispatchGroup, DispatchPlan, Failure, Raised, Settled, SubscriberTest
from evtui.core.transport import Notification, Target
from evtui.core.values import Params
from evtui.engine.destination import NotificationQueue
from evtui.engine.journal import FAILURE_COST, PLAN_COST, Journal
from evtui.engine.multicast import send_in_place
from evtui.engine.subscriptions.active_subscription import ActiveSubscription
from evtui.engine.subscriptions.event_subscribers import EventSubscribers

PATIENCE: Final = 3.0
"""Seconds that a queued test is waited for: less than clients of the management interface wait for a reply."""


class SingleDelivery:
    """Sends test notifications. `clock` is monotonic, `wall` tells wall seconds."""

    def __init__(
        self, subscribers: Mapping[str, EventSubscribers], journal: Journal, clock: Clock, wall: Clock,
        numbers: Callable[[], tuple[str, int]],
    ) -> None:  # fmt: skip
        """`numbers` returns the run of the engine and the serial of one more notification."""
        self._subscribers = subscribers
        self._journal = journal
        self._clock = clock
        self._wall = wall
        self._numbers = numbers
        self._waited_for: dict[int, _Waiting] = {}
        """The tests that are waited for, by serial."""
        self.sent = 0
        """Test notifications so far."""

    async def test(self, event: str, target: Target, params: Params, patience: float = PATIENCE) -> SubscriberTest:
        """Send a notification to the subscriber of an event at a target; wait up to `patience` seconds for its end.

        raises UnknownEventError, NoSubscriberError.
        """
        subscribers = self._subscribers.get(event)
        if subscribers is None:
            raise UnknownEventError(event)
        active = _find(subscribers, target)
        if active.destination.queue is None:
            return self._send(event, active, params)
        return await self._put(event, active, active.destination.queue, params, patience)

    def settled(self, record: Settled) -> None:
        """Take the end of a test notification."""
        if (waiting := self._waited_for.get(record.serial)) is not None:
            waiting.record = record
            waiting.is_settled.set()

    def _send(self, event: str, to: ActiveSubscription, params: Params) -> SubscriberTest:
        _, serial = self._numbers()
        started = self._clock()
        payload = encoder(to.codec)(event, params)
        why = None if to.destination.sink is None else send_in_place(to.destination.sink, payload)
        latency = self._clock() - started
        failures = () if why is None else (Failure(0, 0, why),)
        self._write(event, to, params, serial, payload, latency, failures)
        return SubscriberTest(event, to.subscription.socket, serial, "failed" if why else "sent", latency, why)

    async def _put(
        self, event: str, to: ActiveSubscription, queue: NotificationQueue, params: Params, patience: float
    ) -> SubscriberTest:
        origin, serial = self._numbers()
        payload = encoder(to.codec)(event, params)
        waiting = self._waited_for[serial] = _Waiting()
        try:
            at = self._write(event, to, params, serial, payload, 0.0, ())
            queue.put(Notification(origin, serial, at, event, params, payload, is_test=True))
            with anyio.move_on_after(patience):
                await waiting.is_settled.wait()
        finally:
            del self._waited_for[serial]
        return _queued(event, to, queue, serial, waiting.record)

    def _write(
        self, event: str, to: ActiveSubscription, params: Params, serial: int, payload: bytes, latency: float,
        failures: tuple[Failure, ...],
    ) -> float:  # fmt: skip
        """Count the notification and write its record; returns the wall second of it."""
        at, is_queued = self._wall(), to.destination.queue is not None
        group = DispatchGroup((to.subscription.socket,), 0, queued=is_queued)
        plan = DispatchPlan((to.codec,), (group,), 1, int(is_queued))
        self.sent += 1
        self._journal.charge(PLAN_COST + len(failures) * FAILURE_COST)
        record = Raised(serial, at, event, params, plan, (payload,), (latency,), failures, is_test=True)
        self._journal.append(record, len(payload))
        return at


class _Waiting:
    """A test notification whose end is waited for."""

    def __init__(self) -> None:
        self.is_settled = anyio.Event()
        self.record: Settled | None = None


def _find(subscribers: EventSubscribers, target: Target) -> ActiveSubscription:
    """Find a subscription by its socket, or by the text that lists show, which has no password."""
    event, socket = subscribers.event.name, target.socket
    found = subscribers.by_socket.get(socket)
    if found is None:
        text = str(socket)
        found = next((each for each in subscribers.newest_first() if str(each.subscription.socket) == text), None)
    if found is None:
        raise NoSubscriberError(event, str(socket))
    return found


def _queued(
    event: str, to: ActiveSubscription, queue: NotificationQueue, serial: int, end: Settled | None
) -> SubscriberTest:
    if end is not None:
        return SubscriberTest(event, to.subscription.socket, serial, end.outcome, end.latency, end.reason)
    state = queue.state()
    return SubscriberTest(event, to.subscription.socket, serial, "queued", None, state.last_error if state else None)
