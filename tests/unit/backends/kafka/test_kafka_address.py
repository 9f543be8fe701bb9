"""The addresses of Kafka sources."""

import pytest

from evtui.backends.kafka.kafka_address import KafkaAddress, parse_kafka_address
from evtui.core.errors import BadSocketError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("kafka://h:9092/t", KafkaAddress((("h", 9092),), "t")),
        ("kafka://h:1,[::1]:2/a.b-c?group=g_1", KafkaAddress((("h", 1), ("::1", 2)), "a.b-c", "g_1")),
    ],
)
def test_an_address_has_brokers_a_topic_and_perhaps_a_group(text: str, address: KafkaAddress) -> None:
    assert parse_kafka_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("kafka:h:1/t", "scheme"), ("kafka://h:1", "topic"), ("kafka://h:1/", "topic"), ("kafka://h/t", "port"),
        ("kafka://u:secret/t", "port"), ("kafka://h:1/t@secret", "user"),
        ("kafka://h:1/t?bogus=secret", "options"), ("kafka://h:1/t?group=", "options"),
        ("kafka://u:secret@h:1/t", "user"),
    ],
)  # fmt: skip
def test_the_wrong_part_of_an_address_is_named(text: str, part: str) -> None:
    with pytest.raises(BadSocketError) as refused:
        parse_kafka_address(text)
    assert refused.value.part == part
    assert "secret" not in str(refused.value)
