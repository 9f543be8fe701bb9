"""Several payloads in one call reach each receiver as the same datagrams, in order, and fail as they do one by one."""

import ctypes
import errno
import random
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing

import pytest

from evtui.core.transport import ManyFanOut
from evtui.transports.datagram import sendmmsg as mmsg
from evtui.transports.datagram.segments import LARGEST, MOST, has_segments, runs
from evtui.transports.datagram.settings import DatagramSettings
from evtui.transports.datagram.transport import DatagramGroup, DatagramTransport, UdpSink
from tests.contract.transports import DatagramReceiver, TransportWorld, sink_to

TAKES_NONE = ("255.255.255.255", 9)
"""A socket that was not allowed to broadcast gets EACCES."""


@pytest.fixture
def group() -> Iterator[DatagramGroup]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        if mmsg.library() is None or not has_segments(sender):
            pytest.skip("the system cuts no packets into segments")
        yield DatagramGroup(sender)


@pytest.fixture
def receivers() -> Iterator[list[DatagramReceiver]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(closing(DatagramReceiver(socket.AF_INET, ("127.0.0.1", 0), buffer=4 << 20)))
            for _ in range(3)
        ]


def many_to(group: DatagramGroup, *addresses: tuple[str, int]) -> ManyFanOut:
    sinks = [UdpSink(group, address) for address in addresses]
    many = group.fan_out_many(sinks, group.fan_out(sinks))
    assert many is not None
    return many


def never(_has_room: Callable[[], bool]) -> bool:
    """Leave no time."""
    return False


def addresses(receivers: Sequence[DatagramReceiver]) -> list[tuple[str, int]]:
    return [receiver.socket.getsockname() for receiver in receivers]


def test_datagrams_of_any_sizes_arrive_as_they_are_and_in_order(
    group: DatagramGroup, receivers: list[DatagramReceiver]
) -> None:
    chance = random.Random(3)
    many = many_to(group, *addresses(receivers))
    sizes = [0, 1, 2, 100, 100, 100, 101, LARGEST - 1, LARGEST, LARGEST + 1, 9_000]
    for _ in range(40):
        payloads = [chance.randbytes(chance.choice(sizes)) for _ in range(chance.randrange(1, 40))]
        assert many(payloads, never) == {}
        assert [receiver.received() for receiver in receivers] == [payloads] * 3


def test_very_many_of_one_size_arrive(group: DatagramGroup, receivers: list[DatagramReceiver]) -> None:
    many = many_to(group, *addresses(receivers))
    for size in (1, LARGEST):
        payloads = [bytes([number % 256]) * size for number in range(3 * MOST + 1)]
        assert many(payloads, never) == {}
        assert [receiver.received() for receiver in receivers] == [payloads] * 3


def test_each_payload_that_fails_has_its_own_reason(group: DatagramGroup, receivers: list[DatagramReceiver]) -> None:
    first, _, last = addresses(receivers)
    many = many_to(group, first, TAKES_NONE, last)
    denied, long = "EACCES: Permission denied", "EMSGSIZE: Message too long"
    payloads = [b"same", b"size", bytes(70_000), b"one", b"two"]
    failed = {place: [tuple(each) for each in found] for place, found in many(payloads, never).items()}
    assert failed == {
        0: [(1, denied)], 1: [(1, denied)], 3: [(1, denied)], 4: [(1, denied)],
        2: [(0, long), (1, failed[2][1][1]), (2, long)],
    }  # fmt: skip
    assert receivers[0].received() == receivers[2].received() == [b"same", b"size", b"one", b"two"]


@pytest.mark.parametrize("number", [errno.EIO, errno.EINVAL, errno.EAGAIN])
def test_where_segments_are_refused_the_datagrams_leave_one_by_one(
    group: DatagramGroup, receivers: list[DatagramReceiver], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A device may not cut packets; a way may have room for a datagram and not for a packet of many."""
    real, tried = mmsg.library(), list[int]()
    assert real is not None

    def refuses_segments(fileno: int, start: int, count: int, flags: int) -> int:
        header = mmsg.MessageHeader.from_address(start)
        if not header.hdr.controllen:
            return real(fileno, start, count, flags)
        tried.append(count)
        ctypes.set_errno(number)
        return -1

    library: Callable[[], Callable[..., int]] = lambda: refuses_segments  # noqa: E731
    monkeypatch.setattr("evtui.transports.datagram.transport.library", library)
    many = many_to(group, *addresses(receivers))
    payloads = [b"a", b"b", b"c"]
    for _ in range(2):
        assert many(payloads, never) == {}
        assert [receiver.received() for receiver in receivers] == [payloads] * 3
    attempts = len(tried)
    assert many(payloads, never) == {}
    assert (len(tried) == attempts) is (number != errno.EAGAIN)


@pytest.mark.parametrize("world", ["udp6"], indirect=True)
def test_ipv6_takes_many(world: TransportWorld) -> None:
    receivers = [world.receiver() for _ in range(2)]
    sinks = [sink_to(world, receiver) for receiver in receivers]
    assert isinstance(sinks[0].group, DatagramGroup)
    many = sinks[0].group.fan_out_many(sinks, sinks[0].group.fan_out(sinks))
    if many is None:
        pytest.skip("the system cuts no packets into segments")
    payloads = [b"%03d" % number for number in range(40)]
    assert many(payloads, never) == {}
    assert [receiver.received() for receiver in receivers] == [payloads] * 2


def test_a_setting_lets_each_datagram_leave_on_its_own() -> None:
    with closing(DatagramTransport(DatagramSettings(segments=False))) as transport:
        sink = transport.open_udp("127.0.0.1", 9)
        assert isinstance(sink, UdpSink)
        assert sink.group.fan_out_many([sink], sink.group.fan_out([sink])) is None


def test_without_sendmmsg_there_is_no_call_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evtui.transports.datagram.transport.library", lambda: None)
    with closing(DatagramTransport()) as transport:
        sink = transport.open_udp("127.0.0.1", 9)
        assert isinstance(sink.group, DatagramGroup)
        assert sink.group.fan_out_many([sink], sink.group.fan_out([sink])) is None


@pytest.mark.parametrize(
    ("sizes", "found"),
    [
        ([5], [(0, 1)]),
        ([5, 5, 5], [(0, 3)]),
        ([5, 5, 4, 5], [(0, 3), (3, 4)]),
        ([4, 5, 5], [(0, 1), (1, 3)]),
        ([5, 4, 3], [(0, 2), (2, 3)]),
        ([0, 0, 5, 0], [(0, 1), (1, 2), (2, 3), (3, 4)]),
        ([LARGEST + 1, LARGEST + 1, 1], [(0, 1), (1, 2), (2, 3)]),
        ([1] * (MOST + 1), [(0, MOST), (MOST, MOST + 1)]),
        ([LARGEST] * 60, [(0, 52), (52, 60)]),
    ],
)
def test_runs_have_one_size_and_end_with_a_smaller_one(sizes: list[int], found: list[tuple[int, int]]) -> None:
    assert list(runs([bytes(size) for size in sizes])) == found
