"""Held raises to receivers without room: the script waits for some time, and then they are queued in order."""

from collections.abc import Mapping, Sequence
from math import ceil

import anyio
import pytest

from evtui.core.errors import DeliveryError
from evtui.core.records import Raised
from evtui.core.transport import (
    FanOut,
    ManyFanOut,
    Notification,
    OutboxPolicy,
    Settle,
    Sink,
    Target,
    TransportInfo,
    WaitForRoom,
)  # fmt: skip
from evtui.core.values import Params, Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.dispatch.held_raises import MOST, MOST_SAVED, MOST_WAITED, WAIT_EACH
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.engine.outbox import busy_sinks
from evtui.engine.outbox.busy_sinks import LEAST
from evtui.engine.outbox.outboxes import OutboxRules
from evtui.transports.datagram.transport import each
from tests.fakes.engine_fakes import FakeClock
from tests.functional.mi.mi_world import eventually

NO_ROOM = "EAGAIN: Resource temporarily unavailable"


class NarrowReceiver:
    """A patient sink and its queue's sender: it takes as many notifications as there is room."""

    window = 10
    confirms = False

    def __init__(self, group: "NarrowGroup", clock: FakeClock) -> None:
        self.group = group
        self._clock = clock
        self.room = 10
        self.makes = 0
        """How many it reads while somebody waits for it."""
        self.takes = 0.0001
        """Seconds that it takes for that."""
        self.got: list[int] = []

    def send(self, payload: bytes) -> None:
        if not self.room:
            raise DeliveryError(NO_ROOM)
        self.room -= 1
        self.got.append(int(payload.split(b"\n")[1]))

    def reads(self) -> bool:
        self._clock.pass_by(self.takes)
        self.room += self.makes
        return self.room > 0

    def queue(self) -> tuple["NarrowSender", OutboxPolicy]:
        return NarrowSender(self), OutboxPolicy()


class NarrowGroup:
    """The group of all receivers."""

    def __init__(self) -> None:
        self.calls = 0

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        return each(sinks)

    def fan_out_many(self, sinks: Sequence[Sink], fan_out: FanOut) -> ManyFanOut:
        def call(payloads: Sequence[bytes], wait_for_room: WaitForRoom) -> Mapping[int, Sequence[tuple[int, str]]]:
            self.calls += 1
            failed: dict[int, list[tuple[int, str]]] = {}
            for place, sink in enumerate(sinks):
                assert isinstance(sink, NarrowReceiver)
                has_room = True
                for number, payload in enumerate(payloads):
                    while has_room and not sink.room:
                        has_room = wait_for_room(sink.reads)
                    if has_room:
                        sink.send(payload)
                    else:
                        failed.setdefault(number, []).append((place, NO_ROOM))
            return failed

        return call


class NarrowSender:
    """Sends what was queued for a receiver when the event loop has its turn."""

    window = 10
    confirms = False

    def __init__(self, receiver: NarrowReceiver) -> None:
        self._receiver = receiver

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        for place, notification in enumerate(batch):
            self._receiver.send(notification.payload)
            settle(place, None)

    async def aclose(self) -> None:
        """Close nothing."""

    def flush(self) -> None:
        """Send nothing."""


class NarrowTransport:
    """Takes `narrow:NAME`."""

    infos = (TransportInfo("narrow", "narrow:NAME", "narrow:a", "has little room"),)

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.group = NarrowGroup()
        self.receivers: dict[str, NarrowReceiver] = {}

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        receiver = self.receivers.setdefault(address, NarrowReceiver(self.group, self._clock))
        return Target(Socket(scheme, address), "text", lambda: receiver)

    def close(self) -> None:
        """Close nothing."""


class Narrow:
    """An engine with subscribers that have room for ten notifications each, in a loop of a script."""

    def __init__(self, *names: str, destinations: int = 10) -> None:
        self.clock = FakeClock()
        transport = NarrowTransport(self.clock)
        catalogue = Catalogue()
        catalogue.publish("E_A")
        self.engine = Engine(
            catalogue, [transport], Journal(), clock=self.clock, wall=FakeClock(),
            rules=OutboxRules(destinations=destinations),
        )  # fmt: skip
        self.number = 0
        for name in names:
            self.engine.subscribe("E_A", f"narrow:{name}")
        self.receivers = [transport.receivers[name] for name in names]
        self.raises(2)  # one compiles the plan and leaves at once, one is held
        for receiver in self.receivers:
            receiver.room, receiver.got = 10, []
        self.number, transport.group.calls = 0, 0
        self.group = transport.group
        self.watch = self.engine.watch()
        self._waited_before = self.engine.held.waited

    @property
    def waited(self) -> float:
        return self.engine.held.waited - self._waited_before

    def raises(self, count: int, *, waits: bool = True) -> None:
        """Go on with the loop for a slice."""
        self.engine.held.begin(waits=waits)
        for _ in range(count):
            params = Params((self.number,))
            self.number += 1
            if not self.engine.held.take("E_A", params):
                self.engine.raise_event("E_A", params)
        self.engine.held.end()

    def told(self) -> list[tuple[int, int]]:
        """Say of each raise how many subscribers it was queued for, and at how many it failed."""
        records = [record for record in self.watch.read() if isinstance(record, Raised)]
        assert [record.params.values[0] for record in records] == list(range(self.number - len(records), self.number))
        return [(record.plan.queued, len(record.failures)) for record in records]


def test_a_loop_waits_for_a_receiver_that_reads_and_queues_nothing() -> None:
    narrow = Narrow("a")
    narrow.receivers[0].makes = 10
    narrow.raises(2 * MOST)
    assert (narrow.told(), narrow.receivers[0].got) == ([(0, 0)] * 2 * MOST, list(range(2 * MOST)))
    assert narrow.group.calls == 2
    assert narrow.waited == pytest.approx(2 * ceil((MOST - 10) / 10) * 0.0001)


def test_the_first_raise_of_the_next_slice_of_a_loop_waits_too() -> None:
    narrow = Narrow("a")
    narrow.receivers[0].makes = 1
    narrow.raises(20)
    narrow.raises(1)
    assert (narrow.told(), narrow.receivers[0].got) == ([(0, 0)] * 21, list(range(21)))


def test_what_finds_no_room_in_time_is_queued_in_order() -> None:
    narrow = Narrow("a")
    narrow.receivers[0].takes = 1.0
    narrow.raises(MOST)
    assert (narrow.told(), narrow.receivers[0].got) == ([(0, 0)] * 10 + [(1, 0)] * (MOST - 10), list(range(10)))
    narrow.receivers[0].room = 10
    narrow.raises(1)
    assert (narrow.told(), narrow.receivers[0].got) == ([(1, 0)], list(range(10)))
    state = narrow.engine.event_states()[0]
    assert (state.raised, state.sent, state.failed) == (MOST + 3, 12, 0)
    assert narrow.engine.totals().queued == MOST - 10 + 1


def test_a_receiver_without_room_costs_the_others_nothing() -> None:
    narrow = Narrow("a", "b", "c")
    narrow.receivers[1].takes = 1.0
    narrow.receivers[2].makes = 10
    narrow.receivers[0].room = 1000
    narrow.raises(20)
    assert narrow.told() == [(0, 0)] * 10 + [(1, 0)] * 10
    assert [receiver.got for receiver in narrow.receivers] == [list(range(20)), list(range(10)), list(range(20))]
    assert narrow.engine.totals().queued == 10
    state = narrow.engine.event_states()[0]
    assert (state.sent, state.failed) == (3 * 2 + 20 + 10 + 20, 0)


def test_it_fails_where_no_queue_can_be_had() -> None:
    narrow = Narrow("a", destinations=0)
    narrow.receivers[0].takes = 1.0
    narrow.raises(12)
    assert narrow.told() == [(0, 0)] * 10 + [(0, 1)] * 2
    state = narrow.engine.event_states()[0]
    assert (state.sent, state.failed) == (12, 2)


def test_a_slow_receiver_gets_so_much_for_each_notification_and_no_more() -> None:
    narrow = Narrow("a")
    narrow.receivers[0].makes, narrow.receivers[0].takes = 1, MOST_SAVED / 20
    narrow.raises(1000)
    told = narrow.told()
    in_time = told.index((1, 0))
    assert told == [(0, 0)] * in_time + [(1, 0)] * (1000 - in_time)
    allowed = MOST_SAVED + in_time * WAIT_EACH
    assert allowed - MOST * WAIT_EACH <= narrow.waited <= allowed + MOST * WAIT_EACH + narrow.receivers[0].takes


def test_a_slice_has_a_bound_and_the_next_one_has_it_again() -> None:
    narrow = Narrow("a")
    narrow.receivers[0].makes, narrow.receivers[0].takes = 1, WAIT_EACH
    count = int(2 * MOST_WAITED / WAIT_EACH)
    narrow.raises(count)
    assert MOST_WAITED <= narrow.waited <= MOST_WAITED + WAIT_EACH
    assert (1, 0) in narrow.told()
    narrow = Narrow("a")
    narrow.receivers[0].makes, narrow.receivers[0].takes = 1, WAIT_EACH
    for _ in range(4):
        narrow.raises(count // 4)
    assert narrow.told() == [(0, 0)] * count


async def test_a_loop_is_served_in_place_again_when_its_receiver_has_caught_up() -> None:
    narrow = Narrow("a")
    (receiver,) = narrow.receivers
    receiver.takes = 1.0
    narrow.raises(12)
    assert narrow.told() == [(0, 0)] * 10 + [(1, 0)] * 2
    receiver.room = 100
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(narrow.engine.run)
        await eventually(lambda: not narrow.engine.totals().queued)
        narrow.raises(2)
        assert narrow.told() == [(1, 0)] * 2  # not so soon: each change costs a new plan
        await eventually(lambda: not narrow.engine.totals().queued)
        narrow.clock.pass_by(LEAST)
        narrow.raises(MOST + 8)
        assert (narrow.told(), narrow.group.calls) == ([(0, 0)] * (MOST + 8), 3)
        tasks.cancel_scope.cancel()
    assert receiver.got == list(range(MOST + 22))


def test_raises_that_must_not_wait_are_queued_at_once() -> None:
    narrow = Narrow("a")
    narrow.receivers[0].makes = 10
    narrow.raises(12, waits=False)
    assert (narrow.told(), narrow.waited) == ([(0, 0)] * 10 + [(1, 0)] * 2, 0.0)


def test_another_plan_gives_no_more_time() -> None:
    narrow = Narrow("a")
    narrow.receivers[0].makes, narrow.receivers[0].takes = 1, MOST_SAVED
    for number in range(10):
        narrow.receivers[0].room = 0
        narrow.raises(2)
        narrow.engine.subscribe("E_A", f"narrow:{number}")
    assert narrow.waited <= 2 * MOST_SAVED + 10 * WAIT_EACH


async def test_a_large_plan_changes_back_when_the_queue_has_been_empty_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(busy_sinks, "MANY", 1)
    narrow = Narrow("a")
    narrow.receivers[0].takes = 1.0
    narrow.raises(12)
    narrow.raises(1)  # finds the queue not empty
    narrow.receivers[0].room = 100
    narrow.told()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(narrow.engine.run)
        await eventually(lambda: not narrow.engine.totals().queued)
        narrow.clock.pass_by(LEAST)
        narrow.raises(1)
        assert narrow.told() == [(1, 0)]
        await eventually(lambda: not narrow.engine.totals().queued)
        narrow.clock.pass_by(busy_sinks.EMPTY)
        narrow.raises(1)
        assert narrow.told() == [(0, 0)]
        tasks.cancel_scope.cancel()
