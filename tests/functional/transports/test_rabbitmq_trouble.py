"""The RabbitMQ transport when the broker is killed, stopped, frozen, silent or gone."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import anyio
import pytest
from aio_pika.abc import AbstractIncomingMessage

from evtui.core.errors import DeliveryError
from evtui.transports.rabbitmq.settings import RabbitmqSettings
from evtui.transports.rabbitmq.transport import RabbitmqTransport
from tests.functional.processes.waiting import Pad, deliver, notifications, until
from tests.functional.transports.rabbit_client import client, read_until
from tests.functional.transports.rabbit_node import RabbitNode, free_ports
from tests.functional.transports.rabbit_sockets import Deliveries, deliver_all, sender_at, sender_to
from tests.limits import HANG


def serials(messages: list[AbstractIncomingMessage]) -> list[int]:
    """Read the serials out of the message ids; equal ids have equal bodies."""
    bodies: dict[str, bytes] = {}
    for message in messages:
        assert bodies.setdefault(message.message_id or "", message.body) == message.body
    return [int((message.message_id or "").removeprefix("run-")) for message in messages]


def first_times(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts connections and never sends anything."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield int(server.getsockname()[1])


async def test_nothing_is_lost_or_reordered_when_the_broker_is_killed_and_restarted(rabbit: RabbitNode) -> None:
    count = 12_000
    done = Deliveries()
    async with client(rabbit) as channel:
        await channel.declare_queue("evtui.killed", durable=True)
    async with sender_to(rabbit, "persistent?evtui.killed") as sender, anyio.create_task_group() as tasks:
        tasks.start_soon(deliver_all, sender, notifications(range(count)), done)
        await until(lambda: done.delivered >= count // 4)
        await anyio.to_thread.run_sync(partial(rabbit.restart, kill=True))
        await until(lambda: done.delivered >= count // 2)
        await anyio.to_thread.run_sync(rabbit.restart)
    async with client(rabbit) as channel:
        queue = await channel.get_queue("evtui.killed")
        found = serials(await read_until(queue, f"run-{count - 1}"))
        await queue.delete(if_unused=False, if_empty=False)
    assert first_times(found) == list(range(count))
    assert (done.delivered, done.refused) == (count, {})
    assert len(done.reasons) >= 2


async def test_a_frozen_broker_times_out_and_gets_all_in_order_when_it_goes_on(rabbit: RabbitNode) -> None:
    count = 12_000
    done = Deliveries()
    transport = RabbitmqTransport(RabbitmqSettings(connect_timeout=300))
    async with client(rabbit) as channel, sender_to(rabbit, "evtui.frozen", transport=transport) as sender:
        queue = await channel.declare_queue("evtui.frozen", exclusive=True)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(deliver_all, timeout=1.0), sender, notifications(range(count)), done)
            await until(lambda: done.delivered >= count // 10)
            rabbit.freeze()
            try:
                await until(lambda: "no connection in 0.3 s" in done.reasons)
            finally:
                rabbit.thaw()
        found = serials(await read_until(queue, f"run-{count - 1}"))
    assert done.reasons[0] == "no answer"
    assert first_times(found) == list(range(count))


async def test_a_publisher_that_gives_up_does_not_cut_off_publishers_that_still_wait(rabbit: RabbitNode) -> None:
    transport = RabbitmqTransport()
    async with (
        client(rabbit) as channel,
        sender_to(rabbit, "evtui.patient", transport=transport) as patient,
        sender_to(rabbit, "evtui.impatient", transport=transport) as impatient,
    ):
        for name in ("evtui.patient", "evtui.impatient"):
            await channel.declare_queue(name, exclusive=True)
        for sender in (patient, impatient):
            await deliver(sender, notifications([0]))
        done = Deliveries()
        rabbit.freeze()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(partial(deliver_all, timeout=HANG), patient, notifications(range(1, 10)), done)
                with anyio.move_on_after(0.2):
                    await deliver(impatient, notifications([1]))
                rabbit.thaw()
                assert (await deliver(impatient, notifications([1]))).delivered == [0]
        finally:
            rabbit.thaw()
        assert (done.delivered, done.reasons) == (9, [])


async def test_a_stopped_broker_is_a_named_error_and_is_found_again(rabbit: RabbitNode) -> None:
    async with client(rabbit) as channel:
        await channel.declare_queue("evtui.gone", durable=True)
    async with sender_to(rabbit, "evtui.gone") as sender:
        await deliver(sender, notifications([1]))
        await anyio.to_thread.run_sync(rabbit.stop)
        with pytest.raises(DeliveryError, match="ECONNREFUSED: Connection refused"):
            await deliver(sender, notifications([2]))
        await anyio.to_thread.run_sync(rabbit.start)
        assert (await deliver(sender, notifications([2]))).delivered == [0]
    async with client(rabbit) as channel:
        await channel.queue_delete("evtui.gone")


@pytest.mark.parametrize("rest", ["q", "tls?q"])
async def test_a_silent_peer_is_given_up_by_all_publishers_at_once(silent: int, rest: str) -> None:
    transport = RabbitmqTransport(RabbitmqSettings(connect_timeout=1000, verify=False))
    reasons: list[str] = []

    async def attempt() -> None:
        address = f"127.0.0.1:{silent}/{rest}"
        async with sender_at(transport, address) as sender:
            with pytest.raises(DeliveryError) as caught:
                await sender.send(notifications([1]), Pad())
            reasons.append(caught.value.reason)

    with anyio.fail_after(15.0):  # one after the other they would take twenty seconds
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(attempt)
    assert reasons == ["no connection in 1 s"] * 20


async def test_a_peer_that_is_no_broker_is_refused() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = int(server.sockets[0].getsockname()[1])
        async with sender_at(RabbitmqTransport(), f"127.0.0.1:{port}/q") as sender:
            with pytest.raises(DeliveryError, match=r"^the peer is not a broker: it sent b'HTTP/1\.0 400 "):
                await deliver(sender, notifications([1]))


async def test_no_task_is_left_when_a_sender_is_closed(rabbit: RabbitNode) -> None:
    before = asyncio.all_tasks()
    (nobody,) = free_ports(1)
    async with client(rabbit) as channel:
        await channel.declare_queue("evtui.tidy", auto_delete=True)
        during = asyncio.all_tasks()
        async with sender_to(rabbit, "evtui.tidy") as sender:
            await deliver(sender, notifications(range(10)))
        async with sender_to(rabbit, "q", port=nobody) as sender:
            with pytest.raises(DeliveryError):
                await deliver(sender, notifications([1]))
        await until(lambda: asyncio.all_tasks() <= during)
    await until(lambda: asyncio.all_tasks() <= before)
