"""Our own parts of AMQP beside aio-pika's: what a consumer's channel takes, and what a publisher's channel confirms.

The same broker, the same messages, the same prefetch and window, in turn in one run. Each figure is printed by the
clock and by the processor time of this process, because a busy machine spoils the first only.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import aio_pika
import anyio
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from evtui.backends.amqp import requests
from evtui.backends.amqp.consumer_channel import ConsumerChannel
from evtui.core.transport import Notification, Sender
from evtui.transports.address_classes import Ip
from evtui.transports.rabbitmq.connection import ConnectionSettings, Login, connect_broker
from evtui.transports.rabbitmq.transport import RabbitmqTransport
from tests.benchmarks.pairs import say
from tests.benchmarks.peers.rabbit import on_rabbit
from tests.functional.processes.waiting import Pad, notifications, waiting
from tests.functional.transports.rabbit_node import RabbitNode

COUNT = 20_000
ROUNDS = 5
WINDOW = 1000
"""Messages in flight: a publisher's window and a consumer's prefetch."""
QUEUE = "evtui.bench.client"

Rates = tuple[float, float]
"""Messages a second, by the clock and by the processor time of this process."""
Way = Callable[[RabbitNode, list[Notification]], Awaitable[Rates]]


def main() -> None:
    """Print how many times the rate of aio-pika ours is, consuming and publishing."""
    on_rabbit(_compare_all)


def _compare_all(node: RabbitNode) -> None:
    asyncio.run(_compare("messages consumed / aio-pika's consume", node, consume_ours, consume_by_callback))
    asyncio.run(_compare("messages consumed / aio-pika's iterator", node, consume_ours, consume_by_iterator))
    asyncio.run(
        _compare("messages confirmed / aio-pika's publish, 1,000 in flight", node, publish_ours, publish_theirs)
    )


async def _compare(label: str, node: RabbitNode, ours: Way, theirs: Way) -> None:
    batch = notifications(range(COUNT))
    our: list[Rates] = []
    their: list[Rates] = []
    for _ in range(ROUNDS):
        our.append(await _on_a_queue(node, batch, ours))
        their.append(await _on_a_queue(node, batch, theirs))
    for number, clock in enumerate(("the clock", "processor time")):
        pairs = [(a[number], b[number]) for a, b in zip(our, their, strict=True)]
        rates = " beside ".join(f"{statistics.median(side):,.0f}/s" for side in zip(*pairs, strict=True))
        say(f"{label}, by {clock}", sorted(a / b for a, b in pairs), "at least 2", rates)


async def _on_a_queue(node: RabbitNode, batch: list[Notification], way: Way) -> Rates:
    """Give a way an empty queue to publish to, or a full one to consume."""
    async with _channel(node) as channel:
        queue = await channel.declare_queue(QUEUE)
        if way not in {publish_ours, publish_theirs}:
            await publish_ours(node, batch)
        rates = await way(node, batch)
        left = await queue.purge()
        assert left.message_count == (COUNT if way in {publish_ours, publish_theirs} else 0), left.message_count
        await queue.delete(if_unused=False, if_empty=False)
        return rates


class _Watch:
    """Tells the rates since it was made."""

    def __init__(self) -> None:
        self._clock, self._processor = time.perf_counter(), time.process_time()

    def rates(self) -> Rates:
        return COUNT / (time.perf_counter() - self._clock), COUNT / (time.process_time() - self._processor)


async def consume_ours(node: RabbitNode, batch: list[Notification]) -> Rates:
    """Take all messages by a consumer's channel, acknowledging what is there at once."""

    async def where(_: Login) -> tuple[Ip, int]:
        return ip_address("127.0.0.1"), 0

    login = Login("guest", "guest", "127.0.0.1", node.port, "/", False)
    connection = await connect_broker(login, where, ConnectionSettings())
    channel = ConsumerChannel(connection)
    await channel.open()
    await channel.limit(WINDOW)
    watch, count = _Watch(), 0
    await channel.request(requests.consume(QUEUE))
    while count < COUNT:
        found = await channel.take(rest=False)
        count += len(found)
        channel.ack(found[-1].tag)
    rates = watch.rates()
    await connection.aclose()
    return rates


async def consume_by_callback(node: RabbitNode, batch: list[Notification]) -> Rates:
    """Take all messages by `queue.consume`, acknowledging what is there at once."""
    found: list[AbstractIncomingMessage] = []
    arrived = anyio.Event()

    async def take(message: AbstractIncomingMessage) -> None:
        found.append(message)
        arrived.set()

    async with _channel(node) as channel:
        await channel.set_qos(prefetch_count=WINDOW)
        queue = await channel.get_queue(QUEUE)
        watch, count = _Watch(), 0
        await queue.consume(take)
        while count < COUNT:
            await arrived.wait()
            taken, found[:], arrived = found[:], [], anyio.Event()
            count += len(taken)
            await taken[-1].ack(multiple=True)
        return watch.rates()


async def consume_by_iterator(node: RabbitNode, batch: list[Notification]) -> Rates:
    """Take all messages by `queue.iterator`, acknowledging a hundred at once."""
    async with _channel(node) as channel:
        await channel.set_qos(prefetch_count=WINDOW)
        queue = await channel.get_queue(QUEUE)
        watch, count = _Watch(), 0
        async with queue.iterator() as messages:
            async for message in messages:
                count += 1
                if count % 100 == 0:
                    await message.ack(multiple=True)
                if count == COUNT:
                    break
        return watch.rates()


async def publish_ours(node: RabbitNode, batch: list[Notification]) -> Rates:
    """Publish all in batches, as an outbox does."""
    async with _sender(node) as sender:
        await sender.send(batch[:1], Pad())  # connects
        async with _channel(node) as channel:
            await (await channel.get_queue(QUEUE)).purge()
        watch = _Watch()
        for start in range(0, COUNT, WINDOW):
            await sender.send(batch[start : start + WINDOW], Pad())
        return watch.rates()


async def publish_theirs(node: RabbitNode, batch: list[Notification]) -> Rates:
    """Publish all, awaiting a window's `exchange.publish` at a time."""
    async with _channel(node) as channel:
        publish = channel.default_exchange.publish
        watch = _Watch()
        for start in range(0, COUNT, WINDOW):
            messages = [
                aio_pika.Message(
                    each.payload,
                    content_type="application/json",
                    message_id=each.message_id,
                    timestamp=each.at,
                    app_id="evtui",
                )
                for each in batch[start : start + WINDOW]
            ]
            await asyncio.gather(*(publish(message, QUEUE) for message in messages))
        return watch.rates()


@asynccontextmanager
async def _channel(node: RabbitNode) -> AsyncGenerator[AbstractChannel]:
    async with await aio_pika.connect(node.url) as connection:
        yield await connection.channel()


@asynccontextmanager
async def _sender(node: RabbitNode) -> AsyncGenerator[Sender]:
    sender = waiting(RabbitmqTransport().parse("rabbitmq", f"127.0.0.1:{node.port}/{QUEUE}", trusted=True)).sender
    try:
        yield sender
    finally:
        await sender.aclose()
