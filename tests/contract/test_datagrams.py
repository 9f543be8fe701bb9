"""What the datagram transports promise beyond the common contract."""

import errno
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from evtui.core.errors import BadSocketError
from evtui.transports.datagram import sendmmsg as mmsg
from evtui.transports.datagram.settings import DatagramSettings
from evtui.transports.datagram.transport import DatagramTransport, UdpSink
from tests.contract.transports import DatagramReceiver, TransportWorld, direct, parse, sink_to


@pytest.mark.parametrize("world", ["unix"], indirect=True)
def test_a_unix_peer_that_is_missing_or_does_not_listen_fails_with_its_own_reason(
    world: TransportWorld, tmp_path: Path
) -> None:
    gone = world.nowhere()
    reasons = [why for address in (gone, str(tmp_path / "missing")) for _, why in _fan_out_one(world, address)]
    assert reasons == ["ECONNREFUSED: Connection refused", "ENOENT: No such file or directory"]


@pytest.mark.parametrize("world", ["unix"], indirect=True)
def test_a_unix_peer_that_comes_back_is_served_again(world: TransportWorld, tmp_path: Path) -> None:
    path = str(tmp_path / "again.sock")
    sink = direct(parse(world, path))
    send = sink.group.fan_out([sink])
    assert len(send(b"lost")) == 1
    with closing(DatagramReceiver(socket.AF_UNIX, path)) as receiver:
        assert list(send(b"found")) == []
        assert receiver.received() == [b"found"]


@pytest.mark.parametrize("world", ["udp4"], indirect=True)
def test_all_datagrams_leave_from_one_port_so_that_a_listener_that_locks_on_keeps_hearing(
    world: TransportWorld,
) -> None:
    receiver = world.receiver()
    assert isinstance(receiver, DatagramReceiver)
    for _ in range(3):
        for sinks in ([sink_to(world, receiver)], [sink_to(world, receiver) for _ in range(6)]):
            sinks[0].group.fan_out(sinks)(b"x")
    sources = {receiver.socket.recvfrom(10)[1] for _ in range(21)}
    assert len(sources) == 1


@pytest.mark.parametrize("world", ["udp4", "udp6", "unix"], indirect=True)
def test_one_system_call_for_many_does_what_the_plain_loop_does(
    world: TransportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mmsg.library()
    if real is None:
        pytest.skip("the C library has no sendmmsg")
    calls: list[int] = []

    def counted(*arguments: int) -> int:
        calls.append(arguments[2])
        return real(*arguments)

    receivers = [world.receiver() for _ in range(10)]
    sinks = [sink_to(world, receiver) for receiver in receivers]
    if world.scheme == "unix":  # among those that are served: one that is gone, and one that is full
        sinks[3] = direct(parse(world, world.nowhere()))
        while list(sinks[5].group.fan_out([sinks[5]])(b"full")) == []:
            pass
        receivers.pop(5)
    seen: list[tuple[object, object]] = []
    failures: list[list[tuple[int, str]]] = []
    libraries: tuple[Callable[..., int] | None, ...] = (counted, None)
    for library in libraries:
        monkeypatch.setattr("evtui.transports.datagram.transport.library", lambda library=library: library)
        send = sinks[0].group.fan_out(sinks)
        failures = [list(send(payload)) for payload in (b"a", b"", bytes(70_000), b"z" * 60_000)]
        seen.append((failures, [receiver.received() for receiver in receivers]))
    assert seen[0] == seen[1]
    assert calls[0] == len(sinks)
    if world.scheme == "unix":
        first = [(place, why.partition(":")[0]) for place, why in failures[0]]
        assert first == [(3, "ECONNREFUSED"), (5, "EAGAIN")]


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254:80", "2852039166:80", "0xA9FEA9FE:80", "0251.0376.0251.0376:80", "[::ffff:169.254.169.254]:80",
     "[fe80::1]:80", "224.0.0.1:80", "[ff02::1]:80", "0.0.0.0:80", "[::]:80", "0:80"],
)  # fmt: skip
@pytest.mark.parametrize("world", ["udp4"], indirect=True)
def test_no_spelling_reaches_an_address_that_is_refused(world: TransportWorld, address: str) -> None:
    with pytest.raises(BadSocketError) as refusal:
        parse(world, address, trusted=False).open()
    assert refusal.value.part == "host"


@pytest.mark.parametrize("world", ["udp4"], indirect=True)
def test_a_name_that_leads_nowhere_is_refused_when_it_is_opened(world: TransportWorld) -> None:
    target = parse(world, "no-such-host.invalid:9000")
    assert target.blocks
    with pytest.raises(BadSocketError, match="does not resolve"):
        target.open()


def test_paths_from_outside_stay_below_the_configured_roots(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "way-out").symlink_to(tmp_path)
    transport = DatagramTransport(DatagramSettings(unix_roots=(str(root),)))
    transport.parse("unix", f"{root}/ev.sock", trusted=False)
    transport.parse("unix", f"{tmp_path}/ev.sock", trusted=True)
    for outside in (f"{tmp_path}/ev.sock", f"{root}/../ev.sock", f"{root}/way-out/ev.sock", f"{root}x/ev.sock"):
        with pytest.raises(BadSocketError) as refusal:
            transport.parse("unix", outside, trusted=False)
        assert refusal.value.part == "path"


def _fan_out_one(world: TransportWorld, address: str) -> list[tuple[int, str]]:
    sink = direct(parse(world, address))
    return list(sink.group.fan_out([sink])(b"x"))


def test_a_path_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(BadSocketError) as refusal:
        DatagramTransport().parse("unix", "/tmp/\ud800", trusted=True).open()
    assert refusal.value.part == "path"


def test_a_system_that_gives_no_socket_is_a_refusal_of_the_subscription(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    target = DatagramTransport().parse("udp", "[::1]:9000", trusted=True)
    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(BadSocketError, match="not supported"):
        target.open()


@pytest.mark.skipif(sys.platform != "linux", reason="the option is Linux's")
@pytest.mark.parametrize(
    ("address", "level", "option"), [("127.0.0.1:9", socket.IPPROTO_IP, 10), ("[::1]:9", socket.IPPROTO_IPV6, 23)]
)
def test_a_notification_larger_than_the_path_may_be_fragmented(address: str, level: int, option: int) -> None:
    with closing(DatagramTransport()) as transport:
        sink = transport.parse("udp", address, trusted=True).open()
        assert isinstance(sink, UdpSink)
        assert sink.group.system_socket.getsockopt(level, option) == 5
