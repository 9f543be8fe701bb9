"""A client of the broker: aio-pika, which reads what the tests published."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import aio_pika
import anyio
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from tests.functional.rabbit_node import RabbitNode
from tests.limits import HANG


@asynccontextmanager
async def client(node: RabbitNode, vhost: str = "/") -> AsyncGenerator[AbstractChannel]:
    """Connect as guest and open a channel."""
    connection = await aio_pika.connect(
        host="127.0.0.1", port=node.port, login="guest", password="guest", virtualhost=vhost
    )
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=5000)
        yield channel


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
