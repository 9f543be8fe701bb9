"""Deadlines: due on time, moved either way; stale items do not pile up."""

import math

from evtui.engine.subscriptions.deadlines import Deadlines, Expiring


def armed(deadlines: Deadlines, at: float | None) -> Expiring:
    item = Expiring(at)
    deadlines.arm(item)
    return item


def test_nothing_armed_is_never_due() -> None:
    deadlines = Deadlines()
    armed(deadlines, None)
    assert deadlines.next == math.inf
    assert deadlines.due(1e18, 99) == []


def test_items_are_due_in_the_order_of_their_deadlines_and_only_once() -> None:
    deadlines = Deadlines()
    late, early = armed(deadlines, 20.0), armed(deadlines, 10.0)
    assert deadlines.next == 10.0
    assert deadlines.due(9.999, 99) == []
    assert deadlines.due(20.0, 99) == [early, late]
    assert deadlines.due(30.0, 99) == []


def test_a_later_deadline_is_kept_to() -> None:
    deadlines = Deadlines()
    item = armed(deadlines, 10.0)
    item.expires_at = 50.0
    deadlines.arm(item)
    assert deadlines.due(49.9, 99) == []
    assert deadlines.next == 50.0
    assert deadlines.due(50.0, 99) == [item]


def test_an_earlier_deadline_is_kept_to_and_its_old_one_is_forgotten() -> None:
    deadlines = Deadlines()
    item = armed(deadlines, 50.0)
    item.expires_at = 10.0
    deadlines.arm(item)
    assert deadlines.due(10.0, 99) == [item]
    assert deadlines.due(50.0, 99) == []


def test_an_item_that_loses_its_deadline_is_never_due() -> None:
    deadlines = Deadlines()
    item = armed(deadlines, 10.0)
    item.expires_at = None
    deadlines.arm(item)
    assert deadlines.due(1e9, 99) == []


def test_refreshing_without_end_does_not_grow_the_heap() -> None:
    deadlines = Deadlines()
    item = armed(deadlines, 3600.0)
    for turn in range(10_000):
        item.expires_at = (1.0 if turn % 2 else 3600.0) + turn * 1e-6
        deadlines.arm(item)
        if turn % 3 == 0:
            deadlines.disarm(item)
            deadlines.arm(item)
    assert len(deadlines) < 200
