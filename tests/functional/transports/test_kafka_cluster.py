"""Kafka beside brokers and a consumer that evtui's library did not write: those of librdkafka."""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from confluent_kafka import Message

from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.errors import DeliveryError
from evtui.core.transport import Notification, Sender
from evtui.transports.kafka.settings import KafkaSettings
from evtui.transports.kafka.transport import KafkaTransport
from tests.functional.processes.waiting import Pad, deliver, notification, notifications, waiting
from tests.functional.transports.kafka_cluster import PARTITIONS, KafkaCluster, Reader, value_of
from tests.limits import HANG


@pytest.fixture(scope="module")
def cluster() -> Generator[KafkaCluster]:
    with closing(KafkaCluster()) as made:
        yield made


@pytest.fixture
def own_cluster() -> Generator[KafkaCluster]:
    """Make a cluster whose brokers a test may take away."""
    with closing(KafkaCluster()) as made:
        yield made


async def deliver_in_the_end(sender: Sender, batch: Sequence[Notification]) -> None:
    """Deliver a batch, again and again, as an outbox does."""
    done: set[int] = set()
    with anyio.fail_after(HANG):
        while rest := [place for place in range(len(batch)) if place not in done]:
            pad = Pad()
            with suppress(DeliveryError):
                await sender.send([batch[place] for place in rest], pad)
            done.update(rest[at] for at, _ in pad.told)


@asynccontextmanager
async def sender_to(
    cluster: KafkaCluster, topic: str, options: str = "", timeout: int = 20_000
) -> AsyncGenerator[Sender]:
    transport = KafkaTransport(KafkaSettings(timeout=timeout), clock=REAL_CLOCKS.monotonic)
    target = transport.parse("kafka", f"{cluster.servers}/{topic}{options}", trusted=True)
    made = waiting(target).sender
    try:
        yield made
    finally:
        await made.aclose()


def test_it_is_three_brokers(cluster: KafkaCluster) -> None:
    assert len(cluster.brokers) == 3
    assert set(cluster.leaders("led").values()) <= cluster.brokers.keys()


async def test_a_topic_that_does_not_exist_yet_is_made_and_gets_all_in_order(cluster: KafkaCluster) -> None:
    assert "new" not in cluster.topics()
    async with sender_to(cluster, "new", "?t.acks=all") as sender:
        pad = await deliver(sender, notifications(range(500)))
        assert sender.confirms
    assert pad.delivered == list(range(500))
    with closing(Reader(cluster, "new")) as reader:
        messages = await to_thread.run_sync(reader.read, 500)
        assert await to_thread.run_sync(reader.nothing_more)
    assert [value_of(message) for message in messages] == [[number] for number in range(500)]
    first = messages[0]
    headers = dict(first.headers() or [])
    assert (headers, first.timestamp()[1]) == ({"message_id": b"run-0", "event": b"E_T"}, 1_700_000_000_000)


async def test_keys_go_to_the_partitions_that_other_clients_choose(cluster: KafkaCluster) -> None:
    keys = [f"call-{number}" for number in range(40)] + ["", "é", "☎ 😀"]
    async with sender_to(cluster, "keyed", "?key=call") as sender:
        await deliver(sender, [notification(n, {"call": key, "n": n}) for n, key in enumerate(keys * 3)])
    with closing(Reader(cluster, "keyed")) as reader:
        messages = await to_thread.run_sync(reader.read, 3 * len(keys))
    ours = {message.key(): message.partition() for message in messages}
    theirs = await to_thread.run_sync(cluster.partitions_of, "keyed-elsewhere", [key.encode() for key in keys])
    assert ours == theirs
    assert set(ours.values()) == set(range(PARTITIONS))
    for key in keys:
        numbers = [value_of(message)["n"] for message in messages if message.key() == key.encode()]
        assert numbers == sorted(numbers), "in order"


async def test_a_group_of_consumers_reads_on_after_a_restart(cluster: KafkaCluster) -> None:
    async with sender_to(cluster, "resumed") as sender:
        await deliver(sender, notifications(range(10)))
        with closing(Reader(cluster, "resumed", "group")) as reader:
            first = await to_thread.run_sync(reader.read, 4)
        await deliver(sender, notifications(range(10, 20)))
        with closing(Reader(cluster, "resumed", "group")) as reader:
            second = await to_thread.run_sync(reader.read, 16)
            assert await to_thread.run_sync(reader.nothing_more)
    assert [value_of(message) for message in (*first, *second)] == [[number] for number in range(20)]


@pytest.mark.parametrize("acks", ["0", "1", "all"])
async def test_each_kind_of_acknowledgement_arrives(cluster: KafkaCluster, acks: str) -> None:
    topic = f"acks-{acks}"
    cluster.leaders(topic)
    async with sender_to(cluster, topic, f"?t.acks={acks}") as sender:
        pad = await deliver(sender, notifications(range(50)))
        assert sender.confirms == (acks != "0")
        with closing(Reader(cluster, topic)) as reader:
            messages = await to_thread.run_sync(reader.read, 50)
    assert pad.delivered == list(range(50))
    assert [value_of(message) for message in messages] == [[number] for number in range(50)]


@pytest.mark.parametrize("compression", ["gzip"])
async def test_compressed_batches_are_read_by_another_library(cluster: KafkaCluster, compression: str) -> None:
    async with sender_to(cluster, "packed", f"?t.compression.type={compression}") as sender:
        await deliver(sender, notifications(range(200)))
    with closing(Reader(cluster, "packed")) as reader:
        messages = await to_thread.run_sync(reader.read, 200)
    assert [value_of(message) for message in messages] == [[number] for number in range(200)]


async def test_one_broker_of_three_is_enough_to_begin(cluster: KafkaCluster) -> None:
    """The first brokers of a socket may be away; the leaders come from the one that answers."""
    (last, *_) = cluster.brokers.values()
    transport = KafkaTransport(KafkaSettings(timeout=20_000), clock=REAL_CLOCKS.monotonic)
    target = transport.parse("kafka", f"127.0.0.1:1,{last}/begun", trusted=True)
    sender = waiting(target).sender
    await deliver(sender, notifications(range(5)))
    await sender.aclose()
    with closing(Reader(cluster, "begun")) as reader:
        assert len(await to_thread.run_sync(reader.read, 5)) == 5


async def test_batches_with_producer_ids_are_taken(cluster: KafkaCluster) -> None:
    async with sender_to(cluster, "numbered", "?g.enable.idempotence=true&key=n") as sender:
        for begin in range(0, 60, 20):
            batch = [notification(n, {"n": n % 7, "serial": n}) for n in range(begin, begin + 20)]
            assert len((await deliver(sender, batch)).delivered) == 20
    with closing(Reader(cluster, "numbered")) as reader:
        messages = await to_thread.run_sync(reader.read, 60)
        assert await to_thread.run_sync(reader.nothing_more)
    assert sorted(value_of(message)["serial"] for message in messages) == list(range(60))


async def test_a_broker_that_goes_is_left_for_the_new_leader_and_nothing_is_lost(own_cluster: KafkaCluster) -> None:
    """One connection is cut in the middle; the next metadata names the new leader of its partition."""
    own_cluster.leaders("moved")
    async with sender_to(own_cluster, "moved", "?g.enable.idempotence=true&key=n", timeout=1000) as sender:
        await deliver(sender, [notification(n, {"n": n % 9, "serial": n}) for n in range(40)])
        gone = next(iter(own_cluster.leaders("moved").values()))
        stays = next(broker for broker in own_cluster.brokers if broker != gone)
        own_cluster.down(gone)
        for partition, leader in own_cluster.leaders("moved").items():
            if leader == gone:
                own_cluster.lead("moved", partition, stays)
        await deliver_in_the_end(sender, [notification(n, {"n": n % 9, "serial": n}) for n in range(40, 80)])
    with closing(Reader(own_cluster, "moved")) as reader:
        messages = await to_thread.run_sync(reader.read, 80)
        assert await to_thread.run_sync(reader.nothing_more)
    assert sorted(value_of(message)["serial"] for message in messages) == list(range(80))
    for key in range(9):
        numbers = [value_of(message)["serial"] for message in messages if message.key() == str(key).encode()]
        assert numbers == sorted(numbers), "in order"


async def test_a_broker_that_goes_and_comes_back_gets_what_waited(own_cluster: KafkaCluster) -> None:
    own_cluster.leaders("back")
    async with sender_to(own_cluster, "back", timeout=1000) as sender:
        await deliver(sender, notifications(range(5)))
        own_cluster.down()
        with pytest.raises(DeliveryError, match="Connect"):
            await deliver(sender, notifications(range(5, 10)))
        own_cluster.up()
        await deliver_in_the_end(sender, notifications(range(5, 10)))
    with closing(Reader(own_cluster, "back")) as reader:
        messages = await to_thread.run_sync(reader.read, 10)
    assert [value_of(message) for message in messages] == [[number] for number in range(10)]


async def test_a_run_that_was_killed_before_the_answer_may_send_again_with_the_same_message_id(
    own_cluster: KafkaCluster, tmp_path: Path
) -> None:
    """Idempotence holds within a run: the next one has another producer id. A consumer knows a duplicate by its id.

    The mock cluster leaves out no duplicates, not even those of librdkafka's own producer: `fake_kafka.py` does.
    """
    topic, spool = "killed", str(tmp_path / "spool.db")
    own_cluster.leaders(topic)
    settings = {"kafka": {"durable": True, "backoff": 0.05, "max_backoff": 0.1}}
    socket = f"kafka:{own_cluster.servers}/{topic}?g.enable.idempotence=true"
    with closing(Reader(own_cluster, topic)) as reader:
        taken: list[Message] = []
        with anyio.CancelScope() as killed:
            async with open_engine(events=["E_T"], transports=settings, engine={"spool": spool}) as first:
                first.subscribe("E_T", socket)
                first.raise_event("E_T", [0])
                taken += await to_thread.run_sync(reader.read, 1)
                own_cluster.answer_late(60_000)
                for number in range(1, 6):
                    first.raise_event("E_T", [number])
                taken += await to_thread.run_sync(reader.read, 1)  # it is there, and its answer is not
                killed.cancel()
        own_cluster.forget_lateness()
        async with open_engine(events=["E_T"], transports=settings, engine={"spool": spool}) as second:
            with anyio.fail_after(HANG):
                while second.outbox_states():  # noqa: ASYNC110 - the end of an outbox rings no bell
                    await anyio.sleep(0.02)
        found = taken + await to_thread.run_sync(reader.read_rest)
    ids: dict[object, list[object]] = {}
    for message in found:
        ids.setdefault(dict(message.headers() or [])["message_id"], []).append(value_of(message)[0])
    assert [numbers[0] for numbers in ids.values()] == list(range(6)), "each arrived, in order"
    assert all(len(set(numbers)) == 1 for numbers in ids.values())
    assert len(found) > len(ids), "a duplicate that the second run sent"
