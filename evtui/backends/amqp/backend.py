"""A backend that shows what servers publish to a RabbitMQ exchange. It satisfies the Backend port.

It is read-only: subscribing and raising are refused. It consumes as long as there is a watch, no faster than the
watches read, and acknowledges a message when it is in the journal.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import anyio
from anyio.abc import TaskGroup

from evtui.backends.amqp.address import AmqpAddress
from evtui.backends.amqp.consumer import Arrived, Consumer, UnreadableMessage, source_of
from evtui.backends.amqp.delivery_frames import ConsumedMessage
from evtui.backends.seen.consumed_backend import ConsumedBackend
from evtui.core.ports import Clock, Status
from evtui.core.records import DispatchGroup, DispatchPlan, Record, Refused
from evtui.core.values import NO_PARAMS, Socket
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds
from evtui.transports.rabbitmq.connection import ConnectionSettings

STEP: Final = 1000
"""Messages that are written to the journal at once."""

AHEAD: Final = 4000
"""Records a watch may be behind before the next messages wait for it; the console reads 5,000 at once."""

MAX_PLANS: Final = 10_000
"""Dispatch plans that are kept, one a route; a publisher may use a new route for each message."""


class AmqpBackend(ConsumedBackend):
    """One exchange or queue. Made by `open_amqp`, whose task group runs its consumer."""

    def __init__(
        self, address: AmqpAddress, settings: ConnectionSettings, tasks: TaskGroup, *, clock: Clock, wall: Clock,
        bounds: JournalBounds = WHOLE_JOURNAL,
    ) -> None:  # fmt: skip
        super().__init__(address, tasks, bounds.make(), wall)
        self._address = address
        self._plans: dict[tuple[str, str, str], DispatchPlan] = {}
        self._consumer = Consumer(address, settings, self._take, clock=clock, wall=wall)

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

    async def _consume(self) -> None:
        await self._consumer.run()

    async def _take(self, arrived: Sequence[Arrived | UnreadableMessage]) -> None:
        for start in range(0, len(arrived), STEP):
            await self._wait_for_watches(AHEAD)
            for item in arrived[start : start + STEP]:
                self._journal.append(self._record(item), len(item.message.body))

    def _record(self, item: Arrived | UnreadableMessage) -> Record:
        message = item.message
        if isinstance(item, UnreadableMessage):
            why = f"not a notification, {len(message.body):,} bytes by {source_of(message)}: {item.why}"
            return Refused(item.at, message.key, NO_PARAMS, why, "not a notification")
        plan = self._plan(message, item.codec)
        return self._raised(item.at, item.event, item.params, plan, message.body)

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
