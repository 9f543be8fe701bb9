"""UNIX receivers that are slow, read nothing or go away: what they have no room for waits, in order and bounded."""

import json
import socket
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from msgspec.structs import replace

from evtui import open_engine
from evtui.core.records import Raised, Record, Settled
from evtui.core.values import Params
from evtui.engine.engine import Engine
from evtui.transports.datagram import transport
from evtui.transports.datagram.unix_sender import POLICY
from tests.functional.mi.mi_world import eventually
from tests.limits import HANG

BURST = 3_000


class Reader:
    """A UNIX datagram socket that is read when a test says so."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def read(self) -> list[int]:
        """Take what is there now: the numbers that were raised."""
        found: list[int] = []
        while True:
            try:
                found.append(json.loads(self.socket.recv(1 << 17))["params"]["n"])
            except BlockingIOError:
                return found

    async def read_all(self, wanted: int) -> list[int]:
        """Read until so many have come."""
        found: list[int] = []
        with anyio.fail_after(HANG):
            while len(found) < wanted:
                await anyio.wait_readable(self.socket)
                found += self.read()
        return found


@pytest.fixture
def slow(tmp_path: Path) -> Generator[Reader]:
    reader = Reader(tmp_path / "slow")
    yield reader
    reader.socket.close()


@pytest.fixture
def other(tmp_path: Path) -> Generator[Reader]:
    reader = Reader(tmp_path / "other")
    yield reader
    reader.socket.close()


@pytest.fixture(autouse=True)
def any_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing become too old, however busy the machine is."""
    monkeypatch.setattr(transport, "POLICY", replace(POLICY, max_age=None))


def counted(engine: Engine, reader: Reader, event: str = "E_A") -> tuple[int, int, int, int]:
    (state,) = engine.subscription_states(event, engine.parse(f"unix:{reader.path}").socket)
    return state.sent or 0, state.failed or 0, state.dropped or 0, state.queued or 0


async def nothing_waits(engine: Engine) -> None:
    """Wait until all that was queued is settled: each end is a record."""
    with anyio.fail_after(HANG):
        while engine.totals().queued:
            await engine.journal.wait_beyond(engine.journal.written)


async def test_a_reader_that_is_slower_than_a_burst_loses_nothing_and_keeps_the_order(slow: Reader) -> None:
    async with open_engine(
        events=["E_A", "E_B"], subscribe=[f"E_A unix:{slow.path}", f"E_B unix:{slow.path}"]
    ) as engine:
        watch = engine.watch()
        for number in range(BURST):
            engine.raise_event("E_A" if number % 3 else "E_B", {"n": number})
        assert sum(counted(engine, slow, event)[3] for event in ("E_A", "E_B")) > 0
        assert await slow.read_all(BURST) == list(range(BURST))
        with anyio.fail_after(HANG):
            while engine.totals().queued:
                await anyio.lowlevel.checkpoint()
            outcomes = Counter(record.outcome for record in watch.read() if isinstance(record, Settled))
            assert outcomes.keys() == {"sent"}
            assert counted(engine, slow) == (BURST * 2 // 3, 0, 0, 0)
            assert counted(engine, slow, "E_B") == (BURST // 3, 0, 0, 0)
            assert engine.totals().sent == BURST
            raised = BURST
            while engine.raise_event("E_A", {"n": 0}).plan.queued:  # until it is served in place again
                raised += 1
                await slow.read_all(1)
                await anyio.sleep(0.01)
        assert counted(engine, slow) == (raised + 1 - BURST // 3, 0, 0, 0)
        assert dict(engine.counts.deliveries()) == {("unix", "sent"): raised + 1}


async def test_a_raise_sends_what_there_is_room_for_without_the_event_loop(slow: Reader) -> None:
    async with open_engine(events=["E_A"], subscribe=[f"E_A unix:{slow.path}"]) as engine:
        for number in range(100):
            engine.raise_event("E_A", {"n": number})
        await eventually(lambda: any(state.link == "sending" for state in engine.outbox_states().values()))
        found = slow.read()
        for number in range(100, 120):
            engine.raise_event("E_A", {"n": number})
            found += slow.read()
        assert found == list(range(120 - (counted(engine, slow)[3])))
        assert len(found) > 50
        assert found + await slow.read_all(120 - len(found)) == list(range(120))


async def test_how_much_waits_and_was_taken_is_told_of_slow_readers_alone(slow: Reader, other: Reader) -> None:
    async with open_engine(events=["E_A"], subscribe=[f"E_A unix:{slow.path}", f"E_A unix:{other.path}"]) as engine:
        assert engine.counts.waiting("E_A") == (0.0, 0)
        for number in range(100):
            engine.raise_event("E_A", {"n": number})
            other.read()
        fill, taken = engine.counts.waiting("E_A")
        assert (0 < fill <= 100 / POLICY.max_count, taken) == (True, 0)
        assert await slow.read_all(100) == list(range(100))
        await eventually(lambda: engine.totals().queued == 0)
        fill, taken = engine.counts.waiting("E_A")
        assert (fill, 80 < taken < 100) == (0.0, True)  # the first ones found room at once


async def test_a_reader_that_never_reads_costs_only_itself(slow: Reader, other: Reader) -> None:
    sockets = [f"E_A unix:{slow.path}", f"E_A unix:{other.path}"]
    async with open_engine(events=["E_A"], subscribe=sockets) as engine:
        raises = 2 * POLICY.max_count
        for number in range(raises):
            record = engine.raise_event("E_A", {"n": number})
            assert not record.failures
            assert other.read() == [number]  # in place, before the raise returns
            if not number % 500:
                await anyio.lowlevel.checkpoint()
        sent, failed, dropped, queued = counted(engine, slow)
        assert failed == 0
        assert dropped > 0
        assert 0 < queued <= POLICY.max_count
        assert sent + dropped + queued == raises
        assert counted(engine, other) == (raises, 0, 0, 0)
        assert engine.totals().dropped == dropped
        found = await slow.read_all(raises - dropped)
        assert found == sorted(set(found))
        assert (found[0], found[-1]) == (0, raises - 1)


async def test_what_one_leaves_unread_takes_no_room_from_another(slow: Reader, other: Reader) -> None:
    """All leave from one system socket, whose buffer some large datagrams fill."""
    sockets = [f"E_BIG unix:{slow.path}", f"E_A unix:{other.path}"]
    async with open_engine(events=["E_A", "E_BIG"], subscribe=sockets) as engine:
        for number in range(20):
            engine.raise_event("E_BIG", {"n": number, "text": "x" * 60_000})
        for number in range(100):
            engine.raise_event("E_A", {"n": number})
        assert await other.read_all(100) == list(range(100))
        with anyio.fail_after(HANG):
            while counted(engine, other) != (100, 0, 0, 0):
                await anyio.lowlevel.checkpoint()
        assert await slow.read_all(20) == list(range(20))


async def test_what_waits_for_a_receiver_that_goes_away_has_failed(slow: Reader) -> None:
    async with open_engine(events=["E_A"], subscribe=[f"E_A unix:{slow.path}"]) as engine:
        watch = engine.watch()
        for number in range(200):
            engine.raise_event("E_A", {"n": number})
        sent_in_place = len(slow.read())
        slow.socket.close()
        with anyio.fail_after(HANG):
            while engine.totals().queued:
                await anyio.lowlevel.checkpoint()
        sent, failed, dropped, queued = counted(engine, slow)
        assert (sent, dropped, queued) == (sent_in_place, 0, 0)
        assert failed == 200 - sent
        reasons = {record.reason for record in watch.read() if isinstance(record, Settled)}
        assert reasons == {"ECONNREFUSED: Connection refused"}


async def test_what_waits_too_long_is_dropped_with_the_reason(slow: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "POLICY", replace(POLICY, max_age=0.2))
    async with open_engine(events=["E_A"], subscribe=[f"E_A unix:{slow.path}"]) as engine:
        watch = engine.watch()
        for number in range(200):
            engine.raise_event("E_A", {"n": number})
        await nothing_waits(engine)
        sent, failed, dropped, queued = counted(engine, slow)
        assert sent == len(slow.read())
        assert (failed, dropped, queued) == (0, 200 - sent, 0)
        ends = [record for record in watch.read() if isinstance(record, Settled)]
        assert {record.outcome for record in ends} == {"dropped"}
        assert {record.reason for record in ends} <= {"older than 0.2 s", "EAGAIN: Resource temporarily unavailable"}


async def test_a_subscription_that_ends_while_it_waits_leaves_nothing(slow: Reader) -> None:
    async with open_engine(events=["E_A"], subscribe=[f"E_A unix:{slow.path}"]) as engine:
        for number in range(200):
            engine.raise_event("E_A", {"n": number})
        engine.unsubscribe("E_A", f"unix:{slow.path}")
        assert engine.raise_event("E_A").subscribers == 0
        assert await slow.read_all(200) == list(range(200))  # what was accepted is delivered still
        with anyio.fail_after(HANG):
            while engine.outbox_states():
                await anyio.lowlevel.checkpoint()


async def test_a_slow_reader_of_some_of_many_events_waits_in_order_for_all_of_them(slow: Reader) -> None:
    """The events are found by the socket, not by a look through all events."""
    own = [f"E_{number}" for number in range(0, 300, 60)]
    async with open_engine(
        events=[f"E_{number}" for number in range(300)], subscribe=[f"{name} unix:{slow.path}" for name in own]
    ) as engine:
        engine.unsubscribe(own[-1], f"unix:{slow.path}")
        engine.subscribe(own[-1], f"unix:{slow.path}")
        for number in range(BURST):
            engine.raise_event(own[number % len(own)], {"n": number})
        assert await slow.read_all(BURST) == list(range(BURST))
        await nothing_waits(engine)
        assert sum(counted(engine, slow, name)[0] for name in own) == BURST
        assert {counted(engine, slow, name)[1:] for name in own} == {(0, 0, 0)}


class Loop:
    """Raises as a script does that does not read the code, each with its number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.raised = 0

    def raises(self, count: int) -> None:
        for number in range(self.raised, self.raised + count):
            params = Params((number,), ("n",))
            if not self._engine.held.take("E_A", params):
                self._engine.raise_event("E_A", params)
        self.raised += count


def kinds(records: Sequence[Record]) -> Counter[str]:
    raised = [record for record in records if isinstance(record, Raised) and record.event == "E_A"]
    return Counter("queued" if record.plan.queued else "failed" if record.failures else "sent" for record in raised)


async def test_held_raises_wait_for_room_before_they_are_queued(slow: Reader) -> None:
    async with open_engine(events=["E_A"], subscribe=[f"E_A unix:{slow.path}"]) as engine:
        watch, loop, found = engine.watch(), Loop(engine), list[int]()
        engine.held.begin()
        for _ in range(100):
            loop.raises(4)
            found += slow.read()
        engine.held.end()
        found += slow.read()
        with anyio.fail_after(HANG):  # a busy machine may let what is held become old
            while len(found) < 400:
                await anyio.lowlevel.checkpoint()
                found += slow.read()
            await nothing_waits(engine)
        assert found == list(range(400))
        records = [record for record in watch.read() if isinstance(record, Raised)]
        assert [record.serial for record in records] == list(range(1, 401))
        assert [record.params.values for record in records] == [(number,) for number in range(400)]
        assert kinds(records)["failed"] == 0
        assert counted(engine, slow) == (400, 0, 0, 0)


async def test_what_finds_no_room_until_the_slice_ends_is_queued_in_order(slow: Reader) -> None:
    async with open_engine(events=["E_A", "E_NONE"], subscribe=[f"E_A unix:{slow.path}"]) as engine:
        watch, loop = engine.watch(), Loop(engine)
        engine.held.begin()
        loop.raises(30)
        engine.held.take("E_NONE", Params())
        loop.raises(5)
        engine.held.end()
        records = watch.read()
        events = [record.event for record in records if isinstance(record, Raised)]
        assert events == ["E_A"] * 30 + ["E_NONE"] + ["E_A"] * 5
        assert kinds(records).keys() == {"sent", "queued"}
        assert await slow.read_all(35) == list(range(35))
        await nothing_waits(engine)
        assert counted(engine, slow) == (35, 0, 0, 0)


async def test_held_raises_to_a_receiver_that_goes_away_fail_each_and_find_it_again(slow: Reader) -> None:
    async with open_engine(events=["E_A"], subscribe=[f"E_A unix:{slow.path}"]) as engine:
        watch, loop = engine.watch(), Loop(engine)
        engine.held.begin()
        loop.raises(6)
        slow.socket.close()
        loop.raises(6)
        engine.held.flush()
        slow.path.unlink()
        loop.raises(3)
        engine.held.flush()
        back = Reader(slow.path)
        loop.raises(3)
        engine.held.end()
        reasons = [
            [failure.reason.partition(":")[0] for failure in record.failures]
            for record in watch.read()
            if isinstance(record, Raised)
        ]
        assert reasons[-6:] == [["ENOENT"]] * 3 + [[]] * 3
        assert all(reason == ["ECONNREFUSED"] for reason in reasons[6:12])
        assert len(reasons) == 18
        assert back.read() == [15, 16, 17]
        back.socket.close()
