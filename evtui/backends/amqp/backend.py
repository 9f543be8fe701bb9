"""A backend that shows what servers publish to a RabbitMQ exchange. It satisfies the Backend port.

It is read-only: subscribing and raising are refused. It consumes as long as there is a watch, no faster than the
watches read, and acknowledges a message when it is in the journal.
"""

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NoReturn

import anyio
from anyio.abc import TaskGroup

from evtui.backends.amqp.address import AmqpAddress
from evtui.backends.amqp.consumer import Arrived, Consumer, UnreadableMessage, source_of
from evtui.backends.amqp.delivery_frames import ConsumedMessage
from evtui.backends.seen.arrival_report import report_arrivals
from evtui.backends.seen.only_consumed import OnlyConsumedError
from evtui.backends.seen.seen_events import SeenEvents
from evtui.backends.seen.source_watch import SourceWatch
from evtui.core.delivery_report import DeliveryReport
from evtui.core.ports import Clock, EventState, Status, SubscriptionState, Watch
from evtui.core.records import DispatchGroup, DispatchPlan, Raised, Record, Refused
from evtui.core.values import NO_PARAMS, Params, Socket
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds
from evtui.transports.rabbitmq.connection import ConnectionSettings

STEP: Final = 1000
"""Messages that are written to the journal at once."""

AHEAD: Final = 4000
"""Records a watch may be behind before the next messages wait for it; the console reads 5,000 at once."""

PATIENCE: Final = 1.0
"""Seconds that messages wait for a watch. One that does not read for longer loses its oldest records."""

MAX_PLANS: Final = 10_000
"""Dispatch plans that are kept, one a route; a publisher may use a new route for each message."""


class AmqpBackend:
    """One exchange or queue. Made by `open_amqp`, whose task group runs its consumer."""

    def __init__(
        self, address: AmqpAddress, settings: ConnectionSettings, tasks: TaskGroup, *, clock: Clock, wall: Clock,
        bounds: JournalBounds = WHOLE_JOURNAL,
    ) -> None:  # fmt: skip
        self._address = address
        self._tasks = tasks
        self._journal = bounds.make()
        self._wall = wall
        self._since: float | None = None
        """Wall seconds of the first watch."""
        self._seen = SeenEvents()
        self._plans: dict[tuple[str, str, str], DispatchPlan] = {}
        self._consumer = Consumer(address, settings, self._take, clock=clock, wall=wall)
        self._scope = anyio.CancelScope()
        self._ended = anyio.Event()
        self._ended.set()
        self._watches: list[SourceWatch] = []
        self._has_read = anyio.Event()
        self._serial = 0

    async def status(self) -> Status:
        """Describe the source; `detail` says why there is no connection and when the next attempt is."""
        consumer = self._consumer
        detail = consumer.trouble_text()
        return Status(
            str(self._address),
            connected=not detail,
            detail=detail,
            read_only=True,
            tells_all=False,
            can_raise=False,
            raised=None,
            sent=None,
            failed=None,
            dropped=consumer.malformed,
            queued=None,
            duplicates=consumer.duplicates,
        )

    async def events(self) -> Sequence[EventState]:
        """List the documented events, then the others that were seen, with the count of each."""
        return self._seen.states()

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:  # noqa: ARG002 - the port has them
        """List none: a broker does not list its other consumers."""
        return ()

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> NoReturn:  # noqa: ARG002 - the port has them
        """Refuse.

        raises OnlyConsumedError.
        """
        raise OnlyConsumedError("subscribe", self._address)

    async def raise_event(self, event: str, params: Params) -> NoReturn:  # noqa: ARG002 - the port has them
        """Refuse.

        raises OnlyConsumedError.
        """
        raise OnlyConsumedError("raise", self._address)

    async def test_subscriber(self, event: str, socket: str, params: Params) -> NoReturn:  # noqa: ARG002 - as above
        """Refuse.

        raises OnlyConsumedError.
        """
        raise OnlyConsumedError("test a subscriber", self._address)

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:  # noqa: ARG002 - the port has it
        """Say what arrived of an event: a broker does not tell what its other consumers got."""
        return report_arrivals(event, self._address.place, self._journal.since(0)[0], self._since)

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow what arrives; the first watch starts the consumer."""
        watch = SourceWatch(self, self._journal, events)
        self._since = self._wall() if self._since is None else self._since
        self._watches.append(watch)
        if len(self._watches) == 1:
            before, self._ended, self._scope = self._ended, anyio.Event(), anyio.CancelScope()
            self._tasks.start_soon(self._run, self._scope, before, self._ended)
        return watch

    def notice_reading(self) -> None:
        """Let waiting messages go on: a watch has read."""
        self._has_read.set()

    async def leave(self, watch: "SourceWatch") -> None:
        """End one watch; with the last one the consumer stops."""
        self._watches.remove(watch)
        self._has_read.set()
        if not self._watches:
            self._scope.cancel()
            await self._ended.wait()

    async def _run(self, scope: anyio.CancelScope, before: anyio.Event, ended: anyio.Event) -> None:
        try:
            with scope:
                await before.wait()
                await self._consumer.run()
        finally:
            ended.set()

    async def _take(self, arrived: Sequence[Arrived | UnreadableMessage]) -> None:
        for start in range(0, len(arrived), STEP):
            with anyio.move_on_after(PATIENCE):
                while any(watch.unread > AHEAD for watch in self._watches):
                    self._has_read = anyio.Event()
                    await self._has_read.wait()
            for item in arrived[start : start + STEP]:
                self._journal.append(self._record(item), len(item.message.body))

    def _record(self, item: Arrived | UnreadableMessage) -> Record:
        message = item.message
        if isinstance(item, UnreadableMessage):
            why = f"not a notification, {len(message.body):,} bytes by {source_of(message)}: {item.why}"
            return Refused(item.at, message.key, NO_PARAMS, why, "not a notification")
        self._serial += 1
        self._seen.add(item.event, item.at, item.params)
        plan = self._plan(message, item.codec)
        return Raised(self._serial, item.at, item.event, item.params, plan, (message.body,), (math.nan,))

    def _plan(self, message: ConsumedMessage, codec: str) -> DispatchPlan:
        route = message.exchange, message.key, codec
        plan = self._plans.get(route)
        if plan is None:
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            socket = Socket("amqp", f"{message.exchange}/{message.key}")
            plan = self._plans[route] = DispatchPlan((codec,), (DispatchGroup((socket,), 0),), 1)
        return plan


@asynccontextmanager
async def open_amqp(
    address: AmqpAddress,
    settings: ConnectionSettings,
    *,
    clock: Clock,
    wall: Clock,
    bounds: JournalBounds = WHOLE_JOURNAL,
) -> AsyncGenerator[AmqpBackend]:
    """Open a source. It consumes as long as there is a watch; at the end its connection is closed."""
    async with anyio.create_task_group() as tasks:
        try:
            yield AmqpBackend(address, settings, tasks, clock=clock, wall=wall, bounds=bounds)
        finally:
            tasks.cancel_scope.cancel()
