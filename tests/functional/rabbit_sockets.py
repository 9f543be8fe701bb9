"""What the tests of the RabbitMQ carrier have in common: sockets on the node, couriers, and a loop like an outbox's."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import anyio

from evtui.core.carriage import Courier, Letter
from evtui.core.errors import DeliveryError
from evtui.transports.rabbitmq.carrier import Rabbitmq
from tests.functional.rabbit_node import RabbitNode
from tests.functional.waiting import Pad, waiting

PATIENCE = 60.0
"""Seconds a test waits for a broker that has to start again."""


@asynccontextmanager
async def courier_to(
    node: RabbitNode, rest: str, *, carrier: Rabbitmq | None = None, login: str = "", port: int | None = None
) -> AsyncGenerator[Courier]:
    """Open the courier of `rabbitmq:LOGIN127.0.0.1:PORT/REST`."""
    async with courier_at(carrier or Rabbitmq(), f"{login}127.0.0.1:{port or node.port}/{rest}") as courier:
        yield courier


@asynccontextmanager
async def courier_at(carrier: Rabbitmq, address: str) -> AsyncGenerator[Courier]:
    """Open the courier of an address."""
    courier = waiting(carrier.parse("rabbitmq", address, trusted=True)).courier
    try:
        yield courier
    finally:
        await courier.aclose()


class Deliveries:
    """What a loop like an outbox's did."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.refused: dict[str, str] = {}
        self.delivered = 0


async def deliver_all(
    courier: Courier, letters: Sequence[Letter], done: Deliveries, *, timeout: float = 2.0, pause: float = 0.05
) -> None:
    """Send until each letter has its end: what was not settled comes again, in order."""
    left = list(letters)
    with anyio.fail_after(PATIENCE):
        while left:
            batch = left[: courier.window]
            pad = Pad()
            with anyio.move_on_after(timeout) as scope:
                try:
                    await courier.send(batch, pad)
                except DeliveryError as error:
                    done.reasons.append(error.reason)
            if scope.cancelled_caught:
                done.reasons.append("no answer")
            ended = {place for place, _ in pad.told}
            done.delivered += len(pad.delivered)
            done.refused.update({batch[place].message_id: why for place, why in pad.refused.items()})
            left = [letter for place, letter in enumerate(batch) if place not in ended] + left[len(batch) :]
            if len(ended) < len(batch):
                await anyio.sleep(pause)  # the backoff of an outbox
