"""Several payloads in one call to UNIX receivers, which have little room: in order, and with time to make room."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from evtui.core.transport import ManyFanOut, WaitForRoom
from evtui.transports.datagram.transport import MANY, DatagramGroup, UnixSink
from tests.contract.transports import DatagramReceiver

NO_ROOM = "EAGAIN: Resource temporarily unavailable"
REFUSED = "ECONNREFUSED: Connection refused"


class Reader:
    """A receiver that reads when a test says so, and keeps what it has read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.receiver = DatagramReceiver(socket.AF_UNIX, str(path))
        self.got: list[bytes] = []

    def read(self) -> list[bytes]:
        self.got += self.receiver.received()
        return self.got

    def close(self) -> None:
        self.receiver.close()

    def start_again(self) -> None:
        self.close()
        self.path.unlink()
        self.receiver = DatagramReceiver(socket.AF_UNIX, str(self.path))


class Unix:
    """Receivers, and the call that sends to all of them."""

    def __init__(self, folder: Path, group: DatagramGroup, count: int) -> None:
        self.readers = [Reader(folder / str(number)) for number in range(count)]
        sinks = [UnixSink(group, str(reader.path).encode()) for reader in self.readers]
        many = group.fan_out_many(sinks, group.fan_out(sinks))
        if many is None:
            pytest.skip("the C library has no sendmmsg")
        self.send: ManyFanOut = many
        self.waits = 0

    def reading(self, *places: int) -> WaitForRoom:
        """Make what lets some of the receivers read while the sender waits."""

        def wait_for_room(wait: Callable[[], bool]) -> bool:
            self.waits += 1
            for place in places:
                self.readers[place].read()
            return wait()

        return wait_for_room

    def got(self) -> list[list[bytes]]:
        return [list(reader.read()) for reader in self.readers]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[int], Unix]]:
    with ExitStack() as stack:
        sender = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        sender.setblocking(False)
        group = DatagramGroup(sender)

        def make(count: int) -> Unix:
            unix = Unix(tmp_path, group, count)
            for reader in unix.readers:
                stack.callback(reader.close)
            return unix

        yield make


def never(_wait: Callable[[], bool]) -> bool:
    """Leave no time."""
    return False


COUNTS = pytest.mark.parametrize("count", [1, 2, MANY + 1])
PAYLOADS = [b"%d" % number * (number + 1) for number in range(40)]


@COUNTS
def test_they_arrive_in_order_until_there_is_no_room(make: Callable[[int], Unix], count: int) -> None:
    unix = make(count)
    failed = unix.send(PAYLOADS, never)
    got = unix.got()
    sent = len(got[0])
    assert 0 < sent < len(PAYLOADS)
    assert got == [PAYLOADS[:sent]] * count
    assert failed == dict.fromkeys(range(sent, len(PAYLOADS)), failed[sent])
    assert list(failed[sent]) == [(place, NO_ROOM) for place in range(count)]


@COUNTS
def test_those_that_read_in_time_get_all(make: Callable[[int], Unix], count: int) -> None:
    unix = make(count)
    for _ in range(2):
        assert unix.send(PAYLOADS, unix.reading(*range(count))) == {}
    assert unix.got() == [PAYLOADS * 2] * count
    assert unix.waits > 2


def test_one_that_reads_nothing_gets_none_behind_the_first_that_it_missed(make: Callable[[int], Unix]) -> None:
    unix = make(3)
    failed = unix.send(PAYLOADS, unix.reading(0, 2))
    waits = unix.waits
    first, stuck, last = unix.got()
    assert (first, stuck, last) == (PAYLOADS, PAYLOADS[: len(stuck)], PAYLOADS)
    assert failed == {number: [(1, NO_ROOM)] for number in range(len(stuck), len(PAYLOADS))}
    assert unix.send(PAYLOADS[:5], unix.reading(0, 1, 2)) == {}
    assert unix.got()[1] == stuck + PAYLOADS[:5]
    assert waits < len(PAYLOADS)


@COUNTS
@pytest.mark.parametrize("size", [3_000, 30_000])
def test_those_that_no_call_takes_leave_one_by_one(make: Callable[[int], Unix], count: int, size: int) -> None:
    unix = make(count)
    payloads = [bytes([number]) * size for number in range(40)]
    failed = unix.send(payloads, never)
    for place, got in enumerate(unix.got()):
        assert got == payloads[: len(got)]
        assert [number for number, found in failed.items() if place in dict(found)] == list(range(len(got), 40))
    for reader in unix.readers:
        reader.got.clear()
    assert unix.send(payloads, unix.reading(*range(count))) == {}
    assert unix.got() == [payloads] * count


@COUNTS
def test_one_that_is_too_long_fails_alone(make: Callable[[int], Unix], count: int) -> None:
    unix = make(count)
    failed = unix.send([b"a", bytes(1 << 23), b"b"], never)
    assert {number: [why.partition(":")[0] for _, why in found] for number, found in failed.items()} == {
        1: ["EMSGSIZE"] * count
    }
    assert unix.got() == [[b"a", b"b"]] * count


@COUNTS
def test_each_has_a_reason_when_the_receiver_is_gone(make: Callable[[int], Unix], count: int) -> None:
    unix = make(count)
    gone = unix.readers[-1]
    gone.close()
    failed = unix.send(PAYLOADS[:3], unix.reading(*range(count - 1)))
    assert {number: list(found) for number, found in failed.items()} == {
        number: [(count - 1, REFUSED)] for number in range(3)
    }
    gone.start_again()
    assert unix.send(PAYLOADS[:3], never) == {}
    assert unix.got() == [PAYLOADS[:3] * 2] * (count - 1) + [PAYLOADS[:3]]


@COUNTS
def test_one_that_goes_while_it_is_waited_for_fails(make: Callable[[int], Unix], count: int) -> None:
    unix = make(count)
    gone = unix.readers[-1]

    def wait_for_room(wait: Callable[[], bool]) -> bool:
        for reader in unix.readers[:-1]:
            reader.read()
        gone.close()
        return wait()

    failed = unix.send(PAYLOADS, wait_for_room)
    assert {why for found in failed.values() for _, why in found} == {REFUSED}
    assert {place for found in failed.values() for place, _ in found} == {count - 1}
    assert max(failed) == len(PAYLOADS) - 1
    assert [reader.read() for reader in unix.readers[:-1]] == [PAYLOADS] * (count - 1)


def test_a_wait_ends_soon_without_room(make: Callable[[int], Unix]) -> None:
    unix = make(1)
    tried: list[bool] = []

    def wait_for_room(wait: Callable[[], bool]) -> bool:
        tried.append(wait())
        return tried[-1]

    with closing(unix.readers[0].receiver):
        assert unix.send(PAYLOADS, wait_for_room)
    assert tried[-1:] == [False]
