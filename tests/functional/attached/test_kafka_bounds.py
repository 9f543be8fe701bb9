"""Kafka sources behind TLS and a login, and brokers that mean harm."""

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from ssl import Purpose, create_default_context
from typing import Any
from urllib.parse import quote

import pytest
from confluent_kafka import Producer

from evtui.backends.kafka import bounded_library
from evtui.backends.kafka.backend import open_kafka
from evtui.backends.kafka.bounded_library import LONGEST_BATCH, LONGEST_REPLY, BatchTooLongError, unpack_gzip
from evtui.backends.kafka.kafka_address import parse_kafka_address
from evtui.backends.kafka.topic_consumer import TopicConsumer
from evtui.bootstrap.fleet_setup import run_fleet
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.schema import Config
from evtui.transports.kafka.client import CheckedConnection
from tests.functional.attached.kafka_guard import guarded
from tests.functional.attached.test_kafka_source import begun, connected, numbers, publish, source, stands
from tests.functional.transports.kafka_cluster import KafkaCluster
from tests.functional.transports.tls_files import TlsFiles
from tests.hostile.hostile_peers import BEHAVIOURS, COMMON, HostilePeer

PASSWORD = "s3cret&/@?"


@pytest.fixture(scope="module")
def cluster() -> Iterator[KafkaCluster]:
    with closing(KafkaCluster()) as made:
        yield made


async def test_a_source_behind_tls_and_a_login_is_read_and_shows_no_password(
    cluster: KafkaCluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cluster.leaders("guarded")
    files = TlsFiles(tmp_path, address="127.0.0.2")
    tls = create_default_context(Purpose.CLIENT_AUTH)
    tls.load_cert_chain(files.server, files.server_key)
    async with guarded(cluster.servers, tls, "u", PASSWORD) as doors:

        def text(password: str, ca: Path) -> str:
            login = f"g.sasl.username=u&g.sasl.password={quote(password, safe='')}"
            return f"kafka://{','.join(doors)}/guarded?g.security.protocol=sasl_ssl&{login}&g.ssl.ca.location={ca}"

        async with open_kafka(parse_kafka_address(text(PASSWORD, files.ca)), REAL_CLOCKS) as backend:
            watch: Any = await backend.watch()
            await begun(cluster, "guarded", watch)
            publish(cluster, "guarded", range(8))
            (got,) = await numbers(8, watch)
            assert sorted(map(str, got)) == sorted(map(str, range(8)))
            assert (await backend.status()).source.endswith(
                f"/guarded?g.sasl.username=u&g.security.protocol=SASL_SSL&g.ssl.ca.location={files.ca}"
            )
            await watch.aclose()
        for wrong in (text("other", files.ca), text(PASSWORD, files.other_ca)):
            async with run_fleet([f"bus={wrong}"], Config(), {}) as fleet:
                shown = [str((await fleet.status()).servers)]
                await fleet.watch()
                why = await stands(fleet, "retry")
                assert "accepts the connection (127.0.0.2:" in why
                assert ("certificate" in why.lower()) is (wrong == text(PASSWORD, files.other_ca))
                shown += [why, str((await fleet.status()).servers)]
            assert not re.search(r"s3cret|other(?!_ca)", "".join(shown))
    assert not re.search("s3cret", caplog.text)


@pytest.mark.parametrize("name", ["endless", "huge", "negative", "resetting", "wrong"])
async def test_a_hostile_broker_is_given_up_with_the_reason(name: str) -> None:
    with closing(HostilePeer({**BEHAVIOURS["kafka"], **COMMON}[name])) as peer:
        text = f"kafka://127.0.0.1:{peer.port}/t"
        async with open_kafka(parse_kafka_address(text), REAL_CLOCKS) as backend:
            await backend.watch()
            why = await connected(backend, is_so=False)
            assert f"accepts the connection (127.0.0.1:{peer.port}: " in why
            if name in {"huge", "negative", "wrong"}:
                assert "the broker broke the protocol: a reply of" in why


async def test_the_connections_of_a_consumer_bound_their_replies(cluster: KafkaCluster) -> None:
    cluster.leaders("bounded")
    consumer: Any = TopicConsumer("bounded", cluster.servers.split(","), None, {})
    await consumer.begin()
    made = list(consumer._client._conns.values())
    assert made
    assert [(type(each), each.checked.limit) for each in made] == [(CheckedConnection, LONGEST_REPLY)] * len(made)
    await consumer.end()


async def test_a_batch_that_unpacks_to_too_much_is_told(cluster: KafkaCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = "packed"
    producer = Producer({"bootstrap.servers": cluster.servers, "compression.type": "gzip", "linger.ms": 0})

    def packed(number: int, size: int) -> None:
        body = {"jsonrpc": "2.0", "method": "E_T", "params": {"n": number, "pad": "x" * size}}
        producer.produce(topic, json.dumps(body).encode())
        assert producer.flush(10) == 0

    async with source(cluster, topic) as (backend, watch):
        await begun(cluster, topic, watch)
        packed(1, 3000)
        (got,) = await numbers(1, watch)
        assert got == [1]
        monkeypatch.setattr(bounded_library, "LONGEST_BATCH", 2000)
        packed(2, 3000)
        assert "a compressed batch unpacks to more than 2,000 bytes" in await connected(backend, is_so=False)


def test_a_small_batch_cannot_unpack_to_all_memory() -> None:
    assert unpack_gzip(memoryview(gzip.compress(b"a") + gzip.compress(b"b"))) == b"ab"
    bomb = gzip.compress(bytes(LONGEST_BATCH + 1))
    with pytest.raises(BatchTooLongError, match="more than 67,108,864 bytes"):
        unpack_gzip(bomb)
