"""Confirmed publishing to a real broker: an engine with one subscriber beside plain aio-pika, in turn, in one run."""

import asyncio
import statistics
import time

import aio_pika
import anyio
import anyio.lowlevel
from aio_pika.abc import AbstractChannel, AbstractQueue

from evtui.bootstrap.engine_setup import open_engine
from evtui.codecs.payload import encoder
from evtui.core.values import Params, Value
from evtui.engine.engine import Engine
from tests.benchmarks.pairs import say
from tests.benchmarks.peers.rabbit import on_rabbit
from tests.functional.transports.rabbit_node import RabbitNode

COUNT = 10_000
ROUNDS = 7
GATHER = 200
"""Publishes that plain aio-pika awaits at once."""
QUEUE = "evtui.bench"
PARAMS: dict[str, Value] = {"ip": "203.0.113.7", "count": 42, "reason": "test"}


def main() -> None:
    """Print how many times the rate of aio-pika ours is, without and with messages kept on disk."""
    on_rabbit(_compare_all)


def _compare_all(node: RabbitNode) -> None:
    for persistent in (False, True):
        asyncio.run(_compare(node, persistent=persistent))


async def _compare(node: RabbitNode, *, persistent: bool) -> None:
    ours: list[float] = []
    theirs: list[float] = []
    option = "persistent?" if persistent else ""
    connection = await aio_pika.connect(node.url)
    async with connection, open_engine(events=["E_T"]) as engine:
        channel = await connection.channel()
        queue = await channel.declare_queue(QUEUE, durable=persistent)
        engine.subscribe("E_T", f"rabbitmq:127.0.0.1:{node.port}/{option}{QUEUE}")
        for _ in range(ROUNDS + 1):
            ours.append(await _timed_raises(engine, queue))
            theirs.append(await _timed_publishes(channel, queue, persistent=persistent))
        await queue.delete(if_unused=False, if_empty=False)
    rates = sorted(our / their for our, their in zip(ours[1:], theirs[1:], strict=True))
    figures = f"{statistics.median(ours[1:]):,.0f}/s beside {statistics.median(theirs[1:]):,.0f}/s"
    what = "kept on disk" if persistent else "not kept on disk"
    say(f"raises confirmed, {what} / aio-pika in gathers of {GATHER}", rates, "at least 3", figures)


async def _timed_raises(engine: Engine, queue: AbstractQueue) -> float:
    """Raise in bursts and wait until all are acknowledged; returns how many a second."""
    before = _delivered(engine)
    started = time.perf_counter()
    for number in range(COUNT):
        engine.raise_event("E_T", PARAMS)
        if number % GATHER == 0:
            await anyio.lowlevel.checkpoint()
    with anyio.fail_after(120):
        while _delivered(engine) - before < COUNT:  # noqa: ASYNC110 - a watch would be part of what is timed
            await anyio.sleep(0.001)
    rate = COUNT / (time.perf_counter() - started)
    await _check(queue)
    return rate


def _delivered(engine: Engine) -> int:
    return sum(state.delivered for state in engine.outbox_states().values())


async def _timed_publishes(channel: AbstractChannel, queue: AbstractQueue, *, persistent: bool) -> float:
    """Encode and publish the same, awaiting a gather at a time; returns how many a second."""
    encode, exchange = encoder("jsonrpc"), channel.default_exchange
    mode = aio_pika.DeliveryMode.PERSISTENT if persistent else aio_pika.DeliveryMode.NOT_PERSISTENT
    started = time.perf_counter()
    for start in range(0, COUNT, GATHER):
        await asyncio.gather(
            *(
                exchange.publish(
                    aio_pika.Message(
                        encode("E_T", Params.of(PARAMS)),
                        content_type="application/json",
                        delivery_mode=mode,
                        message_id=str(number),
                    ),
                    QUEUE,
                )
                for number in range(start, start + GATHER)
            )
        )
    rate = COUNT / (time.perf_counter() - started)
    await _check(queue)
    return rate


async def _check(queue: AbstractQueue) -> None:
    """Empty the queue: all has to be there."""
    purged = await queue.purge()
    assert purged.message_count == COUNT, purged.message_count
