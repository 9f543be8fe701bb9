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


def test_properties_are_those_of_the_transport_and_passwords_are_not_shown() -> None:
    login = "g.security.protocol=sasl_ssl&g.sasl.mechanisms=scram-sha-256&g.sasl.username=u&g.sasl.password=p%26@%3F"
    address = parse_kafka_address(f"kafka://h:1/t?{login}&group=g&g.ssl.ca.location=/etc/ca.pem")
    assert dict(address.properties) == {
        "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-256", "sasl.username": "u",
        "sasl.password": "p&@?", "ssl.ca.location": "/etc/ca.pem",
    }  # fmt: skip
    assert address.group == "g"
    assert str(address) == (
        "kafka://h:1/t?group=g&g.sasl.mechanism=SCRAM-SHA-256&g.sasl.username=u&g.security.protocol=SASL_SSL"
        "&g.ssl.ca.location=/etc/ca.pem"
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("kafka:h:1/t", "scheme"), ("kafka://h:1", "topic"), ("kafka://h:1/", "topic"), ("kafka://h/t", "port"),
        ("kafka://u:secret/t", "port"), ("kafka://h:1/t@secret", "user"),
        ("kafka://h:1/t?bogus=secret", "options"), ("kafka://h:1/t?group=", "options"),
        ("kafka://u:secret@h:1/t", "user"), ("kafka://h:1/t?group=a&group=b", "options"),
        ("kafka://h:1/t?g.sasl.mechanism=secret", "g.sasl.mechanism"), ("kafka://h:1/t?g.secret", "option 1"),
        ("kafka://h:1/t?g.security.protocol=sasl_ssl&g.sasl.password=secret", "g.sasl.username"),
        ("kafka://h:1/t?g.linger.ms=1", "g.linger.ms"), ("kafka://h:1/t?g.sasl.password=secret&key=a", "options"),
    ],
)  # fmt: skip
def test_the_wrong_part_of_an_address_is_named(text: str, part: str) -> None:
    with pytest.raises(BadSocketError) as refused:
        parse_kafka_address(text)
    assert refused.value.part == part
    assert "secret" not in str(refused.value)
