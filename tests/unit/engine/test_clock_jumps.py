"""The wall clock jumps by an hour: expiries, ages of notifications and what is restored stay right."""

import pytest
from msgspec.structs import replace

from evtui.core.transport import Notification, OutboxPolicy
from evtui.core.values import NO_PARAMS, Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.queued_fakes import FakeQueuedTransport

HOUR = 3600.0
NOW = 1_800_000_000.0
POLICY = OutboxPolicy(durable=True, max_age=100.0, backoff=0.001)


class OneNotification:
    """A spool in which one notification waits, raised ten seconds before NOW."""

    set_aside = 0

    def claim(self) -> None:
        pass

    def add(self, socket: Socket, source: str, notification: Notification) -> int:
        return 2

    def remove(self, keys: object) -> None:
        pass

    def load(self, socket: Socket) -> list[tuple[int, Notification]]:
        return [(1, Notification("run", 1, NOW - 10, "E_A", NO_PARAMS, b"x"))]

    def destinations(self) -> list[tuple[Socket, str]]:
        return [(Socket("wait", "a"), "wait:a")]

    def last_serial(self) -> int:
        return 1


def engine_at(wall: FakeClock, clock: FakeClock, policy: OutboxPolicy = POLICY) -> Engine:
    catalogue = Catalogue()
    catalogue.publish("E_A")
    return Engine(catalogue, [FakeQueuedTransport(policy)], Journal(), clock=clock, wall=wall, spool=OneNotification())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_a_subscription_lasts_as_long_as_asked(clock: FakeClock, jump: float) -> None:
    wall = FakeClock(NOW)
    engine = engine_at(wall, clock, replace(POLICY, durable=False))
    engine.subscribe("E_A", "wait:b", 60)
    wall.pass_by(jump)
    clock.pass_by(59)
    assert [state.ttl for state in engine.subscription_states()] == [1.0]
    assert [each.left for each in engine.saved_subscriptions()] == [1.0]
    clock.pass_by(1)
    assert engine.subscription_states() == ()


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_what_waits_ages_by_the_seconds_that_pass(clock: FakeClock, jump: float) -> None:
    wall = FakeClock(NOW)
    engine = engine_at(wall, clock)
    engine.subscribe("E_A", "wait:a")
    wall.pass_by(jump)
    clock.pass_by(50)
    assert engine.outbox_states()[Socket("wait", "a")].age == 60.0


@pytest.mark.parametrize(("jump", "age"), [(-HOUR, 0.0), (0.0, 10.0)])
def test_what_an_earlier_run_left_is_never_younger_than_now(clock: FakeClock, jump: float, age: float) -> None:
    engine = engine_at(FakeClock(NOW + jump), clock)
    engine.subscribe("E_A", "wait:a")
    state = engine.outbox_states()[Socket("wait", "a")]
    assert (state.queued, state.age) == (1, age)
