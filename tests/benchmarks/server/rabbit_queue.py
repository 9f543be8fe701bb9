"""A queue of a RabbitMQ node, and how many messages have got into it."""

import asyncio
import contextlib
import time
from collections.abc import Generator
from typing import Final

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection

from tests.functional.transports.rabbit_node import RabbitNode

NAME: Final = "evtui.bench"
QUIET: Final = 2.0
"""Seconds without a new message after which no more are expected."""


class RabbitQueue:
    """A queue without a consumer."""

    def __init__(self, runner: asyncio.Runner, channel: AbstractChannel, socket: str) -> None:
        self._runner = runner
        self._channel = channel
        self.socket = socket
        """What to subscribe."""

    def filled(self, wanted: int) -> tuple[int, float]:
        """Wait until it holds what is wanted, or gets no more, and empty it.

        Returns how many it held, and when it had got the last one, by `time.monotonic`.
        """
        return self._runner.run(self._filled(wanted))

    async def _filled(self, wanted: int) -> tuple[int, float]:
        count, changed = 0, time.monotonic()
        while count < wanted and time.monotonic() - changed < QUIET:
            await asyncio.sleep(0.01)
            held = (await self._channel.declare_queue(NAME, passive=True)).declaration_result.message_count or 0
            if held > count:
                count, changed = held, time.monotonic()
        queue = await self._channel.get_queue(NAME)
        return (await queue.purge()).message_count or 0, changed


@contextlib.contextmanager
def rabbit_queue(node: RabbitNode) -> Generator[RabbitQueue]:
    """Give a queue of a node that runs."""
    with asyncio.Runner() as runner:
        connection, channel = runner.run(_declared(node.url))
        try:
            yield RabbitQueue(runner, channel, f"rabbitmq:guest:guest@127.0.0.1:{node.port}/{NAME}")
        finally:
            runner.run(connection.close())


async def _declared(url: str) -> tuple[AbstractConnection, AbstractChannel]:
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    await channel.declare_queue(NAME)
    return connection, channel
