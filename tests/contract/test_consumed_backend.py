"""One suite for every source that is only read: RabbitMQ, Kafka, and a Kafka topic in a fleet."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from typing import TypeAlias

import aio_pika
import anyio
import pytest

from evtui.backends.amqp.address import parse_amqp_address
from evtui.backends.kafka.backend import open_kafka
from evtui.backends.kafka.kafka_address import parse_kafka_address
from evtui.bootstrap.amqp_source import consume
from evtui.bootstrap.fleet_setup import run_fleet
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.schema import Config
from evtui.core.errors import ReadOnlyError
from evtui.core.ports import Backend, Watch
from evtui.core.records import Raised, Record, Refused
from evtui.core.values import NO_PARAMS
from tests.functional.transports.kafka_cluster import KafkaCluster
from tests.functional.transports.rabbit_client import client
from tests.functional.transports.rabbit_node import RabbitNode
from tests.limits import HANG

Publish: TypeAlias = Callable[[bytes], Awaitable[None]]

KINDS = ("rabbitmq", "kafka", "kafka in a fleet")
EVENT = "E_PUBLISHED"
PROBE = -1


@pytest.fixture(scope="module")
def cluster() -> Iterator[KafkaCluster]:
    with closing(KafkaCluster()) as made:
        yield made


class Source:
    """A source that consumes, and what publishes to it."""

    def __init__(self, backend: Backend, publish: Publish) -> None:
        self.backend = backend
        self.publish = publish

    async def raised(self, *numbers: int, event: str = EVENT) -> None:
        """Publish notifications, one after the other."""
        for number in numbers:
            body = {"jsonrpc": "2.0", "method": event, "params": {"n": number}}
            await self.publish(json.dumps(body).encode())

    async def until(self, watch: Watch, ended: Callable[[list[Record]], bool]) -> list[Record]:
        """Read until something holds of what was read."""
        found: list[Record] = []
        with anyio.fail_after(HANG):
            while not ended(found):
                await watch.wait()
                found += watch.read()
        return found

    async def numbers(self, watch: Watch, count: int) -> list[object]:
        """Return the numbers of so many notifications that are not probes."""
        return numbers_of(await self.until(watch, lambda found: len(numbers_of(found)) >= count))


def numbers_of(records: list[Record]) -> list[object]:
    values = [record.params.values[0] for record in records if isinstance(record, Raised)]
    return [value for value in values if value != PROBE]


def kafka_publisher(cluster: KafkaCluster, topic: str) -> Publish:
    cluster.leaders(topic)

    async def publish(body: bytes) -> None:
        cluster.publish(topic, body)  # to one partition: they stay in order

    return publish


@asynccontextmanager
async def rabbit_publisher(node: RabbitNode, name: str) -> AsyncGenerator[Publish]:
    async with client(node) as channel:
        exchange = await channel.declare_exchange(name, aio_pika.ExchangeType.TOPIC, durable=True)

        async def publish(body: bytes) -> None:
            await exchange.publish(aio_pika.Message(body), "key")

        yield publish


@asynccontextmanager
async def opened(kind: str, request: pytest.FixtureRequest) -> AsyncGenerator[tuple[Source, Watch]]:
    """Open a source that has begun to consume, with its first watch; probes were published, and are left out."""
    if kind == "rabbitmq":
        node: RabbitNode = request.getfixturevalue("rabbit")
        text = f"amqp://guest:guest@127.0.0.1:{node.port}/?exchange=evtui-contract"
        async with (
            rabbit_publisher(node, "evtui-contract") as publish,
            consume(parse_amqp_address(text), Config().transports.rabbitmq) as backend,
            begun(Source(backend, publish)) as watch,
        ):
            yield Source(backend, publish), watch
        return
    cluster: KafkaCluster = request.getfixturevalue("cluster")
    publish = kafka_publisher(cluster, "contract")
    text = f"kafka://{cluster.servers}/contract"
    opening: AbstractAsyncContextManager[Backend] = run_fleet([text], Config(), {})
    if kind == "kafka":
        opening = open_kafka(parse_kafka_address(text), REAL_CLOCKS)
    async with opening as consumed, begun(Source(consumed, publish)) as watch:
        yield Source(consumed, publish), watch


@asynccontextmanager
async def begun(source: Source) -> AsyncGenerator[Watch]:
    watch = await source.backend.watch()
    with anyio.fail_after(HANG):
        while not watch.read():
            await source.raised(PROBE)
            await anyio.sleep(0.1)
    yield watch
    await watch.aclose()
    await watch.aclose()  # a second time does nothing


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_it_is_read_only_and_lists_no_subscription(kind: str, request: pytest.FixtureRequest) -> None:
    async with opened(kind, request) as (source, _):
        backend = source.backend
        status = await backend.status()
        assert (status.connected, status.read_only, status.can_raise) == (True, True, False)
        assert list(await backend.subscriptions()) == []
        for asked in (
            backend.raise_event(EVENT, NO_PARAMS),
            backend.subscribe(EVENT, "udp:127.0.0.1:9", 60),
        ):
            with pytest.raises(ReadOnlyError, match="read-only"):
                await asked


async def test_every_watch_sees_in_order_what_is_published_after_it_began(
    kind: str, request: pytest.FixtureRequest
) -> None:
    async with opened(kind, request) as (source, first):
        await source.raised(1)
        assert await source.numbers(first, 1) == [1]
        second = await source.backend.watch()
        await source.raised(2, 3, 4)
        assert await source.numbers(first, 3) == [2, 3, 4]
        assert await source.numbers(second, 3) == [2, 3, 4]
        await second.aclose()
        await source.raised(5)
        assert await source.numbers(first, 1) == [5]
        assert (first.lost, second.lost) == (0, 0)


async def test_a_watch_of_some_events_leaves_out_the_others(kind: str, request: pytest.FixtureRequest) -> None:
    async with opened(kind, request) as (source, _):
        some = await source.backend.watch(["E_PIKE_*"])
        await source.raised(1, 2)
        await source.raised(3, event="E_PIKE_BLOCKED")
        assert await source.numbers(some, 1) == [3]
        await some.aclose()


async def test_events_that_were_seen_are_listed_with_their_count(kind: str, request: pytest.FixtureRequest) -> None:
    async with opened(kind, request) as (source, watch):
        await source.raised(*range(5), event="E_COUNTED")
        await source.numbers(watch, 5)
        (state,) = [each for each in await source.backend.events() if each.event.name == "E_COUNTED"]
        assert state.received == 5
        assert (await source.backend.report_delivery("E_COUNTED")).answer


async def test_what_is_no_notification_is_a_record_with_the_reason(kind: str, request: pytest.FixtureRequest) -> None:
    async with opened(kind, request) as (source, watch):
        await source.publish(b"\x00\x01")
        records = await source.until(watch, lambda found: any(isinstance(one, Refused) for one in found))
        (refused,) = [record for record in records if isinstance(record, Refused)]
        assert "not a notification, 2 bytes" in refused.reason
        assert (await source.backend.status()).dropped == 1
