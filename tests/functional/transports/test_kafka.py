"""Kafka over the wire, against a broker made of aiokafka's own protocol classes: order, keys, outages, refusals."""

import asyncio
import importlib.util
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from ssl import Purpose, create_default_context

import anyio
import pytest

from evtui.bootstrap.engine_setup import open_engine
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.records import Record, Settled
from evtui.core.transport import Sender
from evtui.transports.kafka.settings import KafkaSettings
from evtui.transports.kafka.transport import KafkaTransport
from tests.functional.processes.waiting import Pad, deliver, notification, notifications, until, waiting
from tests.functional.transports.fake_kafka import FakeKafka, kafka
from tests.functional.transports.tls_files import TlsFiles
from tests.limits import HANG


def transport(*, key: str | None = None, timeout: float = 5.0) -> KafkaTransport:
    return KafkaTransport(KafkaSettings(timeout=round(timeout * 1000), key=key), clock=REAL_CLOCKS.monotonic)


@asynccontextmanager
async def sender_to(
    broker: FakeKafka, options: str = "", *, key: str | None = None, timeout: float = 5.0
) -> AsyncGenerator[Sender]:
    target = transport(key=key, timeout=timeout).parse("kafka", broker.address + options, trusted=True)
    made = waiting(target).sender
    try:
        yield made
    finally:
        await made.aclose()


@pytest.fixture
async def broker() -> AsyncIterator[FakeKafka]:
    async with kafka() as made:
        yield made


async def test_a_batch_is_one_request_in_order_and_acknowledged(broker: FakeKafka) -> None:
    async with sender_to(broker) as sender:
        pad = await deliver(sender, notifications(range(500)))
        assert sender.confirms
    assert pad.told == [(place, None) for place in range(500)]
    assert broker.values() == [item.payload for item in notifications(range(500))]
    assert (broker.requests, broker.acks) == (1, [-1])


async def test_a_message_carries_its_id_its_event_and_its_time(broker: FakeKafka) -> None:
    async with sender_to(broker) as sender:
        await deliver(sender, notifications([7]))
    (taken,) = broker.taken
    assert taken.headers == {"message_id": b"run-7", "event": b"E_T"}
    assert (taken.timestamp, taken.key) == (1_700_000_007_000, None)


async def test_connections_are_kept_between_batches(broker: FakeKafka) -> None:
    async with sender_to(broker) as sender:
        for number in range(3):
            await deliver(sender, notifications([number]))
        connections = broker.connections
    assert (broker.requests, connections) == (3, 2)  # one to bootstrap, one to the leader


async def test_equal_keys_stay_together_and_in_order() -> None:
    async with kafka(partitions=4) as broker, sender_to(broker, "?key=call") as sender:
        batch = [notification(n, {"call": f"c{n % 10}", "n": n}) for n in range(200)]
        pad = await deliver(sender, batch)
        assert sorted(pad.delivered) == list(range(200))
    where: dict[bytes | None, set[int]] = {}
    for taken in broker.taken:
        where.setdefault(taken.key, set()).add(taken.partition)
    assert sorted(key or b"" for key in where) == [f"c{n}".encode() for n in range(10)]
    assert {len(partitions) for partitions in where.values()} == {1}
    assert len({taken.partition for taken in broker.taken}) > 1
    for key in where:
        ids = [int(taken.headers["message_id"][4:]) for taken in broker.taken if taken.key == key]
        assert ids == sorted(ids)


async def test_the_key_may_be_configured_and_a_socket_has_its_own(broker: FakeKafka) -> None:
    async with sender_to(broker, key="a") as sender, sender_to(broker, "?key=b", key="a") as other:
        await deliver(
            sender, [notification(1, {"a": "é", "b": 2}), notification(2, {"b": 2}), notification(3, {"a": None})]
        )
        await deliver(other, [notification(4, {"a": 1, "b": 2})])
    assert [taken.key for taken in broker.taken] == ["é".encode(), None, None, b"2"]


async def test_without_a_key_the_notifications_of_an_event_stay_in_order() -> None:
    async with kafka(partitions=4) as broker, sender_to(broker) as sender:
        await deliver(sender, [notification(n, event=f"E_{n % 8}") for n in range(80)])
    where = {(taken.headers["event"], taken.partition) for taken in broker.taken}
    assert len(where) == 8
    assert len({partition for _, partition in where}) > 1


async def test_a_broker_that_restarts_while_idle_gets_the_next_notification_once(broker: FakeKafka) -> None:
    async with sender_to(broker) as sender:
        await deliver(sender, notifications([1]))
        await broker.stop()
        await broker.start()
        await _eventually(sender, 2)
    assert broker.values() == [item.payload for item in notifications([1, 2])]


async def _eventually(sender: Sender, number: int) -> None:
    """Try one notification again as an outbox does."""
    with anyio.fail_after(HANG):
        while True:
            try:
                await sender.send(notifications([number]), Pad())
            except DeliveryError:
                await anyio.sleep(0.01)
            else:
                return


async def test_a_broker_that_is_away_is_said_so_and_gets_everything_when_it_is_back(broker: FakeKafka) -> None:
    async with sender_to(broker) as sender:
        await deliver(sender, notifications([1]))
        await broker.stop()
        for _ in range(2):
            with anyio.fail_after(HANG), pytest.raises(DeliveryError):
                await sender.send(notifications([2]), Pad())
        with pytest.raises(DeliveryError, match="no broker answers"):
            await sender.send(notifications([2]), Pad())
        await broker.start()
        await deliver(sender, notifications([2, 3]))
    assert broker.values() == [item.payload for item in notifications([1, 2, 3])]


async def test_a_connection_lost_before_the_answer_is_a_duplicate_with_the_same_id_at_worst(broker: FakeKafka) -> None:
    broker.hang_up_after = 1
    pad = Pad()
    async with sender_to(broker) as sender:
        with anyio.fail_after(HANG), pytest.raises(DeliveryError, match="at the leader"):
            await sender.send(notifications(range(3)), pad)
        assert pad.told == []
        assert (await deliver(sender, notifications(range(3)))).delivered == [0, 1, 2]
    ids = [taken.headers["message_id"] for taken in broker.taken]
    assert ids == [b"run-0", b"run-1", b"run-2"] * 2


async def test_a_broker_that_never_answers_can_be_given_up_and_tried_again(broker: FakeKafka) -> None:
    broker.hangs = True
    pad = Pad()
    async with sender_to(broker) as sender:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sender.send, notifications([1]), pad)
            await until(lambda: broker.requests == 1)
            tasks.cancel_scope.cancel()
        broker.hangs = False
        assert pad.told == []
        assert (await deliver(sender, notifications([1]))).delivered == [0]
    assert len(broker.taken) == 1


async def test_a_leader_that_cannot_at_the_moment_is_tried_again(broker: FakeKafka) -> None:
    broker.errors = [6, 19]
    pad = Pad()
    async with sender_to(broker) as sender:
        for name in ("NotLeaderForPartitionError", "NotEnoughReplicasError"):
            with pytest.raises(DeliveryError, match=name):
                await sender.send(notifications([1]), pad)
        assert pad.told == []
        await deliver(sender, notifications([1]))
    assert broker.values() == [notifications([1])[0].payload]


async def test_what_the_broker_will_never_take_fails_alone(broker: FakeKafka) -> None:
    broker.poison = notifications([5])[0].payload
    async with sender_to(broker) as sender:
        pad = await deliver(sender, notifications(range(10)))
    assert pad.refused == {5: "MessageSizeTooLargeError"}
    assert broker.values() == [item.payload for item in notifications(range(10)) if item.serial != 5]


async def test_a_batch_that_is_too_large_for_the_broker_is_sent_in_parts(broker: FakeKafka) -> None:
    broker.max_batch = 2000
    async with sender_to(broker) as sender:
        pad = await deliver(sender, notifications(range(100)))
    assert pad.delivered == list(range(100))
    assert broker.values() == [item.payload for item in notifications(range(100))]


async def test_more_than_one_request_may_hold_goes_out_in_several(broker: FakeKafka) -> None:
    async with sender_to(broker, "?g.batch.size=1000") as sender:
        pad = await deliver(sender, notifications(range(100)))
    assert pad.delivered == list(range(100))
    assert broker.requests > 5
    assert broker.values() == [item.payload for item in notifications(range(100))]


async def test_notifications_for_an_unknown_topic_wait_until_it_is_made(broker: FakeKafka) -> None:
    broker.topics = set()
    async with sender_to(broker) as sender:
        with anyio.fail_after(HANG), pytest.raises(DeliveryError, match="do not know the topic events"):
            await sender.send(notifications([1]), Pad())
        broker.topics = {"events"}
        assert (await deliver(sender, notifications([1]))).delivered == [0]


async def test_without_acks_nothing_is_confirmed(broker: FakeKafka) -> None:
    async with sender_to(broker, "?t.acks=0") as sender:
        assert not sender.confirms
        assert (await deliver(sender, notifications([1]))).delivered == [0]
        await until(lambda: len(broker.taken) == 1)
    assert broker.acks == [0]


async def test_compressed_messages_are_read_back(broker: FakeKafka) -> None:
    async with sender_to(broker, "?g.compression.codec=gzip") as sender:
        await deliver(sender, notifications(range(50)))
    assert broker.values() == [item.payload for item in notifications(range(50))]


_LOGIN = "?g.security.protocol=sasl_plaintext&g.sasl.username=u&g.sasl.password="


async def test_a_user_is_let_in_with_the_right_password_only(broker: FakeKafka) -> None:
    broker.password = ("u", "p&ss")
    async with sender_to(broker, f"{_LOGIN}p%26ss") as sender:
        assert (await deliver(sender, notifications([1]))).delivered == [0]
    async with sender_to(broker, f"{_LOGIN}wrong") as sender:
        with pytest.raises(DeliveryError, match="accepts the connection"):
            await sender.send(notifications([1]), Pad())


@pytest.mark.parametrize(
    ("options", "let_in"),
    [
        ("&g.ssl.ca.location={ca}", True),
        ("&g.ssl.ca.location={other_ca}", False),
        ("", False),
        ("&g.enable.ssl.certificate.verification=false", True),
    ],
)
async def test_tls_talks_only_to_a_broker_whose_certificate_holds(tmp_path: Path, options: str, let_in: bool) -> None:
    files = TlsFiles(tmp_path)
    broker = FakeKafka()
    broker.tls = create_default_context(Purpose.CLIENT_AUTH)
    broker.tls.load_cert_chain(files.server, files.server_key)
    await broker.start()
    try:
        text = f"?g.security.protocol=ssl{options.format(ca=files.ca, other_ca=files.other_ca)}"
        async with sender_to(broker, text) as sender:
            if let_in:
                assert (await deliver(sender, notifications([1]))).delivered == [0]
            else:
                with anyio.fail_after(HANG), pytest.raises(DeliveryError, match="accepts the connection"):
                    await sender.send(notifications([1]), Pad())
    finally:
        await broker.stop()
    assert len(broker.taken) == let_in


async def test_a_broker_that_says_it_is_where_we_do_not_send_is_not_asked(broker: FakeKafka) -> None:
    broker.advertised = ("169.254.169.254", 9092)
    async with sender_to(broker) as sender:
        with pytest.raises(DeliveryError, match=r"link-local: allow it in transports\.kafka\.allow"):
            await sender.send(notifications([1]), Pad())
    assert broker.connections == 1


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "0.0.0.0", "[::ffff:169.254.1.1]", "224.0.0.1"])
async def test_a_bootstrap_broker_where_we_do_not_send_is_refused_at_subscribe(host: str) -> None:
    with pytest.raises(BadSocketError, match=r"transports\.kafka\.allow"):
        transport().parse("kafka", f"127.0.0.1:1,{host}:9092/t", trusted=False).open()


async def test_passwords_are_printed_nowhere() -> None:
    target = transport().parse("kafka", f"127.0.0.1:1/t{_LOGIN}hush", trusted=True)
    assert "hush" not in str(target.socket)
    assert "hush" in target.source
    again = transport().parse("kafka", target.source.removeprefix("kafka:"), trusted=True)
    assert (again.socket, again.secret) == (target.socket, target.secret)
    assert transport().parse("kafka", f"127.0.0.1:1/t{_LOGIN}other", trusted=True).socket == target.socket


async def test_a_missing_library_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> object:
        return None if name == "aiokafka" else find(name, package)

    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", without)
        with pytest.raises(BadSocketError, match=r"install evtui\[kafka\]"):
            transport().parse("kafka", "127.0.0.1:1/t", trusted=True)


async def test_certificates_that_cannot_be_read_are_reported_at_subscribe() -> None:
    text = "127.0.0.1:1/t?g.security.protocol=ssl&g.ssl.ca.location=/nowhere/ca.pem"
    with pytest.raises(BadSocketError, match="cannot be read"):
        transport().parse("kafka", text, trusted=True).open()


async def test_an_engine_rides_out_a_restart_in_order(broker: FakeKafka) -> None:
    settled: list[Record] = []
    async with open_engine(events=["E_T"], subscribe=[f"E_T kafka:{broker.address}"]) as engine:
        watch = engine.watch(["E_T"])

        def all_settled(count: int) -> Callable[[], bool]:
            def check() -> bool:
                settled.extend(record for record in watch.read() if isinstance(record, Settled))
                return len(settled) >= count

            return check

        for number in range(300):
            engine.raise_event("E_T", (number,))
        await until(all_settled(300))
        await broker.stop()
        for number in range(300, 600):
            engine.raise_event("E_T", (number,))
        await broker.start()
        await until(all_settled(600))
    assert {record.outcome for record in settled if isinstance(record, Settled)} == {"acknowledged"}
    assert [int(value.rpartition(b"[")[2].rstrip(b"]}")) for value in broker.values()] == list(range(600))


@asynccontextmanager
async def answering(greeting: bytes) -> AsyncGenerator[str]:
    """Serve a peer that answers the first bytes with these and goes on with zeros as long as it is read."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read(1)
            writer.write(greeting)
            for _ in range(512):
                writer.write(bytes(1 << 16))
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}/events"


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (b"\x7f\xff\xff\xff", "the broker broke the protocol: a reply of 2,147,483,647 bytes, more than 16,384"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the broker broke the protocol: a reply of 1,213,486,160 bytes"),
        (b"\x80\0\0\0", "the broker broke the protocol: a reply of -2,147,483,648 bytes"),
        (b"\0\0\0\x08" + bytes(8), "no broker answers"),
        (b"\0\0\0\x08" + b"\0\0\0\x01" + b"\xff" * 4, "no broker answers"),
    ],
)
async def test_what_a_peer_announces_is_not_waited_for_and_takes_no_memory(greeting: bytes, said: str) -> None:
    async with answering(greeting) as address:
        sender = waiting(transport().parse("kafka", address, trusted=True)).sender
        tracemalloc.start()
        try:
            with anyio.fail_after(HANG), pytest.raises(DeliveryError, match=said):
                await sender.send(notifications([1]), Pad())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            await sender.aclose()
    assert peak < 8 << 20


IDEMPOTENT = "?g.enable.idempotence=true"


async def test_with_producer_ids_a_retry_after_a_lost_answer_is_no_duplicate() -> None:
    async with kafka(partitions=4) as broker, sender_to(broker, IDEMPOTENT + "&key=n") as sender:
        batch = [notification(n, {"n": n % 5}) for n in range(40)]
        await deliver(sender, batch[:10])
        for _ in range(3):
            broker.hang_up_after = 1
            with anyio.fail_after(HANG), pytest.raises(DeliveryError, match="at the leader"):
                await sender.send(batch[10:30], Pad())
        assert sorted((await deliver(sender, batch[10:])).delivered) == list(range(30))
    ids = [taken.headers["message_id"] for taken in broker.taken]
    assert sorted(ids) == sorted(f"run-{n}".encode() for n in range(40))
    assert broker.producers == 1


async def test_more_that_waits_at_a_retry_does_not_change_the_batch_that_is_sent_again(broker: FakeKafka) -> None:
    async with sender_to(broker, IDEMPOTENT) as sender:
        broker.hang_up_after = 1
        with anyio.fail_after(HANG), pytest.raises(DeliveryError):
            await sender.send(notifications(range(3)), Pad())
        assert (await deliver(sender, notifications(range(9)))).delivered == list(range(9))
    assert broker.values() == [item.payload for item in notifications(range(9))]


async def test_when_a_notification_without_an_answer_is_gone_a_new_producer_id_goes_on(broker: FakeKafka) -> None:
    async with sender_to(broker, IDEMPOTENT) as sender:
        broker.hang_up_after = 1
        with anyio.fail_after(HANG), pytest.raises(DeliveryError):
            await sender.send(notifications(range(3)), Pad())
        await deliver(sender, notifications(range(2, 6)))
    assert broker.producers == 2
    assert broker.values()[-3:] == [item.payload for item in notifications(range(3, 6))]


@pytest.mark.parametrize("code", [45, 47, 59])
async def test_brokers_that_lost_the_producer_get_a_new_one(broker: FakeKafka, code: int) -> None:
    async with sender_to(broker, IDEMPOTENT) as sender:
        await deliver(sender, notifications([0]))
        broker.errors = [code]
        with anyio.fail_after(HANG), pytest.raises(DeliveryError):
            await sender.send(notifications([1, 2]), Pad())
        await deliver(sender, notifications([1, 2]))
    assert (broker.values(), broker.producers) == ([item.payload for item in notifications(range(3))], 2)


async def test_a_refused_notification_takes_no_number_with_it(broker: FakeKafka) -> None:
    broker.poison = notifications([2])[0].payload
    async with sender_to(broker, IDEMPOTENT) as sender:
        pad = await deliver(sender, notifications(range(6)))
        await deliver(sender, notifications([6]))
    assert (list(pad.refused), pad.delivered) == ([2], [0, 1, 3, 4, 5])
    assert broker.values() == [item.payload for item in notifications([0, 1, 3, 4, 5, 6])]


async def test_a_cluster_that_gives_no_producer_ids_says_so(broker: FakeKafka) -> None:
    broker.gives_ids = False
    async with sender_to(broker, IDEMPOTENT) as sender:
        with anyio.fail_after(HANG), pytest.raises(DeliveryError, match=r"a producer id, for g\.enable\.idempotence"):
            await sender.send(notifications([1]), Pad())


@pytest.mark.parametrize("acks", ["0", "1"])
def test_producer_ids_need_the_acknowledgement_of_all(acks: str) -> None:
    with pytest.raises(BadSocketError) as error:
        transport().parse("kafka", f"127.0.0.1:1/t{IDEMPOTENT}&t.acks={acks}", trusted=True)
    assert error.value.part == "t.acks"
