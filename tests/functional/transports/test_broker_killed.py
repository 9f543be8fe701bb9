"""A RabbitMQ node, or evtui itself, killed with -9 in the middle of many raises: every accepted event arrives."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence

import anyio
from aio_pika.abc import AbstractIncomingMessage
from anyio import to_thread

from evtui.bootstrap.engine_setup import open_engine
from evtui.engine.engine import Engine
from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui
from tests.functional.transports.rabbit_client import client, read
from tests.functional.transports.rabbit_node import RabbitNode
from tests.limits import HANG

RAISES = int(os.environ.get("EVTUI_TEST_RAISES", "12000"))
"""Events raised; between two kills three times as many as are in flight at once. `EVTUI_TEST_RAISES=50000` is long."""

KILLS = 3
LIMIT = 4 * HANG
"""Seconds for each wait. A node takes 4 to 8 seconds to start, more on a busy machine."""

Note = Callable[[str], None]


async def test_a_broker_killed_three_times_amid_raises_loses_nothing_and_reorders_nothing(
    rabbit: RabbitNode, figures: Note
) -> None:
    queue = "evtui-broker-killed"
    async with client(rabbit) as channel:
        await channel.declare_queue(queue, durable=True)
    settings = {"backoff": 0.05, "max_backoff": 0.5, "connect_timeout": 2000}
    started = time.monotonic()
    async with open_engine(events=["E_T"], transports={"rabbitmq": settings}) as engine:
        engine.subscribe("E_T", f"rabbitmq:guest:guest@127.0.0.1:{rabbit.port}/persistent?{queue}")
        raises = _Raises(engine)
        async with anyio.create_task_group() as tasks:
            for kill in range(1, KILLS + 1):
                await raises.until(kill * RAISES // (KILLS + 1))  # most of them while the broker is away
                await _running(rabbit)
                await raises.under_way()
                await to_thread.run_sync(rabbit.kill)
                tasks.start_soon(to_thread.run_sync, rabbit.start)
            await raises.until(RAISES)
        await _all_settled(engine)
        (state,) = engine.subscription_states()
        (raised,) = [event for event in engine.event_states() if event.event.name == "E_T"]
        assert (state.failed, state.dropped, raised.raised) == (0, 0, RAISES)
    took = time.monotonic() - started
    ids = _checked(await _all_of(rabbit, queue))
    assert len(set(ids)) == RAISES
    figures(
        f"broker killed {KILLS} times in {RAISES:,} raises: all arrived in order in {took:.1f} s, "
        f"{len(ids) - RAISES:,} came twice under the same id"
    )


async def test_evtui_killed_three_times_amid_raises_delivers_what_it_accepted(
    rabbit: RabbitNode, evtui: Evtui, figures: Note
) -> None:
    queue = "evtui-killed"
    async with client(rabbit) as channel:
        await channel.declare_queue(queue, durable=True)
    config = evtui.directory / "evtui.toml"
    config.write_text(
        f"""
        events = ["E_T"]
        subscribe = ["E_T rabbitmq:guest:guest@127.0.0.1:{rabbit.port}/persistent?{queue}"]
        engine.spool = "{evtui.directory}/spool.db"
        transports.rabbitmq.durable = true
        """
    )
    accepted: list[int] = []
    numbers = iter(range(RAISES))
    started = time.monotonic()
    for run in range(KILLS + 1):
        with evtui.serving("--config", str(config)) as server:
            await to_thread.run_sync(_raise, evtui, numbers, accepted, RAISES // (KILLS + 1))
            if run < KILLS:
                server.process.send_signal(signal.SIGKILL)
            else:
                await to_thread.run_sync(_until_empty, evtui)
                assert server.stop().status == 0
    took = time.monotonic() - started
    assert len(accepted) == RAISES
    ids = _checked(await _all_of(rabbit, queue))
    assert len(set(ids)) == RAISES
    figures(
        f"evtui killed {KILLS} times in {RAISES:,} raises over MI, durable: all arrived in order in {took:.1f} s, "
        f"{len(ids) - RAISES:,} came twice under the same id"
    )


async def _all_of(rabbit: RabbitNode, queue: str) -> Sequence[AbstractIncomingMessage]:
    """Take all that is in a queue, oldest first."""
    async with client(rabbit) as channel:
        declared = await channel.declare_queue(queue, durable=True)
        return await read(declared, declared.declaration_result.message_count or 0, LIMIT)


class _Raises:
    """Raises numbered events; the event loop runs after every 50."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._next = 0

    async def until(self, number: int) -> None:
        """Raise all before a number."""
        while self._next < number:
            self._engine.raise_event("E_T", {"n": self._next})
            self._next += 1
            if self._next % 50 == 0:
                await anyio.sleep(0.002)

    async def under_way(self) -> None:
        """Raise until the broker takes notifications again and more wait: then a kill hits a batch."""
        (before,) = self._engine.subscription_states()
        with anyio.fail_after(LIMIT):
            while True:
                await self.until(self._next + 50)
                await anyio.sleep(0.02)  # few, until the engine has found the broker again
                (state,) = self._engine.subscription_states()
                if (state.sent or 0) > (before.sent or 0):
                    await self.until(self._next + 50)
                    return


async def _running(rabbit: RabbitNode) -> None:
    """Wait until the node answers. A kill before that would hit a node that is still starting."""
    with anyio.fail_after(LIMIT):
        while not await to_thread.run_sync(rabbit.greets):  # noqa: ASYNC110 - the other process sends no event
            await anyio.sleep(0.05)


async def _all_settled(engine: Engine) -> None:
    with anyio.fail_after(LIMIT):
        while any(state.queued for state in engine.outbox_states().values()):  # noqa: ASYNC110 - a record for each would come
            await anyio.sleep(0.05)


def _raise(evtui: Evtui, numbers: Iterator[int], accepted: list[int], count: int) -> None:
    with DatagramClient(evtui.mi_sock) as asker:
        for _ in range(count):
            number = next(numbers)
            assert asker.ask("raise_event", "E_T", {"n": number}) == "OK"
            accepted.append(number)


def _until_empty(evtui: Evtui) -> None:
    deadline = time.monotonic() + LIMIT
    with DatagramClient(evtui.mi_sock) as asker:
        while any(queue["queued"] for queue in asker.ask("queues_list")["Queues"]):
            assert time.monotonic() < deadline, "it does not get empty"
            time.sleep(0.05)


def _checked(found: Sequence[AbstractIncomingMessage]) -> list[str]:
    """Check the order, and that an id never stands for two events; returns the ids as they came."""
    ids = [str(message.message_id) for message in found]
    bodies: dict[str, bytes] = {}
    for number, message in zip(ids, found, strict=True):
        assert bodies.setdefault(number, message.body) == message.body
    assert list(bodies.values()) == [
        b'{"jsonrpc":"2.0","method":"E_T","params":{"n":%d}}' % number for number in range(RAISES)
    ]
    return ids
