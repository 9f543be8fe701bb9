"""A client of the broker: aio-pika, which publishes, and reads what the tests published."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import cast

import aio_pika
import anyio
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aiormq.abc import ChannelFrame
from pamqp import commands, frame, header
from pamqp.body import ContentBody

from tests.functional.transports.rabbit_node import RabbitNode
from tests.limits import HANG


@asynccontextmanager
async def client(node: RabbitNode, vhost: str = "/", *, confirms: bool = True) -> AsyncGenerator[AbstractChannel]:
    """Connect as guest and open a channel."""
    connection = await aio_pika.connect(
        host="127.0.0.1", port=node.port, login="guest", password="guest", virtualhost=vhost
    )
    async with connection:
        channel = await connection.channel(publisher_confirms=confirms)
        await channel.set_qos(prefetch_count=5000)
        yield channel


async def publish_all(node: RabbitNode, exchange: str, key: str, bodies: Mapping[str, bytes]) -> None:
    """Publish persistent messages, each with its id, and wait until the broker has them.

    They are one write: with a future and a confirm for each, thousands of messages take most of the time of a test.
    """
    async with client(node, confirms=False) as channel:
        lower = await channel.get_underlay_channel()
        frames = [
            frame.marshal(one, lower.number)
            for name, body in bodies.items()
            for one in (
                commands.Basic.Publish(exchange=exchange, routing_key=key),
                header.ContentHeader(0, len(body), commands.Basic.Properties(message_id=name, delivery_mode=2)),
                ContentBody(body),
            )
        ]
        queue = cast("asyncio.Queue[ChannelFrame]", lower.connection.write_queue)
        await queue.put(ChannelFrame(b"".join(frames), should_close=False))
        await channel.declare_queue(exclusive=True)  # answered after the messages


async def read(queue: AbstractQueue, count: int, limit: float = HANG) -> list[AbstractIncomingMessage]:
    """Take so many messages, oldest first."""
    return await _read(queue, lambda found: len(found) == count, limit)


async def read_until(queue: AbstractQueue, last: str, limit: float = HANG) -> list[AbstractIncomingMessage]:
    """Take messages until the one with this id has come, oldest first."""
    return await _read(queue, lambda found: found[-1].message_id == last, limit)


async def _read(
    queue: AbstractQueue, enough: Callable[[list[AbstractIncomingMessage]], bool], limit: float
) -> list[AbstractIncomingMessage]:
    found: list[AbstractIncomingMessage] = []
    with anyio.fail_after(limit):
        async with queue.iterator(no_ack=True) as messages:
            async for message in messages:
                found.append(message)
                if enough(found):
                    break
    return found
