"""Addresses of a management interface: what is understood, what is refused and why."""

import pytest

from evtui.backends.remote.mi_address import (
    FifoAddress,
    HttpAddress,
    MiAddress,
    UdpAddress,
    UnixAddress,
    parse_mi_address,
)
from evtui.core.errors import BadSocketError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("fifo:/run/mi.fifo", FifoAddress("/run/mi.fifo", "/tmp")),
        ("fifo:/run/mi.fifo?reply_dir=/run/r", FifoAddress("/run/mi.fifo", "/run/r")),
        ("unix:/run/mi.sock", UnixAddress("/run/mi.sock")),
        ("udp:127.0.0.1:8080", UdpAddress("127.0.0.1", 8080)),
        ("udp:[::1]:8080", UdpAddress("::1", 8080)),
        ("udp:[::1]:8080?protocol=lines", UdpAddress("::1", 8080, lines=True)),
        ("unix:/run/mi.sock?protocol=lines", UnixAddress("/run/mi.sock", lines=True)),
        ("http://localhost:8888/mi", HttpAddress("localhost", 8888, "/mi")),
        ("http://localhost", HttpAddress("localhost", 80, "/mi")),
        ("http://[::1]:8888/other?x=1", HttpAddress("::1", 8888, "/other?x=1")),
        ("https://mi.example.org/mi", HttpAddress("mi.example.org", 443, "/mi", True)),
    ],
)
def test_an_address_is_understood(text: str, address: MiAddress) -> None:
    assert parse_mi_address(text) == address


@pytest.mark.parametrize("text", ["fifo:/f", "unix:/s", "udp:127.0.0.1:1", "udp:[::1]:1", "http://[::1]:8888/mi"])
def test_it_prints_as_it_is_written(text: str) -> None:
    assert str(parse_mi_address(text)) == text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "scheme"),
        ("/run/mi.sock", "scheme"),
        ("tcp:localhost:1", "scheme"),
        ("fifo:relative", "path"),
        ("fifo:/f?reply_dir=relative", "reply_dir"),
        ("unix:", "path"),
        ("unix:/" + "x" * 120, "path"),
        ("udp:127.0.0.1", "port"),
        ("udp:::1:8080", "host"),
        ("http:localhost", "host"),
        ("http://localhost:0/mi", "port"),
        ("http://localhost:99999/mi", "port"),
        ("http://user:secret@localhost/mi", "user"),
        ("http://localhost/m i", "path"),
    ],
)
def test_the_wrong_part_is_named(text: str, part: str) -> None:
    with pytest.raises(BadSocketError) as refused:
        parse_mi_address(text)
    assert refused.value.part == part
    assert "secret" not in str(refused.value)
