"""The queue of an outbox: order, bounds and what is in flight, without an event loop, a clock or a spool."""

from collections.abc import Sequence

import pytest

from evtui.core.records import Outcome
from evtui.core.transport import Notification, OutboxPolicy, Overflow
from evtui.core.values import NO_PARAMS
from evtui.engine.outbox.entry import OutboxEntry
from evtui.engine.outbox.queue import OutboxQueue


class Ends:
    """Keeps how entries ended."""

    def __init__(self) -> None:
        self.all: list[tuple[int, Outcome, str | None]] = []

    def __call__(self, entry: OutboxEntry, outcome: Outcome, reason: str | None) -> None:
        self.all.append((entry.notification.serial, outcome, reason))


def entry(serial: int, size: int = 10, since: float = 0.0, key: int | None = None) -> OutboxEntry:
    notification = Notification("run", serial, 0.0, "E_A", NO_PARAMS, b"x" * size)
    return OutboxEntry(notification, since, None, key)


def filled(queue: OutboxQueue, entries: Sequence[OutboxEntry]) -> OutboxQueue:
    for each in entries:
        queue.put(each, len(each.notification.payload))
    return queue


def serials(entries: Sequence[OutboxEntry]) -> list[int]:
    return [each.notification.serial for each in entries]


def test_entries_leave_in_order_in_batches_no_larger_than_the_window() -> None:
    queue = filled(OutboxQueue(OutboxPolicy(), Ends()), [entry(serial) for serial in range(5)])
    assert serials(queue.take_batch(3)) == [0, 1, 2]
    for place in range(3):
        assert queue.settle(queue.in_flight[place], "sent", None)
    assert queue.return_unsettled() == []
    assert serials(queue.take_batch(3)) == [3, 4]
    assert (queue.count, queue.bytes, queue.counts["sent"]) == (2, 20, 3)


def test_entries_that_an_attempt_did_not_settle_return_to_the_front_in_order() -> None:
    ends = Ends()
    queue = filled(OutboxQueue(OutboxPolicy(), ends), [entry(serial) for serial in range(5)])
    queue.take_batch(4)
    queue.settle(queue.in_flight[1], "acknowledged", None)
    assert serials(queue.return_unsettled()) == [0, 2, 3]
    assert ends.all == [(1, "acknowledged", None)]
    again = queue.take_batch(10)
    assert serials(again) == [0, 2, 3, 4]
    assert [each.attempts for each in again] == [2, 2, 2, 1]


def test_an_entry_is_settled_once_though_a_sender_reports_it_twice() -> None:
    ends = Ends()
    queue = filled(OutboxQueue(OutboxPolicy(), ends), [entry(0)])
    queue.take_batch(1)
    assert queue.settle(queue.in_flight[0], "sent", None)
    assert not queue.settle(queue.in_flight[0], "failed", "late")
    assert ends.all == [(0, "sent", None)]
    assert (queue.count, queue.bytes) == (0, 0)


@pytest.mark.parametrize("policy", [OutboxPolicy(max_count=2), OutboxPolicy(max_bytes=25)])
def test_the_oldest_waiting_entries_make_room_for_a_new_one(policy: OutboxPolicy) -> None:
    ends = Ends()
    queue = filled(OutboxQueue(policy, ends), [entry(0), entry(1)])
    new = entry(2)
    assert not queue.fits(10)
    assert queue.make_room(new, 10)
    queue.put(new, 10)
    assert [(serial, outcome) for serial, outcome, _ in ends.all] == [(0, "dropped")]
    assert serials(queue.take_batch(5)) == [1, 2]


@pytest.mark.parametrize(("overflow", "outcome"), [("drop-newest", "dropped"), ("refuse", "failed")])
def test_a_full_queue_drops_or_fails_the_new_entry_when_the_policy_says_so(
    overflow: Overflow, outcome: Outcome
) -> None:
    ends = Ends()
    queue = filled(OutboxQueue(OutboxPolicy(max_count=1, overflow=overflow), ends), [entry(0)])
    assert not queue.make_room(entry(1), 10)
    assert ends.all == [(1, outcome, "queue full (1 of 1, 10 of 67,108,864 bytes)")]
    assert (queue.count, queue.counts[outcome]) == (1, 1)


def test_an_entry_larger_than_the_whole_queue_drops_no_other() -> None:
    ends = Ends()
    queue = filled(OutboxQueue(OutboxPolicy(max_bytes=30), ends), [entry(0)])
    assert not queue.make_room(entry(1, size=31), 31)
    assert [(serial, outcome) for serial, outcome, _ in ends.all] == [(1, "dropped")]
    assert queue.count == 1


def test_entries_in_flight_are_never_dropped_and_count_against_the_bounds() -> None:
    ends = Ends()
    queue = filled(OutboxQueue(OutboxPolicy(max_count=2), ends), [entry(0), entry(1)])
    queue.take_batch(2)
    assert not queue.make_room(entry(2), 10)
    assert [serial for serial, _, _ in ends.all] == [2]
    queue.drop_old(1000.0, 1.0, "old")
    assert serials(queue.return_unsettled()) == [0, 1]


def test_waiting_entries_of_the_age_limit_are_dropped_and_younger_ones_stay() -> None:
    ends = Ends()
    queue = filled(OutboxQueue(OutboxPolicy(), ends), [entry(0, since=1.0), entry(1, since=5.0), entry(2, since=5.5)])
    assert queue.waiting_since() == 1.0
    queue.drop_old(10.0, 5.0, "older than 5 s")
    assert ends.all == [(0, "dropped", "older than 5 s"), (1, "dropped", "older than 5 s")]
    assert queue.waiting_since() == 5.5


def test_the_oldest_entry_is_the_first_one_in_flight_that_is_not_settled() -> None:
    queue = OutboxQueue(OutboxPolicy(), Ends())
    assert (queue.oldest, queue.waiting_since(), queue.is_sending) == (None, None, False)
    entries = [entry(serial) for serial in range(3)]
    filled(queue, entries)
    queue.take_batch(2)
    assert (queue.oldest, queue.is_sending) == (entries[0], True)
    queue.settle(queue.in_flight[0], "sent", None)
    assert queue.oldest is entries[1]
    queue.settle(queue.in_flight[1], "sent", None)
    assert queue.oldest is entries[2]


def test_discarding_drops_what_is_not_in_the_spool_in_flight_too() -> None:
    ends = Ends()
    queue = filled(OutboxQueue(OutboxPolicy(), ends), [entry(0), entry(1, key=7), entry(2), entry(3, key=8)])
    queue.take_batch(2)
    assert queue.discard("evtui stopped") == 2
    assert ends.all == [(0, "dropped", "evtui stopped"), (2, "dropped", "evtui stopped")]
    assert (queue.count, queue.settled_keys) == (2, [])


def test_settled_entries_leave_their_spool_keys_to_be_removed() -> None:
    queue = filled(OutboxQueue(OutboxPolicy(max_count=3), Ends()), [entry(0, key=7), entry(1, key=8), entry(2)])
    queue.settle_first(1, "failed", "gone")
    queue.take_batch(2)
    queue.settle(queue.in_flight[0], "sent", None)
    queue.settle(queue.in_flight[1], "sent", None)
    assert queue.settled_keys == [7, 8]
