"""Consumers of a real broker: shared and own queues, redelivery, a broker that is killed or frozen or refuses."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import cast
from urllib.parse import quote

import aio_pika
import anyio
import pytest
from aio_pika.abc import AbstractChannel, AbstractExchange
from aiormq.abc import ChannelFrame
from pamqp import commands, frame, header
from pamqp.body import ContentBody

from evtui.backends.amqp import requests
from evtui.backends.amqp.address import parse_amqp_address
from evtui.backends.amqp.backend import AmqpBackend, open_amqp
from evtui.backends.amqp.consumer import Arrived, Consumer, UnreadableMessage
from evtui.backends.amqp.consumer_channel import ConsumerChannel
from evtui.backends.seen.only_consumed import OnlyConsumedError
from evtui.bootstrap.amqp_source import consume
from evtui.core.errors import BadSocketError
from evtui.core.ports import Watch
from evtui.core.records import Raised, Record, Refused
from evtui.core.values import NO_PARAMS, Params
from evtui.transports.address_classes import Ip
from evtui.transports.rabbitmq.connection import ConnectionSettings, Login, connect_broker
from evtui.transports.rabbitmq.settings import RabbitmqSettings
from tests.functional.processes.waiting import until
from tests.functional.transports.rabbit_client import client, publish_all
from tests.functional.transports.rabbit_node import PASSWORD, SIDE_VHOST, USER, RabbitNode
from tests.functional.transports.tls_files import TlsFiles
from tests.limits import HANG

EXCHANGE = "evtui-fleet"


def address(node: RabbitNode, query: str, *, login: str = "guest:guest", vhost: str = "") -> str:
    return f"amqp://{login}@127.0.0.1:{node.port}/{vhost}?{query}"


def body(number: int, event: str = "E_T") -> bytes:
    return b'{"jsonrpc":"2.0","method":"%s","params":{"n":%d}}' % (event.encode(), number)


async def publish(exchange: AbstractExchange, numbers: Sequence[int], key: str = "E_T.a", run: str = "run") -> None:
    """Publish and wait for the broker's confirms."""
    async with anyio.create_task_group() as tasks:
        for number in numbers:
            message = aio_pika.Message(body(number), message_id=f"{run}-{number}", delivery_mode=2)
            tasks.start_soon(exchange.publish, message, key)


@asynccontextmanager
async def exchange_of(
    node: RabbitNode, kind: str = "topic"
) -> AsyncGenerator[tuple[AbstractChannel, AbstractExchange]]:
    async with client(node) as channel:
        name = f"{EXCHANGE}-{kind}"
        yield channel, await channel.declare_exchange(name, aio_pika.ExchangeType(kind), durable=True)


@asynccontextmanager
async def watching(text: str, *, limit: float = 5.0) -> AsyncGenerator[tuple[AmqpBackend, Watch]]:
    """Open a source and wait until it consumes or has failed."""
    settings = ConnectionSettings(connect_timeout=limit)
    async with open_amqp(parse_amqp_address(text), settings, clock=time.monotonic, wall=time.time) as backend:
        watch = await backend.watch()
        with anyio.fail_after(HANG):
            await backend._consumer.decided.wait()  # pyright: ignore[reportPrivateUsage]
        yield backend, watch
        await watch.aclose()


@asynccontextmanager
async def fleet(
    node: RabbitNode, query: str = "", *, kind: str = "topic"
) -> AsyncGenerator[tuple[AbstractExchange, AmqpBackend, Watch]]:
    """Have an exchange, and a source that consumes it."""
    text = address(node, f"exchange={EXCHANGE}-{kind}{query}")
    async with exchange_of(node, kind) as (_, exchange), watching(text) as (backend, watch):
        yield exchange, backend, watch


async def taken(watch: Watch, count: int, limit: float = HANG) -> list[Record]:
    found: list[Record] = []
    with anyio.fail_after(limit):
        while len(found) < count:
            await watch.wait()
            found += watch.read()
    return found


def numbers(records: Sequence[Record]) -> list[object]:
    return [record.params.values[0] for record in records if isinstance(record, Raised)]


async def test_a_message_becomes_the_record_of_a_raise_by_its_route(rabbit: RabbitNode) -> None:
    async with exchange_of(rabbit) as (_, exchange):
        text = address(rabbit, f"exchange={exchange.name}&key=E_T.*")
        async with watching(text) as (backend, watch):
            await publish(exchange, [7])
            (record,) = await taken(watch, 1)
            assert isinstance(record, Raised)
            assert (record.event, record.params, record.payloads) == ("E_T", Params((7,), ("n",)), (body(7),))
            assert str(record.plan.groups[0].sockets[0]) == f"amqp:{exchange.name}/E_T.a"
            assert abs(record.at - time.time()) < 60
            seen = [state for state in await backend.events() if state.received]
            assert [(state.event.name, state.received, state.last_params) for state in seen] == [
                ("E_T", 1, record.params)
            ]
            status = await backend.status()
            assert (status.connected, status.read_only, status.can_raise, status.raised) == (True, True, False, None)
            assert "guest:guest" not in status.source


async def test_a_source_is_read_only(rabbit: RabbitNode) -> None:
    async with watching(address(rabbit, "exchange=amq.topic")) as (backend, _):
        assert list(await backend.subscriptions()) == []
        with pytest.raises(
            OnlyConsumedError, match=r"read-only: subscribe at a server that publishes to amqp://guest@"
        ):
            await backend.subscribe("E_T", "udp:127.0.0.1:9")
        with pytest.raises(OnlyConsumedError, match="read-only: raise at a server"):
            await backend.raise_event("E_T", NO_PARAMS)


async def test_a_message_that_is_no_notification_is_shown_and_counted_and_acknowledged(rabbit: RabbitNode) -> None:
    async with exchange_of(rabbit) as (channel, exchange):
        text = address(rabbit, f"exchange={exchange.name}&queue=evtui-nonsense")
        async with watching(text) as (backend, watch):
            for content in (b"E_OLD\na::1", b"\xff\x00nonsense", body(1)):
                await exchange.publish(aio_pika.Message(content), "k")
            old, bad, good = await taken(watch, 3)
            assert isinstance(old, Raised)
            assert (old.event, old.plan.codecs) == ("E_OLD", ("text",))
            assert isinstance(bad, Refused)
            assert bad.reason.startswith(f"not a notification, 10 bytes by amqp:{exchange.name}/k: ")
            assert numbers([good]) == [1]
            assert (await backend.status()).dropped == 1
        queue = await channel.get_queue("evtui-nonsense")
        assert await queue.get(fail=False) is None


async def test_names_that_are_not_utf_8_do_not_end_the_connection(rabbit: RabbitNode) -> None:
    async with fleet(rabbit) as (exchange, backend, watch):
        await publish_raw(rabbit, exchange.name, b"k\xff", body(1))
        await publish(exchange, [2])
        first, second = await taken(watch, 2)
        assert isinstance(first, Raised)
        assert str(first.plan.groups[0].sockets[0]) == f"amqp:{exchange.name}/k\udcff"
        assert numbers([second]) == [2]
        assert (await backend.status()).connected


async def publish_raw(node: RabbitNode, exchange: str, key: bytes, content: bytes) -> None:
    """Publish with a key of any bytes."""
    async with client(node) as channel:
        lower = await channel.get_underlay_channel()
        mark = "@" * len(key)
        frames = [
            frame.marshal(commands.Basic.Publish(exchange=exchange, routing_key=mark), lower.number),
            frame.marshal(header.ContentHeader(0, len(content), commands.Basic.Properties()), lower.number),
            frame.marshal(ContentBody(content), lower.number),
        ]
        data = b"".join(frames).replace(mark.encode(), key)
        queue = cast("asyncio.Queue[ChannelFrame]", lower.connection.write_queue)
        await queue.put(ChannelFrame(data, should_close=False))
        await channel.declare_queue(exclusive=True)  # answered after the message


@pytest.mark.parametrize(
    ("kind", "query"), [("direct", "&key=other&key=E_T.a"), ("fanout", ""), ("topic", "&key=E_T.%23"), ("headers", "")]
)
async def test_every_type_of_exchange_is_consumed(rabbit: RabbitNode, kind: str, query: str) -> None:
    async with fleet(rabbit, query, kind=kind) as (exchange, _, watch):
        await publish(exchange, [1])
        assert numbers(await taken(watch, 1)) == [1]


async def test_consumers_of_one_queue_share_the_messages_and_consumers_with_their_own_get_all(
    rabbit: RabbitNode,
) -> None:
    async with exchange_of(rabbit) as (_, exchange):
        shared = address(rabbit, f"exchange={exchange.name}&queue=evtui-shared&prefetch=5")
        own = address(rabbit, f"exchange={exchange.name}")
        async with (
            watching(shared) as (_, first),
            watching(shared) as (_, second),
            watching(own) as (_, third),
            watching(own) as (_, fourth),
        ):
            await publish(exchange, range(300))
            for watch in (third, fourth):
                assert sorted(numbers(await taken(watch, 300)), key=str) == sorted(range(300), key=str)
            halves: list[list[object]] = [[], []]
            with anyio.fail_after(HANG):
                while sum(map(len, halves)) < 300:
                    halves[0] += numbers(first.read())
                    halves[1] += numbers(second.read())
                    await anyio.sleep(0.01)
            assert sorted(halves[0] + halves[1], key=str) == sorted(range(300), key=str)
            assert min(map(len, halves)) > 30


async def test_a_message_published_twice_is_shown_once(rabbit: RabbitNode) -> None:
    async with (
        exchange_of(rabbit) as (_, exchange),
        watching(address(rabbit, f"exchange={exchange.name}")) as (
            backend,
            watch,
        ),
    ):
        for count in (1, 1, 2):
            await publish(exchange, [count])
        assert numbers(await taken(watch, 2)) == [1, 2]
        assert (await backend.status()).duplicates == 1


async def test_messages_that_were_not_acknowledged_go_to_the_next_consumer(rabbit: RabbitNode) -> None:
    async def refuse(arrived: Sequence[Arrived | UnreadableMessage]) -> None:
        raise ValueError(f"{len(arrived)}")

    async with exchange_of(rabbit) as (channel, exchange):
        text = address(rabbit, f"exchange={exchange.name}&queue=evtui-crash")
        queue = await channel.declare_queue("evtui-crash", durable=True)
        await queue.bind(exchange, "#")
        await publish(exchange, range(5))
        consumer = Consumer(
            parse_amqp_address(text), ConnectionSettings(), refuse, clock=time.monotonic, wall=time.time
        )
        with pytest.raises(ValueError, match=r"\d"):
            await consumer.run()
        async with watching(text) as (_, watch):
            assert set(numbers(await taken(watch, 5))) == set(range(5))


async def test_an_acknowledgement_reaches_the_broker_though_the_connection_is_closed_next(rabbit: RabbitNode) -> None:
    async def where(_: Login) -> tuple[Ip, int]:
        return ip_address("127.0.0.1"), 0

    async with exchange_of(rabbit) as (channel, exchange):
        queue = await channel.declare_queue("evtui-closed-next", exclusive=False)
        await queue.bind(exchange, "#")
        await publish(exchange, range(100))
        login = Login("guest", "guest", "127.0.0.1", rabbit.port, "/", tls=False)
        connection = await connect_broker(login, where, ConnectionSettings())
        consumer = ConsumerChannel(connection)
        await consumer.open()
        await consumer.limit(200)
        await consumer.request(requests.consume(queue.name))
        with anyio.fail_after(HANG):
            while (await consumer.take(rest=True))[-1].tag < 100:
                pass
        consumer.ack(100)
        await connection.aclose()
        assert (await queue.delete(if_unused=False, if_empty=False)).message_count == 0


async def test_a_killed_broker_is_found_again_and_no_confirmed_message_is_missed_or_shown_twice(
    rabbit: RabbitNode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "aiormq")
    async with exchange_of(rabbit) as (channel, exchange):
        queue = await channel.declare_queue("evtui-kept", durable=True)
        await queue.bind(exchange, "#")
        name = exchange.name
    async with watching(address(rabbit, f"exchange={name}&queue=evtui-kept&prefetch=50")) as (backend, watch):
        shown: list[Record] = []
        for part in range(2):
            async with exchange_of(rabbit) as (_, exchange):
                await publish(exchange, range(part * 2000, part * 2000 + 2000))
            shown += watch.read()
            if part:
                break
            await anyio.to_thread.run_sync(rabbit.kill)
            await until(lambda: backend_trouble(backend) is not None)
            status = await backend.status()
            assert not status.connected
            assert "; retry in " in status.detail
            await anyio.to_thread.run_sync(rabbit.start)
        with anyio.fail_after(HANG):
            while len({*numbers(shown)}) < 4000:
                await watch.wait()
                shown += watch.read()
        assert sorted(map(str, numbers(shown))) == sorted(map(str, range(4000)))
        assert (await backend.status()).connected
        assert watch.lost == 0


def backend_trouble(backend: AmqpBackend) -> str | None:
    return backend._consumer.trouble  # pyright: ignore[reportPrivateUsage] - `status` is asked when it is known


async def test_a_frozen_broker_is_noticed_by_its_heartbeats_and_found_again(
    rabbit: RabbitNode, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "aiormq")
    async with exchange_of(rabbit) as (_, exchange):
        text = address(rabbit, f"exchange={exchange.name}&heartbeat=1")
        async with watching(text, limit=0.5) as (backend, watch):
            rabbit.freeze()
            try:
                await until(lambda: backend_trouble(backend) == "no heartbeat in 2 s")
            finally:
                rabbit.thaw()
            await until(lambda: backend_trouble(backend) is None)
            async with exchange_of(rabbit) as (_, again):
                await publish(again, [5], run="after")
            assert numbers(await taken(watch, 1)) == [5]


@pytest.mark.parametrize(
    ("query", "login", "vhost", "said"),
    [
        ("exchange=no-such", "guest:guest", "", "NOT_FOUND - no exchange 'no-such' in vhost '/'"),
        ("exchange=no%26such", "guest:guest", "", "NOT_FOUND - no exchange 'no&such' in vhost '/'"),
        ("exchange=amq.topic", "guest:s3cret", "", "ACCESS_REFUSED: wrong password for 'guest', or no such user"),
        ("exchange=amq.topic", "guest:guest", "nowhere", "NOT_ALLOWED: no virtual host 'nowhere', or none for 'guest'"),
        (
            "exchange=amq.topic",
            f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}",
            quote(SIDE_VHOST, safe=""),
            "ACCESS_REFUSED - ",
        ),
    ],
)
async def test_the_reason_of_a_refusal_is_shown_without_the_password_and_the_consumer_tries_again(
    rabbit: RabbitNode, query: str, login: str, vhost: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with watching(address(rabbit, query, login=login, vhost=vhost)) as (backend, _):
        status = await backend.status()
        assert not status.connected
        assert status.detail.startswith(said)
        assert "; retry in 1 s" in status.detail
        for text in (status.source, status.detail, caplog.text):
            assert "s3cret" not in text
            assert PASSWORD not in text


async def test_an_exchange_that_appears_later_is_consumed(rabbit: RabbitNode) -> None:
    async with client(rabbit) as channel, watching(address(rabbit, "exchange=evtui-late")) as (backend, watch):
        assert not (await backend.status()).connected
        exchange = await channel.declare_exchange("evtui-late", "topic", auto_delete=True)
        await until(lambda: backend_trouble(backend) is None)
        await publish(exchange, [3])
        assert numbers(await taken(watch, 1)) == [3]


async def test_a_queue_that_is_deleted_is_made_again(rabbit: RabbitNode) -> None:
    async with exchange_of(rabbit) as (channel, exchange):
        text = address(rabbit, f"exchange={exchange.name}&queue=evtui-deleted&durable=false")
        async with watching(text) as (backend, watch):
            await channel.queue_delete("evtui-deleted")
            await until(lambda: backend_trouble(backend) == "the queue was deleted")
            await until(lambda: backend_trouble(backend) is None)
            await publish(exchange, [4])
            assert numbers(await taken(watch, 1)) == [4]


async def test_tls_with_our_certificate_from_the_settings_or_the_address(
    rabbit: RabbitNode, tls_files: TlsFiles
) -> None:
    plain = f"amqps://guest:guest@localhost:{rabbit.tls_port}/?exchange=amq.topic"
    named = f"&ca_file={tls_files.ca}&cert_file={tls_files.client}&key_file={tls_files.client_key}"
    settings = RabbitmqSettings(
        ca_file=str(tls_files.ca), cert_file=str(tls_files.client), key_file=str(tls_files.client_key)
    )
    for text, config in ((plain, settings), (plain + named, RabbitmqSettings())):
        async with consume(parse_amqp_address(text), config) as backend:
            watch = await backend.watch()
            with anyio.fail_after(HANG):
                await backend._consumer.begun.wait()  # pyright: ignore[reportPrivateUsage]
            await watch.aclose()
    stranger = parse_amqp_address(plain + named.replace("/ca.pem", "/other_ca.pem"))
    async with consume(stranger, RabbitmqSettings()) as backend:
        watch = await backend.watch()
        await until(lambda: backend_trouble(backend) is not None)
        assert (await backend.status()).detail.startswith("TLS: ")
        await watch.aclose()
    missing = parse_amqp_address(plain + "&ca_file=/no/such.pem")
    with pytest.raises(
        BadSocketError, match="ca_file, cert_file or key_file: the certificates cannot be used: No such"
    ):
        async with consume(missing, RabbitmqSettings()):
            pass


async def test_without_a_watch_nothing_is_consumed_and_a_new_watch_starts_it_again(rabbit: RabbitNode) -> None:
    async with fleet(rabbit, "&queue=evtui-again") as (exchange, backend, watch), client(rabbit) as channel:
        await watch.aclose()
        queue = await channel.get_queue("evtui-again")
        assert queue.declaration_result.consumer_count == 0
        await publish(exchange, [1])
        second = await backend.watch()
        assert numbers(await taken(second, 1)) == [1]
        await second.aclose()


async def test_a_backlog_comes_no_faster_than_it_is_read(rabbit: RabbitNode) -> None:
    async with exchange_of(rabbit) as (channel, exchange):
        queue = await channel.declare_queue("evtui-backlog", durable=True)
        await queue.bind(exchange, "#")
        await publish_all(rabbit, exchange.name, "E_T.a", {f"run-{number}": body(number) for number in range(12_000)})
    async with watching(address(rabbit, "queue=evtui-backlog&prefetch=6000")) as (_, watch):
        shown: list[object] = []
        with anyio.fail_after(HANG):
            while len(shown) + watch.lost < 12_000:
                await anyio.sleep(0.05)
                shown += numbers(watch.read(5000))
        assert (sorted(shown, key=str), watch.lost) == (sorted(range(12_000), key=str), 0)
