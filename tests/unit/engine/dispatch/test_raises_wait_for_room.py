"""Held raises to a receiver that has no room are tried again, and are queued when that takes too long."""

from collections.abc import Mapping, Sequence

import pytest

from evtui.core.errors import DeliveryError
from evtui.core.records import Raised
from evtui.core.transport import FanOut, ManyFanOut, Notification, OutboxPolicy, Settle, Sink, Target, TransportInfo
from evtui.core.values import Params, Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.dispatch.held_raises import FEW, LONG, MOST_WAITING
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock

NO_ROOM = "EAGAIN: Resource temporarily unavailable"


class NarrowReceiver:
    """A patient sink, its group and its queue's sender: it takes as many notifications as there is room."""

    window = 10
    confirms = False

    def __init__(self) -> None:
        self.room = 10
        self.got: list[bytes] = []
        self.calls = 0

    @property
    def group(self) -> "NarrowReceiver":
        return self

    def fan_out(self, sinks: Sequence[Sink]) -> FanOut:
        def call(payload: bytes) -> Sequence[tuple[int, str]]:
            try:
                self.send_one(payload)
            except DeliveryError as error:
                return ((0, error.reason),)
            return ()

        return call

    def fan_out_many(self, sinks: Sequence[Sink]) -> ManyFanOut:
        def call(payloads: Sequence[bytes]) -> Mapping[int, Sequence[tuple[int, str]]]:
            self.calls += 1
            sent, self.room = min(self.room, len(payloads)), max(0, self.room - len(payloads))
            self.got += payloads[:sent]
            return dict.fromkeys(range(sent, len(payloads)), ((0, NO_ROOM),))

        return call

    def send_one(self, payload: bytes) -> None:
        if not self.room:
            raise DeliveryError(NO_ROOM)
        self.room -= 1
        self.got.append(payload)

    def queue(self) -> tuple["NarrowSender", OutboxPolicy]:
        return NarrowSender(), OutboxPolicy()


class NarrowSink:
    """Sends to a receiver."""

    def __init__(self, receiver: NarrowReceiver) -> None:
        self.group = receiver
        self.send = receiver.send_one
        self.queue = receiver.queue


class NarrowSender:
    """Sends nothing: what is queued waits."""

    window = 10
    confirms = False

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        raise DeliveryError(NO_ROOM)

    async def aclose(self) -> None:
        """Close nothing."""

    def flush(self) -> None:
        """Send nothing."""


class NarrowTransport:
    """Takes `narrow:NAME`."""

    infos = (TransportInfo("narrow", "narrow:NAME", "narrow:a", "has little room"),)

    def __init__(self) -> None:
        self.receiver = NarrowReceiver()

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:
        return Target(Socket(scheme, address), "text", lambda: NarrowSink(self.receiver))

    def close(self) -> None:
        """Close nothing."""


class Narrow:
    """An engine with one subscriber that has room for ten notifications."""

    def __init__(self) -> None:
        transport, self.clock = NarrowTransport(), FakeClock()
        self.receiver = transport.receiver
        catalogue = Catalogue()
        catalogue.publish("E_A")
        self.engine = Engine(catalogue, [transport], Journal(), clock=self.clock, wall=FakeClock())
        self.engine.subscribe("E_A", "narrow:a")
        for _ in range(2):  # one compiles the plan, one is of the slice
            self.raises(1)
        self.watch = self.engine.watch()
        self.receiver.room = 10

    def raises(self, count: int) -> None:
        self.engine.held.begin()
        for _ in range(count):
            if not self.engine.held.take("E_A", Params()):
                self.engine.raise_event("E_A")

    def told(self) -> list[str]:
        records = [record for record in self.watch.read() if isinstance(record, Raised)]
        return ["queued" if record.plan.queued else "failed" if record.failures else "sent" for record in records]


def test_few_are_sent_together() -> None:
    narrow = Narrow()
    narrow.raises(FEW)
    assert (narrow.told(), len(narrow.receiver.got), narrow.receiver.calls) == (["sent"] * FEW, FEW + 2, 1)


def test_what_finds_no_room_is_tried_again_after_a_few_raises() -> None:
    narrow = Narrow()
    narrow.raises(2 * FEW)
    assert narrow.told() == ["sent"] * 10
    narrow.raises(FEW - 1)
    narrow.receiver.room = 100
    assert (narrow.told(), narrow.receiver.calls) == ([], 2)
    narrow.raises(1)
    assert (narrow.told(), narrow.receiver.calls) == (["sent"] * (3 * FEW - 10), 3)
    assert narrow.engine.event_states()[0].failed == 0


def test_a_pause_of_the_run_lets_it_wait_longer_and_its_end_queues_it() -> None:
    narrow = Narrow()
    narrow.raises(12)
    narrow.engine.held.send_some()
    assert narrow.told() == ["sent"] * 10
    narrow.receiver.room = 1
    narrow.engine.held.end()
    assert narrow.told() == ["sent", "queued"]
    narrow.raises(1)
    assert narrow.told() == ["queued"]
    state = narrow.engine.event_states()[0]
    assert (state.raised, state.sent, state.failed) == (15, 13, 0)
    assert narrow.engine.totals().queued == 2


@pytest.mark.parametrize("cause", ["age", "number"])
def test_what_waits_for_long_or_is_many_is_queued(cause: str) -> None:
    narrow = Narrow()
    narrow.receiver.room = 0
    narrow.raises(FEW)
    assert narrow.told() == []
    if cause == "age":
        narrow.clock.pass_by(2 * LONG)
        narrow.raises(1)
        assert narrow.told() == ["queued"] * (FEW + 1)
    else:
        narrow.raises(MOST_WAITING - FEW)
        assert narrow.told() == ["queued"] * MOST_WAITING
    assert not narrow.engine.held.raises


def test_the_attempts_do_not_grow_with_the_raises() -> None:
    narrow = Narrow()
    narrow.receiver.room = 0
    narrow.raises(MOST_WAITING)
    assert narrow.receiver.calls <= MOST_WAITING // FEW + 1
