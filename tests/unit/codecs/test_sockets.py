"""The socket grammar: what passes, and which part of what does not is named."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.codecs.sockets import check_socket, check_unix_path, split_payload, split_scheme, split_udp
from evtui.core.errors import BadSocketError
from evtui.core.transport import TransportInfo
from evtui.transports import INFOS


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:9000", ("127.0.0.1", 9000)),
        ("localhost:1", ("localhost", 1)),
        ("[::1]:65535", ("::1", 65535)),
        ("[fe80::1%eth0]:9", ("fe80::1%eth0", 9)),
        ("my_host.example.:08888", ("my_host.example.", 8888)),
        ("2852039166:9", ("2852039166", 9)),
    ],
)
def test_an_address_splits_into_host_and_port(address: str, parts: tuple[str, int]) -> None:
    assert split_udp(address) == parts


@pytest.mark.parametrize(
    ("address", "part", "why"),
    [
        ("", "host", "missing"),
        (":9", "host", "missing"),
        ("host", "port", "missing"),
        ("host:", "port", "missing"),
        ("host:0", "port", "not a number from 1 to 65535"),
        ("host:65536", "port", "not a number from 1 to 65535"),
        ("host:" + "9" * 5000, "port", "not a number from 1 to 65535"),
        ("host:-1", "port", "not a number"),
        ("host:http", "port", "not a number"),
        ("host:٣", "port", "not a number"),
        ("::1:9", "host", "in brackets"),
        ("[::1]", "port", "missing"),
        ("[::1]9", "port", "missing"),
        ("[::1]:", "port", "missing"),
        ("[::1:9", "host", "not closed"),
        ("[1.2.3.4]:9", "host", "not an IPv6 address"),
        ("1.2.3.256:9", "host", "not an IPv4 address"),
        ("a b:9", "host", "neither a name nor an address"),
        ("a\x1b[2J:9", "host", "neither a name nor an address"),
        ("a" * 254 + ":9", "host", "254 characters"),
    ],
)
def test_a_wrong_address_names_its_part(address: str, part: str, why: str) -> None:
    with pytest.raises(BadSocketError) as caught:
        split_udp(address)
    assert (caught.value.part, why in caught.value.why) == (part, True), caught.value
    assert caught.value.socket == f"udp:{address}"


@pytest.mark.parametrize("path", ["/tmp/ev", "/" + "a" * 106, "/tmp/a?b", "/tmp/\udce4"])
def test_an_absolute_path_passes(path: str) -> None:
    assert check_unix_path(path) == path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "empty"),
        ("ev", "absolute"),
        ("@abstract", "absolute"),
        ("/a\0b", "NUL"),
        ("/run/", "ends in /"),
        ("/" + "a" * 107, "108 bytes, at most 107"),
        ("/" + "ä" * 54, "109 bytes, at most 107"),
        ("/" + "\ud800" * 54, "no path can hold"),
    ],
)
def test_a_wrong_path_is_reported_why(path: str, why: str) -> None:
    with pytest.raises(BadSocketError) as caught:
        check_unix_path(path)
    assert (caught.value.part, why in caught.value.why) == ("path", True), caught.value


@pytest.mark.parametrize("socket", ["", "udp", ":1", "/tmp/x:1", "[::1]:9"])
def test_a_socket_without_a_scheme_is_refused(socket: str) -> None:
    with pytest.raises(BadSocketError, match="scheme: write SCHEME:ADDRESS"):
        split_scheme(socket)


def test_a_payload_is_split_from_the_address() -> None:
    assert split_payload("udp", "h:1?payload=text") == ("h:1", "text")
    assert split_payload("unix", "/a?b?payload=jsonrpc") == ("/a?b", "jsonrpc")
    assert split_payload("unix", "/a?b") == ("/a?b", None)


def test_an_unknown_payload_is_named() -> None:
    with pytest.raises(BadSocketError, match=r"bad socket 'udp:h:1\?payload=xml': payload: not one of jsonrpc, text"):
        split_payload("udp", "h:1?payload=xml")


@pytest.mark.parametrize("options", ["?payload=text?payload=text", "?payload=", "?payload=text&payload=text"])
def test_a_payload_stands_once(options: str) -> None:
    with pytest.raises(BadSocketError) as caught:
        split_payload("unix", f"/p{options}")
    assert caught.value.part == "payload"


def test_a_whole_socket_is_checked_by_its_scheme() -> None:
    assert check_socket("udp:[::1]:9?payload=text", INFOS) == ("udp", "[::1]:9", "text")
    assert check_socket("rabbitmq:anything", INFOS) == ("rabbitmq", "anything", None)
    with pytest.raises(BadSocketError, match="path"):
        check_socket("unix:relative", INFOS)


class Pair:
    """A socket of two others, as a transport from outside may have."""

    def __init__(self, address: str) -> None:
        self.members = tuple(address.split("+"))

    def bad_member(self, number: int, why: str) -> BadSocketError:
        """Name the member by a word of its own."""
        return BadSocketError("pair:…", f"half {number}", why)


def test_the_members_of_any_socket_made_of_others_are_checked_as_its_transport_splits_them() -> None:
    infos = (*INFOS, TransportInfo("pair", "pair:SOCKET+SOCKET", "", "", form="members", split_members=Pair))
    assert check_socket("pair:udp:a:1+unix:/b", infos) == ("pair", "udp:a:1+unix:/b", None)
    with pytest.raises(BadSocketError, match="half 2: path: it must be absolute"):
        check_socket("pair:udp:a:1+unix:b", infos)
    with pytest.raises(BadSocketError, match="half 1: member 1: port"):
        check_socket("pair:virtual:FAILOVER udp:a:0+unix:/b", infos)


@given(st.text(max_size=30) | st.from_regex(r"\[?[0-9a-f:.]{0,20}\]?:[0-9]{0,6}", fullmatch=True))
def test_any_text_is_understood_or_refused_in_so_many_words(address: str) -> None:
    for check in (split_udp, check_unix_path, partial(check_socket, infos=INFOS)):
        part = "nothing"
        try:
            check(address)
        except BadSocketError as error:
            part = error.part
        assert part in {"nothing", "scheme", "host", "port", "path", "payload"}
