"""Names the server of a fleet in all that it tells: records, subscriptions, queues and events."""

from collections.abc import Sequence
from typing import Final, assert_never

from msgspec.structs import replace

from evtui.core.ports import EventState, OutboxState, SubscriptionState
from evtui.core.records import (
    DispatchGroup,
    DispatchPlan,
    Expired,
    Published,
    Raised,
    Record,
    Refreshed,
    Refused,
    Restarted,
    Retrying,
    Settled,
    Subscribed,
    SubscriberTest,
    Unsubscribed,
)
from evtui.core.values import Socket, Subscription

MOST_PLANS: Final = 2_000
"""Dispatch plans of one server that are remembered with the name in them; of more all are written again."""


class ServerNames:
    """Writes one name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._plans: dict[int, tuple[DispatchPlan, DispatchPlan]] = {}

    def record(self, record: Record) -> Record:
        """Name the server in a record."""
        match record:
            case Raised():
                return self.raised(record)
            case Settled() | Retrying():
                return replace(record, socket=self.socket(record.socket))
            case Published() | Refused() | Restarted():
                return replace(record, server=self.name)
            case Subscribed() | Refreshed() | Unsubscribed() | Expired():
                return replace(record, subscription=self.subscription(record.subscription))
            case _:
                assert_never(record)

    def raised(self, record: Raised) -> Raised:
        """Name it in a raise, and in the sockets that it served."""
        return replace(record, plan=self._plan(record.plan), server=self.name)

    def socket(self, socket: Socket) -> Socket:
        """Name it in a socket."""
        return Socket(socket.scheme, socket.address, self.name)

    def subscription(self, subscription: Subscription) -> Subscription:
        """Name it in a subscription."""
        return replace(subscription, socket=self.socket(subscription.socket))

    def test(self, test: SubscriberTest) -> SubscriberTest:
        """Name it in what became of a test notification."""
        return replace(test, socket=self.socket(test.socket))

    def outbox(self, state: OutboxState) -> OutboxState:
        """Name it in a queue."""
        return replace(state, socket=self.socket(state.socket))

    def subscriptions(self, states: Sequence[SubscriptionState]) -> tuple[SubscriptionState, ...]:
        """Name it in the states of subscriptions."""
        return tuple(
            replace(
                state,
                subscription=self.subscription(state.subscription),
                outbox=None if state.outbox is None else self.outbox(state.outbox),
            )
            for state in states
        )

    def events(self, states: Sequence[EventState]) -> tuple[EventState, ...]:
        """Name it in the states of events."""
        return tuple(replace(state, server=self.name) for state in states)

    def _plan(self, plan: DispatchPlan) -> DispatchPlan:
        if not plan.size:
            return plan
        known = self._plans.get(id(plan))
        if known is not None:  # the plan is held, so that its id is that of no other
            return known[1]
        if len(self._plans) >= MOST_PLANS:
            self._plans.clear()
        groups = tuple(
            DispatchGroup(tuple(map(self.socket, group.sockets)), group.codec, group.queued) for group in plan.groups
        )
        named = DispatchPlan(plan.codecs, groups, plan.size, plan.queued)
        self._plans[id(plan)] = plan, named
        return named
