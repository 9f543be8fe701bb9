"""A client of the broker, as consumers have it: aio-pika, reading what arrived."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aio_pika
import anyio
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from tests.functional.rabbit_node import RabbitNode
from tests.functional.waiting import LIMIT


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


async def read(queue: AbstractQueue, count: int, limit: float = LIMIT) -> list[AbstractIncomingMessage]:
    """Take so many messages, oldest first."""
    found: list[AbstractIncomingMessage] = []
    with anyio.fail_after(limit):
        async with queue.iterator(no_ack=True) as messages:
            async for message in messages:
                found.append(message)
                if len(found) == count:
                    break
    return found
