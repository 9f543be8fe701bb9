"""The part of a socket that an error names, in the socket's text; and payloads among other options."""

import pytest

from evtui.transports import INFOS
from evtui.ui.forms.subscribing.socket_parts import locate
from evtui.ui.forms.subscribing.subscription_draft import DEFAULT_PAYLOAD, payload_of, with_payload


@pytest.mark.parametrize(
    ("socket", "part", "marked"),
    [
        ("pigeon:home", "scheme", "pigeon"),
        ("udp:999.1.1.1:9000", "host", "999.1.1.1"),
        ("tcp:[::1]:99999/m", "host", "[::1]"),
        ("tcp:127.0.0.1:99999/m", "port", "99999"),
        ("tcp:127.0.0.1:9001notify", "port", "9001notify"),
        ("tcp:h:1/m?reliable=maybe&timeout=3", "reliable", "reliable=maybe"),
        ("tcp:h:1/m?timeout=0", "timeout", "timeout=0"),
        ("tcp:h:1?payload=xml", "payload", "payload=xml"),
        ("xmlrpc:h:1/a b:m", "path", "/a b"),
        ("xmlrpc:h:1/p:m\x01", "method", "m\x01"),
        ("unix:relative", "path", "relative"),
        ("flatstore:/nowhere/x?durable", "path", "/nowhere/x"),
        ("rabbitmq:me:secret@bro ker:5672/q", "host", "bro ker"),
        ("rabbitmq:me:secret@broker:x/q", "port", "x"),
        ("virtual:ANY udp:h:1", "policy", "ANY"),
        ("virtual:FAILOVER udp:h:1 udp:h:0", "member 2", "udp:h:0"),
    ],
)
def test_the_wrong_part_is_found(socket: str, part: str, marked: str) -> None:
    span = locate(socket, part, INFOS)
    assert span is not None
    assert socket[slice(*span)] == marked


@pytest.mark.parametrize(
    ("socket", "part"), [("tcp:h", "port"), ("", "scheme"), ("tcp::1", "host"), ("virtual:FAILOVER", "member 2")]
)
def test_a_part_that_is_missing_is_nowhere(socket: str, part: str) -> None:
    assert locate(socket, part, INFOS) is None


def test_a_payload_is_chosen_among_other_options() -> None:
    socket = "tcp:h:1/m?reliable=true&payload=text"
    assert payload_of(socket) == "text"
    assert with_payload(socket, "jsonrpc") == "tcp:h:1/m?reliable=true&payload=jsonrpc"
    assert with_payload(socket, DEFAULT_PAYLOAD) == "tcp:h:1/m?reliable=true"
    assert with_payload("tcp:h:1?durable", "text") == "tcp:h:1?durable&payload=text"
    assert with_payload("rabbitmq:h/q?key", DEFAULT_PAYLOAD) == "rabbitmq:h/q?key"
