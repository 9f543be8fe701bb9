"""Senders to the node, and a loop that sends like an outbox: for the tests of the RabbitMQ transport."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import anyio

from evtui.core.errors import DeliveryError
from evtui.core.transport import Notification, Sender
from evtui.transports.rabbitmq.transport import RabbitmqTransport
from tests.functional.processes.waiting import Pad, waiting
from tests.functional.transports.rabbit_node import RabbitNode
from tests.limits import HANG


@asynccontextmanager
async def sender_to(
    node: RabbitNode, rest: str, *, transport: RabbitmqTransport | None = None, login: str = "", port: int | None = None
) -> AsyncGenerator[Sender]:
    """Open the sender of `rabbitmq:LOGIN127.0.0.1:PORT/REST`."""
    async with sender_at(transport or RabbitmqTransport(), f"{login}127.0.0.1:{port or node.port}/{rest}") as sender:
        yield sender


@asynccontextmanager
async def sender_at(transport: RabbitmqTransport, address: str) -> AsyncGenerator[Sender]:
    """Open the sender of an address."""
    sender = waiting(transport.parse("rabbitmq", address, trusted=True)).sender
    try:
        yield sender
    finally:
        await sender.aclose()


class Deliveries:
    """The result of `deliver_all`."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.refused: dict[str, str] = {}
        self.delivered = 0


async def deliver_all(
    sender: Sender,
    notifications: Sequence[Notification],
    done: Deliveries,
    *,
    timeout: float = 2.0,
    pause: float = 0.05,
) -> None:
    """Send until each notification is settled. Those that are not are sent again, in order."""
    left = list(notifications)
    with anyio.fail_after(HANG):
        while left:
            batch = left[: sender.window]
            pad = Pad()
            with anyio.move_on_after(timeout) as scope:
                try:
                    await sender.send(batch, pad)
                except DeliveryError as error:
                    done.reasons.append(error.reason)
            if scope.cancelled_caught:
                done.reasons.append("no answer")
            ended = {place for place, _ in pad.told}
            done.delivered += len(pad.delivered)
            done.refused.update({batch[place].message_id: why for place, why in pad.refused.items()})
            left = [notification for place, notification in enumerate(batch) if place not in ended] + left[len(batch) :]
            if len(ended) < len(batch):
                await anyio.sleep(pause)  # the backoff of an outbox
