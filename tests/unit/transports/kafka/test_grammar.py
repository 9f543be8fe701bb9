"""The grammar of Kafka sockets: one spelling, and each refusal names the wrong part."""

import pytest

from evtui.core.errors import BadSocketError
from evtui.transports.kafka.grammar import parse_kafka


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("h:1/t", "h:1/t"),
        ("h/t", "h:9092/t"),
        ("a:1,[0::1]:2,[::2]/My.topic-1_x", "a:1,[::1]:2,[::2]:9092/My.topic-1_x"),
        ("h:1/t?key=call%26id", "h:1/t?key=call%26id"),
        ("h:1/t?t.request.required.acks=-1&durable", "h:1/t?durable=true&t.acks=all"),
        ("h:1/t?g.acks=1&g.compression.codec=gzip", "h:1/t?t.acks=1&t.compression.type=gzip"),
        (
            "h:1/t?g.security.protocol=ssl&g.sasl.mechanisms=plain",
            "h:1/t?g.sasl.mechanism=PLAIN&g.security.protocol=SSL",
        ),
        ("h:1/t?g.queue.buffering.max.ms=5", "h:1/t?g.linger.ms=5"),
    ],
)
def test_a_socket_has_one_spelling_that_is_read_back(written: str, printed: str) -> None:
    found = parse_kafka(written, trusted=True)
    assert found.address == printed
    again = parse_kafka(printed, trusted=True)
    assert (again.address, again.properties) == (printed, found.properties)


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("", "topic"),
        ("h:1", "topic"),
        ("h:1/", "topic"),
        ("h:1/..", "topic"),
        ("h:1/a b", "topic"),
        ("h:1/" + "t" * 250, "topic"),
        ("/t", "host"),
        ("h:1,/t", "host"),
        ("h:0/t", "port"),
        ("h:x/t", "port"),
        ("h:1/t?colour=red", "option 1"),
        ("h:1/t?durable&g.no.such=1", "option 2"),
        ("h:1/t?t.client.id=1", "option 1"),
        ("h:1/t?t.acks=2", "t.acks"),
        ("h:1/t?t.acks=1&g.request.required.acks=1", "t.acks"),
        ("h:1/t?", "options"),
        ("h:1/t?&", "option 1"),
        ("h:1/t?durable&", "option 2"),
        ("h:1/t?key=", "key"),
        ("h:1/t?key=a?durable", "key"),
        ("h:1/t?g.client.id=ag.acks=1", "g.client.id"),
        ("h:1/t?key=a&key=b", "key"),
        ("h:1/t?durable=x", "durable"),
        ("h:1/t?g.batch.size=0", "g.batch.size"),
        ("h:1/t?g.security.protocol=sasl_ssl&g.sasl.username=u", "g.sasl.password"),
        ("h:1/t?g.ssl.ca.location=ca.pem", "g.ssl.ca.location"),
    ],
)
def test_a_wrong_socket_is_refused_by_its_part(address: str, part: str) -> None:
    with pytest.raises(BadSocketError) as refusal:
        parse_kafka(address, trusted=True)
    assert refusal.value.part == part


def test_files_may_not_be_named_over_the_management_interface() -> None:
    text = "h:1/t?g.ssl.ca.location=/etc/ca.pem"
    assert parse_kafka(text, trusted=True).properties == {"ssl.ca.location": "/etc/ca.pem"}
    with pytest.raises(BadSocketError, match="only in the configuration"):
        parse_kafka(text, trusted=False)


def test_no_refusal_repeats_a_password() -> None:
    for wrong in ("t.acks=9", "g.nothing=1", "g.sasl.password=hush", "durable=x"):
        with pytest.raises(BadSocketError) as refusal:
            parse_kafka(f"h:1/t?g.sasl.password=hush&{wrong}", trusted=True)
        assert "hush" not in str(refusal.value)


def test_an_unknown_property_is_refused_with_the_list_of_known_ones() -> None:
    with pytest.raises(BadSocketError, match=r"key, durable, g\.acks.*t\.request\.timeout\.ms"):
        parse_kafka("h:1/t?g.partitioner=random", trusted=True)


def test_an_unknown_property_is_reported_with_the_one_that_is_meant() -> None:
    with pytest.raises(BadSocketError, match=r"option 2: .* perhaps g\.sasl\.password is meant") as refusal:
        parse_kafka("h:1/t?durable&g.sasl.pasword=hush", trusted=True)
    assert "hush" not in str(refusal.value)
