"""Addresses of exchanges to consume: read, refused by part, and shown without their password."""

import pytest

from evtui.backends.amqp.address import AmqpAddress, is_amqp, parse_amqp_address
from evtui.core.errors import BadSocketError


def test_every_part_is_read() -> None:
    address = parse_amqp_address(
        "amqps://us%40er:p%2Fw@[::1]:7777/v%2F1?exchange=opensips&key=E_PIKE.*&key=E_A.%23&queue=q&prefetch=7"
        "&durable=false&heartbeat=3&ca_file=/a.pem&cert_file=/b.pem&key_file=/c.pem&verify=no"
    )
    assert address == AmqpAddress(
        "us@er", "p/w", "::1", 7777, "v/1", True, "opensips", ("E_PIKE.*", "E_A.#"), "q", 7, False, 3,
        "/a.pem", "/b.pem", "/c.pem", False,
    )  # fmt: skip


def test_parts_that_are_left_out_have_the_defaults_of_a_broker() -> None:
    address = parse_amqp_address("amqp://broker?exchange=x")
    assert (address.user, address.password, address.port, address.vhost) == ("guest", "guest", 5672, "/")
    assert (address.keys, address.queue, address.verify) == (("#",), None, None)
    assert parse_amqp_address("amqps://broker/?exchange=x").port == 5671
    assert parse_amqp_address("amqp://broker/?exchange=x").vhost == "/"
    assert parse_amqp_address("amqp://broker/v?queue=q").keys == ()


def test_the_shown_address_has_no_password_and_is_otherwise_read_as_the_same() -> None:
    address = parse_amqp_address("amqp://me:secret@[::1]/v%2F1?exchange=a%26b&key=x.#&key=y&queue=q q")
    assert str(address) == "amqp://me@[::1]:5672/v%2F1?exchange=a%26b&key=x.#&key=y&queue=q%20q"
    again = parse_amqp_address(str(address))
    assert (again.keys, again.exchange, again.vhost) == (address.keys, address.exchange, address.vhost)
    assert str(parse_amqp_address("amqp://me:secret@h?exchange=x&key=%23")) == "amqp://me@h:5672?exchange=x"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("amqp:host", "scheme"),
        ("http://host?exchange=x", "scheme"),
        ("amqp://?exchange=x", "host"),
        ("amqp://me:secret@?exchange=x", "host"),
        ("amqp://me:sec/ret@host?exchange=x", "host"),
        ("amqp://me:12/secret@host?exchange=x", "host"),
        ("amqp://me:12?secret@host?exchange=x", "host"),
        ("amqp://me:secret?exchange=x", "port"),
        ("amqp://me:secret", "port"),
        ("amqp://me:secret@host:0?exchange=x", "port"),
        ("amqp://me:secret@host:port?exchange=x", "port"),
        ("amqp://:secret@host?exchange=x", "user"),
        ("amqp://me:%FFsecret@host?exchange=x", "password"),
        ("amqp://me:secret@host/a/b?exchange=x", "virtual host"),
        ("amqp://me:secret@host", "exchange"),
        ("amqp://me:secret@host?exchange=", "exchange"),
        ("amqp://me:secret@host?exchange=x&exchange=y", "exchange"),
        (f"amqp://me:secret@host?exchange={'x' * 256}", "exchange"),
        ("amqp://me:secret@host?key=a", "exchange"),
        ("amqp://me:secret@host?queue=q&key=a", "key"),
        ("amqp://me:secret@host?exchange=x&durable", "durable"),
        ("amqp://me:secret@host?queue=q&durable=perhaps", "durable"),
        ("amqp://me:secret@host?exchange=x&prefetch=0", "prefetch"),
        ("amqp://me:secret@host?exchange=x&heartbeat=65536", "heartbeat"),
        ("amqp://me:secret@host?exchange=x&frob=1", "frob"),
        ("amqp://me:secret@host?exchange=x&verify=no", "verify"),
        ("amqps://me:secret@host?exchange=x&cert_file=/a", "key_file"),
        ("amqps://me:secret@host?exchange=x&key_file=/a", "cert_file"),
    ],
)
def test_the_wrong_part_is_named_and_the_password_is_not(text: str, part: str) -> None:
    with pytest.raises(BadSocketError) as refused:
        parse_amqp_address(text)
    assert refused.value.part == part
    assert "secret" not in str(refused.value)
    assert "ret@" not in str(refused.value)


def test_an_empty_key_binds_too() -> None:
    assert parse_amqp_address("amqp://h?exchange=direct&key=").keys == ("",)


def test_addresses_of_brokers_are_recognised() -> None:
    assert is_amqp("amqp://x")
    assert is_amqp("AMQPS://x")
    assert not is_amqp("udp:127.0.0.1:9")
    assert not is_amqp("amqpx:1")


@pytest.mark.parametrize("key", ["E_PIKE_*", "a.E_*.b", "E#", "**"])
def test_a_wildcard_inside_a_word_is_refused_because_a_broker_takes_it_literally(key: str) -> None:
    with pytest.raises(BadSocketError, match="whole words between dots") as caught:
        parse_amqp_address(f"amqp://h/?exchange=e&key={key}")
    assert caught.value.part == "key"


@pytest.mark.parametrize("key", ["#", "*", "a.*.b", "#.E_A", "E_A"])
def test_wildcards_that_are_whole_words_are_accepted(key: str) -> None:
    assert parse_amqp_address(f"amqp://h/?exchange=e&key={key}").keys == (key,)
