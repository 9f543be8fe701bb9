"""Topics of a Kafka cluster as sources, at the mock cluster of librdkafka: consumers, groups, offsets, outages."""

import importlib.util
import json
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from importlib.machinery import ModuleSpec
from typing import Any

import anyio
import pytest
from aiokafka.consumer.group_coordinator import GroupCoordinator

from evtui.backends.fleet.backend import FleetBackend
from evtui.backends.kafka.backend import KafkaBackend, open_kafka
from evtui.backends.kafka.kafka_address import parse_kafka_address
from evtui.backends.kafka.topic_consumer import TopicConsumer
from evtui.backends.seen.only_consumed import OnlyConsumedError
from evtui.backends.seen.source_watch import SourceWatch
from evtui.bootstrap.fleet_setup import run_fleet
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.schema import Config
from evtui.core.ports import Watch
from evtui.core.records import Raised, Record, Refused, server_of
from evtui.core.values import NO_PARAMS
from tests.functional.cli.test_cli_tail import tailing
from tests.functional.processes.evtui_process import Evtui
from tests.functional.transports.kafka_cluster import PARTITIONS, KafkaCluster, Reader, value_of
from tests.limits import HANG

PROBE = -1


@pytest.fixture(scope="module")
def cluster() -> Iterator[KafkaCluster]:
    with closing(KafkaCluster()) as made:
        made.form_groups_after(1000)
        yield made


def publish(cluster: KafkaCluster, topic: str, numbers: Sequence[int], partition: int | None = None) -> None:
    """Publish notifications to all partitions in turn, or to one, until the cluster has them."""
    for number in numbers:
        to = number % PARTITIONS if partition is None else partition
        body = {"jsonrpc": "2.0", "method": "E_T", "params": {"n": number, "partition": to}}
        cluster.publish(topic, json.dumps(body).encode(), partition=to)


@asynccontextmanager
async def source(
    cluster: KafkaCluster, topic: str, group: str = ""
) -> AsyncGenerator[tuple[KafkaBackend, SourceWatch]]:
    cluster.leaders(topic)
    text = f"kafka://{cluster.servers}/{topic}" + (f"?group={group}" if group else "")
    async with open_kafka(parse_kafka_address(text), REAL_CLOCKS) as backend:
        watch = await backend.watch()
        assert isinstance(watch, SourceWatch)
        yield backend, watch
        await watch.aclose()


async def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    with anyio.fail_after(HANG):
        while True:
            if is_so():
                return
            await anyio.sleep(0.02)


async def numbers(count: int, *watches: Watch) -> list[list[object]]:
    """Wait for so many raises that are not probes, and return the numbers that each watch got."""
    found: list[list[object]] = [[] for _ in watches]

    def came() -> bool:
        for watch, mine in zip(watches, found, strict=True):
            values = [record.params.values[0] for record in watch.read() if isinstance(record, Raised)]
            mine += [value for value in values if value != PROBE]
        return sum(map(len, found)) >= count

    await until(came)
    return found


async def begun(cluster: KafkaCluster, topic: str, *watches: Watch, least: int = 1) -> None:
    """Publish probes until one from each partition came to one of the watches, and each has `least` partitions."""
    partitions: list[set[object]] = [set() for _ in watches]
    with anyio.fail_after(HANG):
        while set().union(*partitions) != set(range(PARTITIONS)) or min(map(len, partitions)) < least:
            for partition in range(PARTITIONS):
                publish(cluster, topic, [PROBE], partition)
            await anyio.sleep(0.1)
            for watch, mine in zip(watches, partitions, strict=True):
                mine |= {record.params.values[1] for record in watch.read() if isinstance(record, Raised)}


async def stands(fleet: FleetBackend, light: str) -> str:
    """Wait until the one server of a fleet stands so, and return why."""
    with anyio.fail_after(HANG):
        while True:
            (server,) = (await fleet.status()).servers
            if server.light == light:
                return server.detail
            await anyio.sleep(0.05)


async def connected(backend: KafkaBackend, *, is_so: bool) -> str:
    """Wait until a source is connected or not, and return why."""
    with anyio.fail_after(HANG):
        while True:
            status = await backend.status()
            if status.connected == is_so and status.detail != "connecting":
                return status.detail
            await anyio.sleep(0.02)


async def test_each_source_without_a_group_sees_all_that_is_published_from_now_on(cluster: KafkaCluster) -> None:
    topic = "own"
    publish(cluster, topic, [1_000])
    async with source(cluster, topic) as (one, first), source(cluster, topic) as (_, second):
        await begun(cluster, topic, first)
        await begun(cluster, topic, second)
        publish(cluster, topic, range(20))
        for watch in (first, second):
            (got,) = await numbers(20, watch)
            assert sorted(map(str, got)) == sorted(map(str, range(20)))
        (state,) = [state for state in await one.events() if state.event.name == "E_T"]
        assert state.received >= 20
        assert (await one.report_delivery("E_T")).answer
        for refused in (
            one.raise_event("E_T", NO_PARAMS), one.subscribe("E_T", "udp:h:1", 60),
            one.test_subscriber("E_T", "udp:h:1", NO_PARAMS),
        ):  # fmt: skip
            with pytest.raises(OnlyConsumedError, match="kafka://"):
                await refused


async def test_what_was_shown_to_a_group_is_committed_and_the_rest_comes_again(cluster: KafkaCluster) -> None:
    topic = "committed"
    async with source(cluster, topic, "g") as (_, watch):
        await begun(cluster, topic, watch)
        publish(cluster, topic, range(10))
        assert len((await numbers(10, watch))[0]) == 10
        publish(cluster, topic, range(10, 14))
        await until(lambda: watch.unread >= 4)
    publish(cluster, topic, range(14, 20))
    with closing(Reader(cluster, topic, "g")) as other:
        rest: list[int] = []
        while len(rest) < 10:
            (message,) = other.read(1, commit=False)
            rest += [number for number in [value_of(message)["n"]] if number != PROBE]
    assert sorted(rest) == list(range(10, 20))


async def test_the_members_of_a_group_share_the_work(cluster: KafkaCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    coordinator: Any = GroupCoordinator
    assign = coordinator._perform_assignment

    async def assign_late(*arguments: object) -> object:
        await anyio.sleep(0.5)  # the mock cluster refuses a follower that asks for its share after the leader gave it
        return await assign(*arguments)

    monkeypatch.setattr(coordinator, "_perform_assignment", assign_late)
    topic = "shared"
    async with source(cluster, topic, "s") as (_, first), source(cluster, topic, "s") as (_, second):
        await begun(cluster, topic, first, second)
        publish(cluster, topic, range(40))
        mine: list[object] = []
        others: list[object] = []

        def all_came() -> bool:
            for watch, found in ((first, mine), (second, others)):
                found += [record.params.values[0] for record in watch.read() if isinstance(record, Raised)]
            return {*mine, *others} >= {*range(40)}

        await until(all_came)
        assert 0 < len({*mine} - {PROBE}) < 40
        assert 0 < len({*others} - {PROBE}) < 40


async def test_a_source_in_a_fleet_tells_an_outage_and_goes_on_after_it(cluster: KafkaCluster) -> None:
    topic = "fleet"
    cluster.leaders(topic)
    async with run_fleet([f"bus=kafka://{cluster.servers}/{topic}"], Config(), {}) as fleet:
        watch = await fleet.watch()
        await begun(cluster, topic, watch)
        cluster.publish(topic, b"\x00")
        records: list[Record] = []

        def is_refused() -> bool:
            records.extend(watch.read())
            return any(isinstance(record, Refused) for record in records)

        await until(is_refused)
        assert {server_of(record) for record in records} == {"bus"}
        (server,) = (await fleet.status()).servers
        assert (server.version, server.read_only, server.can_raise) == ("Kafka", True, False)
        cluster.down()
        try:
            assert "next attempt in" in await stands(fleet, "retry")
        finally:
            cluster.up()
        await stands(fleet, "live")
        await begun(cluster, topic, watch)


async def test_an_error_that_nobody_expects_is_told_as_trouble_and_does_not_end_the_source(
    cluster: KafkaCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = "odd"

    async def fails(*_arguments: object, **_options: object) -> None:
        raise TypeError("a fault of the library")

    async with source(cluster, topic) as (backend, watch):
        await begun(cluster, topic, watch)
        with monkeypatch.context() as patch:
            patch.setattr(TopicConsumer, "getmany", fails)
            assert "a fault of the library; next attempt in" in await connected(backend, is_so=False)
            publish(cluster, topic, range(8))
        (got,) = await numbers(8, watch)  # what was published meanwhile comes
        assert sorted(map(str, got)) == sorted(map(str, range(8)))
        await connected(backend, is_so=True)


async def test_a_task_of_the_library_that_has_ended_is_noticed(cluster: KafkaCluster) -> None:
    cluster.leaders("tasks")
    consumer: Any = TopicConsumer("tasks", cluster.servers.split(","), None, {})
    await consumer.start()
    await consumer.check()
    task = consumer._fetcher.error_future
    task.cancel()
    await anyio.wait_all_tasks_blocked()
    with pytest.raises(Exception, match="aiokafka ended a task"):
        await consumer.check()
    await consumer.end()


async def test_a_missing_library_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "aiokafka" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    async with run_fleet(["kafka://127.0.0.1:1/t"], Config(), {}) as fleet:
        await fleet.watch()
        assert "install evtui[kafka]" in await stands(fleet, "retry")


def test_tail_prints_what_is_published(cluster: KafkaCluster, evtui: Evtui) -> None:
    cluster.leaders("tail")
    ended = threading.Event()

    def publish_until_the_end() -> None:
        while not ended.wait(0.1):
            publish(cluster, "tail", [7])

    publisher = threading.Thread(target=publish_until_the_end)
    publisher.start()
    try:
        with tailing(evtui, f"kafka://{cluster.servers}/tail", "E_T", "--json") as tail:
            told = tail.json()
            assert (told["event"], told["params"]["n"]) == ("E_T", 7)
            status, _ = tail.stop(signal.SIGINT)
            assert status == 0
    finally:
        ended.set()
        publisher.join()
