"""A password in a socket that is mistyped by one sign is not shown: in no refusal, listing, setting or reply."""

from collections.abc import Callable, Iterator

import pytest

from evtui.backends.amqp.address import parse_amqp_address
from evtui.backends.kafka.kafka_address import parse_kafka_address
from evtui.backends.remote.mi_address import parse_mi_address
from evtui.bootstrap.transports import make_transports
from evtui.config.schema import Config
from evtui.config.value_syntax import parse_subscribe
from evtui.core.errors import EvtuiError
from evtui.engine.transport_table import TransportTable
from evtui.mi.refusals import refusal_of

SECRET = "Hush7word"

SOCKETS = (
    f"rabbitmq:guest:{SECRET}@127.0.0.1/key",
    f"rabbitmq:guest:{SECRET}@127.0.0.1:5672/exchange=ex;persistent?key",
    f"rabbitmq:guest:{SECRET}@[::1]:5672/vhost=v;durable?key",
    f"tcp:user:{SECRET}@127.0.0.1:9001/m?reliable&timeout=5",
    f"tcp:user:{SECRET}@127.0.0.1:9001",
    f"jsonrpc:user:{SECRET}@127.0.0.1:9001/m?timeout=5",
    f"xmlrpc:user:{SECRET}@127.0.0.1:8000/path:m?struct",
    f"kafka:user:{SECRET}@127.0.0.1:9092/topic?key=id",
    f"kafka:127.0.0.1:9092/topic?key=id&g.security.protocol=SASL_SSL&g.sasl.username=u&g.sasl.password={SECRET}",
    f"kafka:127.0.0.1:9092/topic?g.security.protocol=SASL_SSL&g.sasl.password={SECRET}&g.sasl.username=u&g.acks=1",
    f"kafka:127.0.0.1:9092/topic?g.client.id=c&g.ssl.key.password={SECRET}",
    f"virtual:FAILOVER udp:127.0.0.1:9000 rabbitmq:guest:{SECRET}@127.0.0.1/key",
    f"virtual:PARALLEL rabbitmq:guest:{SECRET}@127.0.0.1/exchange=x?key tcp:127.0.0.1:9001",
)
ADDRESSES = (
    f"amqp://user:{SECRET}@127.0.0.1:5672/vhost?exchange=ex&key=a&prefetch=7",
    f"amqps://user:{SECRET}@[::1]/?queue=q&durable=true",
    f"http://user:{SECRET}@127.0.0.1:8888/mi",
)

transports = TransportTable(make_transports(Config()))


def parse_trusted(text: str) -> object:
    return transports.parse(text, trusted=True).socket


def parse_untrusted(text: str) -> object:
    return transports.parse(text, trusted=False).socket


def parse_setting(text: str) -> object:
    return transports.parse(parse_subscribe(f"E_A {text}").socket, trusted=True).socket


def mistyped(text: str) -> Iterator[str]:
    """Walk the text, and it with a sign taken away or added anywhere but in the password."""
    start, end = text.index(SECRET), text.index(SECRET) + len(SECRET)
    yield text
    for place in range(len(text) + 1):
        if not start <= place < end and place < len(text):
            yield text[:place] + text[place + 1 :]
        if not start < place < end:
            yield from (text[:place] + sign + text[place:] for sign in ":/@?&;=,.%[] \\x0#\"'\n")


def is_read_as_something_else(text: str) -> bool:
    """Say whether the sign made the password a part that is shown: of a user's name, or of what follows a host.

    Without its colon it reads as a user, with a `/` before it as a routing key, both as OpenSIPS reads them.
    """
    before = text[: text.index(SECRET)].rpartition(" ")[2].removeprefix("rabbitmq:").removeprefix("amqp://")
    before = before.removeprefix("amqps://").removeprefix("http://")
    return ":" not in before or "/" in before


def outcome(parse: Callable[[str], object], text: str) -> tuple[str, bool]:
    """Return all texts that a socket leads to, and whether it is refused."""
    try:
        return str(parse(text)), False
    except EvtuiError as error:
        refusal = refusal_of(error)
        return "".join((str(error), *error.lines, str(refusal), refusal.data or "", repr(vars(error)))), True


@pytest.mark.parametrize("parse", [parse_trusted, parse_untrusted, parse_setting])
@pytest.mark.parametrize("socket", SOCKETS)
def test_a_mistyped_socket_tells_no_password(parse: Callable[[str], object], socket: str) -> None:
    for text in mistyped(socket):
        said, refused = outcome(parse, text)
        shown = not refused and socket.startswith(("rabbitmq", "virtual")) and is_read_as_something_else(text)
        assert SECRET not in said or shown, text


@pytest.mark.parametrize("parse", [parse_amqp_address, parse_kafka_address, parse_mi_address])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_mistyped_address_tells_no_password(parse: Callable[[str], object], address: str) -> None:
    for text in mistyped(address):
        said, refused = outcome(parse, text)
        assert SECRET not in said or (is_read_as_something_else(text) and not refused), text


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_trusted, f"rabbitmq:guest:{SECRET}127.0.0.1/key"),
        (parse_trusted, f"rabbitmq:guest:{SECRET}/exchange=x?key"),
        (parse_trusted, f"virtual:FAILOVER rabbitmq:guest:{SECRET}127.0.0.1/key"),
        (parse_amqp_address, f"amqp://user:{SECRET}/vhost?exchange=ex"),
        (parse_mi_address, f"http://user:{SECRET}/mi"),
    ],
)
def test_what_stands_where_the_port_should_is_not_repeated(parse: Callable[[str], object], text: str) -> None:
    said, refused = outcome(parse, text)
    assert refused
    assert "port: not a number from 1 to 65535" in said
    assert SECRET not in said
