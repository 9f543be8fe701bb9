"""Raises of a slice leave together, and all that can be seen of them is as if each had left at once."""

import contextlib
import json
from collections.abc import Callable, Generator

import pytest

from evtui.core.errors import BadParamsError, EngineClosedError, UnknownEventError
from evtui.core.records import Raised
from evtui.core.values import Params
from evtui.engine.dispatch.held_raises import FEW, HOLD, MANY, MOST, MOST_NOTIFICATIONS
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock, FakeTransport, fake_engine


class World:
    """An engine with a subscriber of E_A and none of E_NONE."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.clock = FakeClock()
        self.transport = FakeTransport()
        self.engine = fake_engine("E_A", "E_B", "E_NONE", transport=self.transport, clock=self.clock, journal=journal)
        self.engine.subscribe("E_A", "fake:a")
        self.engine.raise_event("E_A")  # compiles the dispatch plan
        self.transport.sent.clear()
        self.watch = self.engine.watch()

    def raises(self, *names: str) -> None:
        """Raise as a script does that does not read the code; the parameter is the number of the raise."""
        for number, name in enumerate(names):
            if not self.engine.held.take(name, Params((number,))):
                self.engine.raise_event(name, Params((number,)))

    def hold_with(self, subscribers: int, batches: list[int]) -> None:
        """Raise E_B ten times with so many subscribers, and check how many of its raises leave together."""
        while len(self.engine.subscription_states("E_B")) < subscribers:
            self.engine.subscribe("E_B", f"fake:x/{len(self.engine.subscription_states('E_B'))}")
        self.engine.raise_event("E_B")
        self.transport.batches.clear()
        with self.slice():
            self.raises(*["E_B"] * 10)
            assert self.transport.batches[: len(batches)] == batches

    @contextlib.contextmanager
    def slice(self) -> Generator[None]:
        """Run what is within as a slice of a run."""
        self.engine.held.begin()
        try:
            yield
        finally:
            self.engine.held.end()

    def told(self) -> list[str]:
        """List the new records: the kind, or the event of a raise."""
        return [record.event if isinstance(record, Raised) else type(record).__name__ for record in self.watch.read()]

    def raised(self) -> list[Raised]:
        """List the new records of raises."""
        return [record for record in self.watch.read() if isinstance(record, Raised)]


def test_the_first_raise_leaves_at_once_and_the_next_ones_together() -> None:
    world = World()
    with world.slice():
        world.raises(*["E_A"] * 5)
        assert (len(world.transport.sent), world.told()) == (1, ["E_A"])
    assert (len(world.transport.sent), world.transport.batches) == (5, [4])
    assert [payload for _, payload in world.transport.sent] == [
        f'{{"jsonrpc":"2.0","method":"E_A","params":[{number}]}}'.encode() for number in range(5)
    ]
    assert [(record.serial, record.params.values) for record in world.raised()] == [(n + 2, (n,)) for n in range(1, 5)]


def test_outside_of_a_slice_nothing_is_held() -> None:
    world = World()
    world.raises("E_A", "E_A", "E_A")
    with world.slice():
        world.raises("E_A")
    world.raises("E_A", "E_A")
    assert (len(world.transport.sent), world.transport.batches) == (6, [])


def test_no_more_are_held_than_many_and_fewer_with_many_subscribers() -> None:
    world = World()
    with world.slice():
        world.raises(*["E_A"] * (2 * MOST + 2))
        assert world.transport.batches == [MOST, MOST]
    world.hold_with(MOST_NOTIFICATIONS // 8, [8])
    world.hold_with(MANY, [FEW])
    world.hold_with(MANY + 1, [1] * 9)


def test_a_raise_sends_what_has_been_held_for_long() -> None:
    world = World()
    with world.slice():
        world.raises("E_A", "E_A", "E_A")
        world.clock.pass_by(2 * HOLD)
        assert world.transport.batches == []
        world.raises("E_A")
        assert world.transport.batches == [3]


def test_the_latency_is_from_the_raise_to_the_end_of_the_call_and_the_wall_time_of_the_raise() -> None:
    world = World()
    wall = FakeClock(1_800_000_000.0)
    world.engine = fake_engine("E_A", transport=world.transport, clock=world.clock, wall=wall)
    world.engine.subscribe("E_A", "fake:a")
    world.engine.raise_event("E_A")
    world.watch = world.engine.watch()
    with world.slice():
        for _ in range(3):
            world.raises("E_A")
            world.clock.pass_by(HOLD / 4)
            wall.pass_by(1)
        world.transport.on_send = lambda _address: world.clock.pass_by(0.5)
    found = [(record.at, record.latencies) for record in world.raised()]
    assert [at for at, _ in found] == [1_800_000_000.0, 1_800_000_001.0, 1_800_000_002.0]
    assert [latency for _, (latency,) in found] == pytest.approx([0, 1 + HOLD / 2, 1 + HOLD / 4])


def test_a_raise_without_subscribers_keeps_its_place_among_those_that_are_held() -> None:
    world = World()
    with world.slice():
        world.raises("E_NONE", "E_A", "E_NONE", "E_A", "E_NONE", "E_NONE", "E_A", "E_NONE")
        assert world.told() == ["E_NONE", "E_A", "E_NONE"]
    assert world.transport.batches == [2]
    records = world.raised()
    assert [record.event for record in records] == ["E_A", "E_NONE", "E_NONE", "E_A", "E_NONE"]
    assert [record.serial for record in records] == [5, 6, 7, 8, 9]
    none = world.engine.event_states()[2]
    assert (none.raised, none.no_subscribers, none.last_params) == (5, 5, Params((7,)))


def test_very_many_raises_without_subscribers_do_not_gather() -> None:
    world = World()
    with world.slice():
        world.raises("E_A", "E_A", *["E_NONE"] * MOST)
        assert len(world.told()) == MOST + 2


ACTS: dict[str, tuple[Callable[[Engine], object], str]] = {
    "raise": (lambda engine: engine.raise_event("E_A"), "E_A"),
    "raise without subscribers": (lambda engine: engine.raise_event("E_NONE"), "E_NONE"),
    "publish": (lambda engine: engine.publish("E_NEW"), "Published"),
    "subscribe": (lambda engine: engine.subscribe("E_A", "fake:b"), "Subscribed"),
    "subscribe to another": (lambda engine: engine.subscribe("E_NONE", "fake:a"), "Subscribed"),
    "refresh": (lambda engine: engine.subscribe("E_A", "fake:a", 60), "Refreshed"),
    "unsubscribe": (lambda engine: engine.unsubscribe("E_A", "fake:a"), "Unsubscribed"),
    "refuse": (lambda engine: engine.refuse_raise("E_A", Params(), "bad parameters", "why"), "Refused"),
}


@pytest.mark.parametrize("what", ACTS)
def test_what_is_held_leaves_before_all_else_that_the_journal_tells(what: str) -> None:
    (act, record), world = ACTS[what], World()
    with world.slice():
        world.raises("E_A", "E_A", "E_A")
        act(world.engine)
        assert world.told() == ["E_A", "E_A", "E_A", record]
        assert len(world.transport.sent) == 3 + (record == "E_A")


def test_what_is_held_leaves_before_a_subscription_expires() -> None:
    causes: tuple[Callable[[World], object], ...] = (
        lambda world: world.raises("E_A"),
        lambda world: world.engine.reap(),
        lambda world: world.engine.has_subscribers("E_A"),
    )
    for cause in causes:
        world = World()
        world.engine.subscribe("E_B", "fake:b", 1)
        with world.slice():
            world.raises("E_A", "E_A", "E_A")
            world.clock.pass_by(2)
            cause(world)
        assert world.told()[:5] == ["Subscribed", "E_A", "E_A", "E_A", "Expired"]


def test_counters_are_read_after_what_is_held_has_left() -> None:
    world = World()
    world.transport.broken = {"a": "broken"}
    with world.slice():
        world.raises("E_A", "E_A", "E_A")
        state = world.engine.event_states()[0]
        assert (state.raised, state.sent, state.failed) == (4, 1, 3)
        world.raises("E_A")
        (subscription,) = world.engine.subscription_states("E_A")
        assert (subscription.failed, subscription.last_error) == (4, "broken")
        world.raises("E_A")
        assert world.engine.totals().raised == 6


def test_each_failure_has_its_place_and_its_reason() -> None:
    world = World()
    world.engine.subscribe("E_A", "fake:a/2")
    world.engine.raise_event("E_A")
    calls: list[str] = []

    def break_some(address: str) -> None:
        calls.append(address)
        world.transport.broken = {address: f"call {len(calls)}"} if len(calls) in {1, 4, 5} else {}

    with world.slice():
        world.raises("E_A")
        world.transport.on_send = break_some
        world.raises("E_A", "E_A", "E_A")
    assert [[delivery.error for delivery in record.deliveries()] for record in world.raised()[1:]] == [
        [None, None], ["call 1", None], [None, "call 4"], ["call 5", None],
    ]  # fmt: skip
    state = world.engine.event_states()[0]
    assert (state.raised, state.sent, state.failed) == (6, 8, 3)
    assert [subscription.failed for subscription in world.engine.subscription_states("E_A")] == [2, 1]


def test_a_transport_that_raises_anything_is_a_failed_delivery_of_each() -> None:
    world = World()

    def fail(address: str) -> None:
        raise ValueError(f"a bug at {address}")

    with world.slice():
        world.raises("E_A")
        world.transport.on_send = fail
        world.raises("E_A", "E_A")
    assert [[failure.reason for failure in record.failures] for record in world.raised()] == [
        [], ["ValueError: a bug at a"], ["ValueError: a bug at a"],
    ]  # fmt: skip


def test_a_slice_that_an_error_ends_sends_what_is_held() -> None:
    world = World()
    with contextlib.suppress(ZeroDivisionError), world.slice():
        world.raises("E_A", "E_A")
        raise ZeroDivisionError
    assert len(world.transport.sent) == 2


def test_an_engine_that_is_closed_has_sent_what_was_held_and_takes_nothing() -> None:
    world = World()
    with world.slice():
        world.raises("E_A", "E_A")
        world.engine.close()
        assert world.told() == ["E_A", "E_A"]
        with pytest.raises(EngineClosedError):
            world.raises("E_A")


def test_events_in_turn_are_not_held() -> None:
    world = World()
    world.engine.subscribe("E_B", "fake:b")
    with world.slice():
        world.raises("E_A", "E_B", "E_A", "E_B")
        assert len(world.transport.sent) == 4
        world.raises("E_B", "E_B", "E_A")
        assert [address for address, _ in world.transport.sent[4:]] == ["b", "b", "a"]


def test_within_another_raise_nothing_is_held() -> None:
    world = World()
    with world.slice():
        world.raises("E_A")
        world.engine.dispatcher.depth = 1
        world.raises("E_A", "E_A")
        assert len(world.transport.sent) == 3
        world.engine.dispatcher.depth = 0


def test_the_journal_counts_the_same_bytes() -> None:
    kept: list[int] = []
    for is_slice in (False, True):
        world = World(Journal(max_bytes=20_000))
        world.engine.subscribe("E_A", "fake:a/2")
        world.transport.broken = {"a/2": "broken"}
        if is_slice:
            world.engine.held.begin()
        world.raises(*["E_A", "E_A", "E_NONE", "E_A"] * 50)
        world.engine.held.end()
        kept.append(world.engine.journal.evicted)
    assert kept[0] == kept[1]


def test_many_raises_of_one_call_leave_together_and_return_their_records() -> None:
    world = World()
    world.engine.subscribe("E_A", "fake:a/2")
    world.watch.read()
    world.transport.broken = {"a/2": "broken"}
    told = world.engine.raise_events("E_A", [{"n": number} for number in range(MOST + 18)])
    assert [record.params for record in told] == [Params((number,), ("n",)) for number in range(MOST + 18)]
    assert [len(record.failures) for record in told] == [1] * (MOST + 18)
    assert world.raised() == list(told)
    assert world.transport.batches == [MOST, 17]
    assert [json.loads(payload)["params"]["n"] for _, payload in world.transport.sent] == list(range(MOST + 18))
    assert not world.engine.raise_events("E_A", [])
    none = world.engine.raise_events("E_NONE", [None, [1], Params((2,))])
    assert [(record.subscribers, record.params.values) for record in none] == [(0, ()), (0, (1,)), (0, (2,))]
    assert world.raised() == list(none)


def test_nothing_of_one_call_is_raised_when_a_part_of_it_is_wrong() -> None:
    world = World()
    with pytest.raises(UnknownEventError):
        world.engine.raise_events("E_UNKNOWN", [None])
    with pytest.raises(BadParamsError):
        world.engine.raise_events("E_A", [None, {"n": object()}])  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    assert world.told() == []
    world.engine.close()
    with pytest.raises(EngineClosedError):
        world.engine.raise_events("E_A", [None])


def test_many_raises_within_a_raise_leave_one_by_one() -> None:
    world = World()
    with world.slice():
        world.raises("E_A")
        assert len(world.engine.raise_events("E_A", [None] * 3)) == 3
    assert (len(world.transport.sent), world.transport.batches) == (4, [])
