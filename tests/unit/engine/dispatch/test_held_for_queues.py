"""Raises of a slice that are queued leave together too, and all that can be seen of them is as if each was queued."""

import contextlib
from collections.abc import Generator

import anyio
import pytest

from evtui.core.records import Raised
from evtui.core.transport import OutboxPolicy
from evtui.core.values import Params
from evtui.engine.catalogue import Catalogue
from evtui.engine.dispatch.held_raises import HOLD, MOST
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.engine.outbox.outboxes import OutboxRules
from evtui.engine.outbox.shared_bound import ENTRY_BYTES
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.functional.mi.mi_world import eventually
from tests.unit.engine.outbox.test_outbox_durable import FakeSpool

SIZE = len(b'{"jsonrpc":"2.0","method":"E_A","params":[1]}')


class World:
    """An engine whose event E_A has these subscribers, and a loop of a script that raises it."""

    def __init__(
        self, *sockets: str, policy: OutboxPolicy | None = None, spool: FakeSpool | None = None, limit: int = 1 << 20
    ) -> None:
        self.clock, self.number = FakeClock(), 0
        self.transport = FakeQueuedTransport(policy)
        catalogue = Catalogue()
        catalogue.publish("E_A")
        self.engine = Engine(
            catalogue, [self.transport, self.transport.direct], Journal(), clock=self.clock, wall=FakeClock(),
            spool=spool, rules=OutboxRules(bytes=limit),
        )  # fmt: skip
        for socket in sockets:
            self.engine.subscribe("E_A", socket)
        self.watch = self.engine.watch()

    def raises(self, count: int) -> list[bool]:
        """Raise, and say of each whether it may leave later."""
        taken: list[bool] = []
        for _ in range(count):
            params, self.number = Params((self.number % 10,)), self.number + 1
            taken.append(self.engine.held.take("E_A", params))
            if not taken[-1]:
                self.engine.raise_event("E_A", params)
        return taken

    @contextlib.contextmanager
    def slice(self) -> Generator[None]:
        """Run what is within as a slice of a run."""
        self.engine.held.begin()
        yield
        self.engine.held.end()

    @property
    def sizes(self) -> list[int]:
        """Say what each queue holds, without reading what makes held raises leave."""
        states = self.engine.counts.queues()
        return [state.queued for state in states]

    def told(self) -> list[str]:
        """List the kinds of the new records."""
        return [type(record).__name__ for record in self.watch.read()]


def test_they_are_queued_together_and_recorded_before() -> None:
    world = World("wait:a")
    with world.slice():
        assert world.raises(5) == [False, True, True, True, True]
        assert (world.told(), world.sizes) == (["Raised"], [1])
        world.clock.pass_by(HOLD / 2)
        assert world.engine.held.queued == 0
    assert (world.told(), world.sizes, world.engine.held.queued) == (["Raised"] * 4, [5], 4)
    (state,) = world.engine.outbox_states().values()
    assert state.bytes == 5 * SIZE
    assert state.age == pytest.approx(HOLD / 2)
    assert (world.engine.totals().raised, world.engine.totals().queued) == (5, 5)


def test_what_tells_of_queues_tells_of_what_was_raised() -> None:
    world = World("wait:a")
    with world.slice():
        world.raises(2)
        assert [state.queued for state in world.engine.outbox_states().values()] == [2]
        world.raises(2)
        assert [state.queued for state in world.engine.walk_outboxes() if state is not None] == [4]
        world.raises(2)
        assert [state.queued for state in world.engine.subscription_states("E_A")] == [6]


async def test_what_is_sent_and_what_is_queued_arrives_in_order() -> None:
    world = World("wait:a", "fake:b", "wait:c")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.engine.run)
        await anyio.wait_all_tasks_blocked()
        with world.slice():
            world.raises(MOST + 8)
        await eventually(lambda: not world.engine.totals().queued)
        tasks.cancel_scope.cancel()
    expected = [b'{"jsonrpc":"2.0","method":"E_A","params":[%d]}' % (number % 10) for number in range(MOST + 8)]
    assert world.transport.direct.batches == [MOST, 7]
    assert [payload for _, payload in world.transport.direct.sent] == expected
    for name in ("a", "c"):
        assert world.transport.sender(name).payloads == expected
        assert world.transport.sender(name).serials == list(range(1, MOST + 9))
    records = [record for record in world.watch.read() if isinstance(record, Raised)]
    assert [(len(record.latencies), record.plan.queued) for record in records] == [(3, 2)] * (MOST + 8)
    assert [state.sent for state in world.engine.subscription_states("E_A")] == [MOST + 8] * 3


@pytest.mark.parametrize("overflow", ["drop-oldest", "drop-newest", "refuse"])
def test_what_a_full_queue_drops_is_told_behind_the_raise_that_finds_it_full(overflow: str) -> None:
    world = World("wait:a", policy=OutboxPolicy(max_count=5, overflow=overflow))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with world.slice():
        world.raises(4)
        world.raises(3)
    assert world.told() == [*["Raised"] * 5, *["Raised", "Settled"] * 2]
    assert world.sizes == [5]


def test_the_bound_over_all_queues_holds_for_what_is_queued_together() -> None:
    each = SIZE + ENTRY_BYTES
    world = World("wait:a", "wait:b", limit=50 * each)
    with world.slice():
        world.raises(100)
    use = world.engine.counts.queue_use()
    assert 40 * each < use.bytes <= use.limit
    assert sum(world.sizes) + sum(state.dropped for state in world.engine.outbox_states().values()) == 200


def test_what_the_disk_keeps_is_kept_before_the_raise_returns() -> None:
    spool = FakeSpool()
    world = World("wait:a", policy=OutboxPolicy(durable=True), spool=spool)
    with world.slice():
        for number in range(1, 4):
            assert world.raises(1) == [False]
            assert len(spool.kept) == number


def test_what_is_several_destinations_is_not_held() -> None:
    world = World("multicast:a b")
    with world.slice():
        assert world.raises(3) == [False] * 3
