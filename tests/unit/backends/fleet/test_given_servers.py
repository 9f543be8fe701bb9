"""The servers of a fleet as they are given: names, addresses, colours, lists; and every way they can be wrong."""

import pytest

from evtui.backends.fleet.given_servers import (
    MOST_SERVERS,
    BadServerError,
    GivenServer,
    is_several,
    named_servers,
    parse_list,
    parse_server,
)
from evtui.config.server_texts import check_address, check_server


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("unix:/run/a/mi.sock", GivenServer("", "unix:/run/a/mi.sock")),
        ("edge1=unix:/run/a/mi.sock", GivenServer("edge1", "unix:/run/a/mi.sock")),
        ("edge1=http://h:80/mi red", GivenServer("edge1", "http://h:80/mi", "red")),
        ("udp:h:8080?protocol=lines blue", GivenServer("", "udp:h:8080?protocol=lines", "blue")),
        ("bus=amqp://u:p@h/v?exchange=a", GivenServer("bus", "amqp://u:p@h/v?exchange=a")),
    ],
)
def test_a_server_has_a_name_an_address_and_a_colour(text: str, server: GivenServer) -> None:
    assert parse_server(text, check_address) == server


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", r"write \[NAME=\]ADDRESS"),
        ("a=unix:/run/a pink", "no colour 'pink': write one of blue, cyan"),
        ("a=unix:/run/a red now", "too many words"),
        ("a=pigeon:home", "'pigeon' is not a known scheme"),
        ("a=unix:relative", "must be absolute"),
        ("a=amqp://u:secret@h/v?bogus=1", "bogus"),
        ("a=kafka://h:1/t?g.sasl.password=secret@x&bogus=1", "between &"),
    ],
)
def test_what_is_wrong_is_said_without_a_password(text: str, why: str) -> None:
    with pytest.raises(BadServerError, match=why) as refused:
        parse_server(text, check_address)
    assert "secret" not in str(refused.value)
    with pytest.raises(BadServerError):
        check_server(text)


def test_a_file_must_be_named() -> None:
    check_server("@/etc/evtui/servers")
    with pytest.raises(BadServerError, match="it names no file"):
        check_server("@ ")


def test_a_list_has_comments_and_empty_lines_and_names_the_line_that_is_wrong() -> None:
    text = "# edges\n\nedge1=unix:/run/1 red  # the first\nunix:/run/2\n"
    assert parse_list(text, check_address) == (
        GivenServer("edge1", "unix:/run/1", "red"),
        GivenServer("", "unix:/run/2"),
    )
    with pytest.raises(BadServerError, match=r"line 5.*not a known scheme"):
        parse_list(f"{text}pigeon:home", check_address)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("unix:/run/edge1/mi.sock", "edge1"),
        ("unix:/run/opensips/edge7.sock", "edge7"),
        ("fifo:/tmp/opensips_fifo", "tmp"),
        ("udp:192.0.2.7:8080", "192.0.2.7-8080"),
        ("http://sip.example.org:8888/mi", "sip.example.org-8888"),
        ("amqp://guest:secret@bus.example.org/v?exchange=a", "bus.example.org"),
        ("kafka://bus.example.org:9093/t?g.sasl.password=se@cret", "bus.example.org-9093"),
    ],
)
def test_a_server_without_a_name_is_called_by_its_address(address: str, name: str) -> None:
    (found,) = named_servers([GivenServer("", address)])
    assert found.name == name


def test_all_names_differ() -> None:
    given = [GivenServer("", "unix:/a/x/mi.sock"), GivenServer("", "unix:/b/x/mi.sock"), GivenServer("x-2", "unix:/c")]
    assert [each.name for each in named_servers(given)] == ["x", "x-3", "x-2"]
    with pytest.raises(BadServerError, match="two servers have this name"):
        named_servers([GivenServer("a", "unix:/a"), GivenServer("a", "unix:/b")])


def test_a_fleet_is_bounded() -> None:
    given = [GivenServer("", f"unix:/{number}/mi.sock") for number in range(MOST_SERVERS + 1)]
    assert len(named_servers(given[:-1])) == MOST_SERVERS
    with pytest.raises(BadServerError, match=f"at most {MOST_SERVERS:,}"):
        named_servers(given)


def test_one_text_may_stand_for_several() -> None:
    assert is_several("@/etc/servers")
    assert is_several("a=unix:/run/a")
    assert not is_several("unix:/run/a=b")
    assert not is_several("http://h/mi?a=b")
