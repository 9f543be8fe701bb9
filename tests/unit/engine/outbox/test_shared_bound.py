"""The bound over all queues together: which queue gives way, that each loss is counted, and what it costs."""

import time
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.core.records import Outcome
from evtui.core.transport import Notification, OutboxPolicy, Overflow
from evtui.core.values import NO_PARAMS
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.engine.outbox.entry import OutboxEntry
from evtui.engine.outbox.outboxes import OutboxRules
from evtui.engine.outbox.queue import OutboxQueue
from evtui.engine.outbox.shared_bound import ENTRY_BYTES, SharedBound
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.queued_fakes import FakeQueuedTransport


class Peer:
    """A queue under a bound, with what happened to its entries."""

    def __init__(self, shared: SharedBound, policy: OutboxPolicy | None = None) -> None:
        self.ends: list[tuple[int, Outcome, str | None]] = []
        self.put = 0
        self.queue = OutboxQueue(policy or OutboxPolicy(), self._settled, shared)

    def offer(self, size: int) -> bool:
        """Put a notification of so many bytes as an outbox does; returns whether it was taken."""
        serial, self.put = self.put, self.put + 1
        entry = OutboxEntry(Notification("run", serial, 0.0, "E_A", NO_PARAMS, bytes(size)), 0.0, None, None)
        if not self.queue.fits(size) and not self.queue.make_room(entry, size):
            return False
        self.queue.put(entry, size)
        return True

    def waiting(self) -> list[int]:
        """Return the serials that wait, oldest first."""
        found = [entry.notification.serial for entry in self.queue.take_batch(1 << 20)]
        self.queue.return_unsettled()
        return found

    def _settled(self, entry: OutboxEntry, outcome: Outcome, reason: str | None) -> None:
        self.ends.append((entry.notification.serial, outcome, reason))


KIB = 1024
LIMIT = 64 * KIB
SIZE = KIB - ENTRY_BYTES
"""A payload that counts as 1 KiB."""


def test_the_largest_queue_gives_way_to_a_small_one_and_says_why() -> None:
    shared = SharedBound(LIMIT)
    large, small = Peer(shared), Peer(shared)
    assert [large.offer(SIZE) for _ in range(64)] == [True] * 64
    assert [small.offer(SIZE) for _ in range(3)] == [True] * 3
    assert small.waiting() == [0, 1, 2]
    assert large.waiting() == list(range(3, 64))
    why = f"all queues together are full ({LIMIT:,} bytes), and this one holds most"
    assert large.ends == [(serial, "dropped", why) for serial in range(3)]
    assert (shared.use().bytes, shared.use().limit, shared.use().overflows) == (LIMIT, LIMIT, 3)


@pytest.mark.parametrize(
    ("overflow", "outcome", "left"),
    [("drop-oldest", "dropped", (1, 64)), ("drop-newest", "dropped", (0, 63)), ("refuse", "failed", (0, 63))],
)
def test_a_queue_gives_way_as_its_own_policy_says(overflow: Overflow, outcome: Outcome, left: tuple[int, int]) -> None:
    shared = SharedBound(LIMIT)
    large, small = Peer(shared, OutboxPolicy(overflow=overflow)), Peer(shared)
    for _ in range(64):
        large.offer(SIZE)
    assert small.offer(SIZE)
    assert large.waiting() == list(range(*left))
    assert [end for _, end, _ in large.ends] == [outcome]


@pytest.mark.parametrize(
    ("overflow", "taken", "outcome"),
    [("drop-oldest", True, "dropped"), ("drop-newest", False, "dropped"), ("refuse", False, "failed")],
)
def test_the_largest_queue_itself_loses_its_own(overflow: Overflow, taken: bool, outcome: Outcome) -> None:
    shared = SharedBound(LIMIT)
    small, large = Peer(shared), Peer(shared, OutboxPolicy(overflow=overflow))
    for _ in range(3):
        small.offer(SIZE)
    for _ in range(61):
        large.offer(SIZE)
    assert large.offer(SIZE) is taken
    assert [end for _, end, _ in large.ends] == [outcome]
    assert small.waiting() == [0, 1, 2]
    assert shared.overflows == 1


def test_what_is_in_flight_is_not_taken_away() -> None:
    shared = SharedBound(LIMIT)
    large, other, small = Peer(shared), Peer(shared), Peer(shared)
    for _ in range(40):
        large.offer(SIZE)
    for _ in range(24):
        other.offer(SIZE)
    large.queue.take_batch(1000)
    assert small.offer(SIZE)
    assert (large.ends, [serial for serial, _, _ in other.ends]) == ([], [0])
    other.queue.take_batch(1000)
    assert not small.offer(SIZE * 8)
    assert [end for _, end, _ in small.ends] == ["dropped", "dropped"]  # its own oldest, then the new one


def test_a_notification_that_can_never_fit_takes_no_room_from_other_queues() -> None:
    shared = SharedBound(LIMIT)
    peer, other = Peer(shared), Peer(shared)
    for _ in range(30):
        assert peer.offer(SIZE)
        assert other.offer(SIZE)
    assert not peer.offer(LIMIT)
    assert (len(peer.waiting()), len(other.waiting())) == (30, 30)


def test_a_queue_that_ended_gives_back_all() -> None:
    shared = SharedBound(LIMIT)
    for _ in range(1000):
        peer = Peer(shared)
        assert peer.offer(SIZE * 20)
        peer.queue.leave()
    assert shared.use().bytes == 0


def test_a_queue_that_was_emptied_gives_its_room_to_others() -> None:
    shared = SharedBound(LIMIT)
    first, second = Peer(shared), Peer(shared)
    for _ in range(64):
        first.offer(SIZE)
    for place in range(len(first.queue.take_batch(64))):
        first.queue.settle(first.queue.in_flight[place], "sent", None)
    first.queue.return_unsettled()
    assert [second.offer(SIZE) for _ in range(64)] == [True] * 64
    assert shared.overflows == 0


Step = tuple[int, str, int]


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from(["offer", "offer", "offer", "take", "settle", "leave"]),
                  st.integers(0, 12_000)),
        max_size=200,
    ),
    st.lists(st.sampled_from(["drop-oldest", "drop-newest", "refuse"]), min_size=5, max_size=5),
)  # fmt: skip
def test_whatever_happens_the_bound_holds_and_every_notification_is_accounted_for(
    steps: list[Step], policies: list[Overflow]
) -> None:
    shared = SharedBound(LIMIT)
    peers = [Peer(shared, OutboxPolicy(overflow=policy, max_bytes=48 * KIB, max_count=50)) for policy in policies]
    for number, action, size in steps:
        peer = peers[number]
        match action:
            case "offer":
                peer.offer(size)
            case "take" if not peer.queue.is_sending:
                peer.queue.take_batch(1 + size % 5)
            case "settle":
                for entry in peer.queue.in_flight[: size % 4]:
                    peer.queue.settle(entry, "sent", None)
                peer.queue.return_unsettled()
            case "leave" if peer.queue.count == 0:
                peer.queue.leave()
            case _:
                pass
        assert shared.use().bytes == sum(one.queue.used() for one in peers) <= LIMIT
    for peer in peers:
        assert Counter(outcome for _, outcome, _ in peer.ends).total() + peer.queue.count == peer.put
        waiting = peer.waiting()
        assert waiting == sorted(waiting)


def cost_of_an_offer_at_the_bound(queues: int) -> float:
    """Return the seconds of one offer when all queues are equally full and nothing is left."""
    shared = SharedBound(queues * 8 * KIB)
    peers = [Peer(shared) for _ in range(queues)]
    for _ in range(9):
        for peer in peers:
            peer.offer(SIZE)
    best = float("inf")
    for _ in range(5):
        started = time.thread_time()  # not the time that other processes take
        for peer in peers:
            peer.offer(SIZE)
        best = min(best, time.thread_time() - started)
    assert shared.overflows > 5 * queues
    return best / queues


def test_an_offer_at_the_bound_costs_no_more_with_many_queues() -> None:
    few, many = cost_of_an_offer_at_the_bound(50), cost_of_an_offer_at_the_bound(3200)
    assert many < 24 * few  # a search of all queues would be 64


async def test_dead_destinations_take_no_more_memory_than_allowed_and_the_small_one_keeps_all() -> None:
    limit, size = 16 << 20, 100_000
    rules = OutboxRules(bytes=limit)
    transport = FakeQueuedTransport(OutboxPolicy())
    clock = FakeClock()
    engine = Engine(Catalogue(), [transport], Journal(100, 4096), clock=clock, wall=clock, rules=rules)
    names = [f"E_{number}" for number in range(40)]
    for name in (*names, "E_SMALL"):
        engine.publish(name)
        engine.subscribe(name, f"wait:{name.lower()}")
    tracemalloc.start()
    try:
        for turn in range(20):
            for name in names:
                engine.raise_event(name, ("x" * size,))
            engine.raise_event("E_SMALL", (turn,))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    use = engine.totals().queue_use
    states = engine.outbox_states().values()
    assert peak < 3 * limit  # parameters are kept beside payloads
    assert 0.9 * limit < use.bytes <= limit
    assert sum(state.queued + state.dropped for state in states) == 20 * 41
    assert use.overflows == sum(state.dropped for state in states)
    small = next(state for state in states if str(state.socket) == "wait:e_small")
    assert (small.queued, small.dropped) == (20, 0)
    engine.close()
