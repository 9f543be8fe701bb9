"""Several filters together: what they show, how many rows each shows alone, and what changes with time."""

import pytest

from evtui.core.records import Settled
from evtui.ui.stream.filtered_rows import AT_ONCE
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_view import StreamView
from tests.unit.ui.records import REFUSED, SOCKETS, TCP, queued, raised
from tests.unit.ui.stream.filters.stream_filters import only


def numbers(view: StreamView) -> list[int]:
    return [row.number for row in view.view]


def all_looked_at(view: StreamView) -> None:
    while view.progress is not None:
        view.scan(500)


def test_each_filter_counts_what_it_shows_alone() -> None:
    view = StreamView(limit=6_000)
    records = [raised("E_A" if place % 2 else "E_B", {"n": place}, subscribers=3) for place in range(6_000)]
    view.take(records)
    view.show_only(only("event=E_A", "n<10", f"to={SOCKETS[0]}").with_mode(1, "out"))
    all_looked_at(view)
    assert [view.hits(place) for place in range(3)] == [9_000, 30, 6_000]
    assert len(view.view) == 3_000 - 5
    view.take(records[:20])
    assert [view.hits(place) for place in range(3)] == [9_000, 30, 6_000]
    view.show_only(view.filter.with_mode(0, "off"))
    all_looked_at(view)
    assert [view.hits(place) for place in range(3)] == [None, 30, 6_000]


def test_hits_go_with_what_is_evicted_before_it_was_looked_at() -> None:
    view = StreamView(limit=6_000)
    view.take([raised("E_A")] * 6_000)
    view.show_only(only("event=E_A"))
    view.take([raised("E_B")] * 5_000)
    all_looked_at(view)
    assert view.hits(0) == 1_000
    view.take([raised("E_B")] * 5_000)
    assert view.hits(0) == 0


def test_filters_that_are_off_show_everything() -> None:
    view = StreamView()
    view.take([raised("E_A"), raised("E_B")])
    view.show_only(only("event=E_A").with_mode(0, "off"))
    assert not view.filter
    assert len(view.view) == 2
    assert view.hits(0) is None


def test_rows_leave_and_enter_as_they_get_older() -> None:
    view = StreamView()
    clock = [100.0]
    view.wall = lambda: clock[0]
    view.take([raised("E_A", at=float(second)) for second in range(90, 101)])
    for text, before, after in (("age<5s", range(6, 11), range(9, 11)), ("age>=5s", range(6), range(9))):
        clock[0] = 100.0
        view.show_only(only(text))
        assert numbers(view) == list(before), text
        clock[0] = 103.0
        assert view.take_changes().others
        assert numbers(view) == list(after), text
        assert view.hits(0) == len(after)


def test_many_rows_get_old_in_bounded_steps() -> None:
    view = StreamView()
    clock = [100.0]
    view.wall = lambda: clock[0]
    view.take([raised("E_A", at=99.0)] * (2 * AT_ONCE + 5))
    view.show_only(only("age<5s"))
    all_looked_at(view)
    clock[0] = 110.0
    for left in (AT_ONCE + 5, 5, 0):
        view.take_changes()
        assert len(view.view) == left


@pytest.mark.parametrize("text", ["outcome=failed", "failed", "not outcome=queued", "reason~refused", "latency>1s"])
def test_a_delivery_that_is_settled_is_decided_about_again(text: str) -> None:
    view = StreamView()
    record = queued(event="E_A")
    view.take([record])
    view.show_only(only(text))
    assert numbers(view) == []
    view.take([Settled(record.serial, 2.0, "E_A", TCP[0], "failed", 2.0, 3, REFUSED)])
    view.take_changes()
    assert numbers(view) == [0]
    assert view.hits(0) == 1


def test_typed_and_selected_filters_are_replaced_and_others_added() -> None:
    filters = StreamFilter()
    parsed = only("a", "b", "c").parts
    filters = filters.with_one(parsed[0].wanted, "typed").with_one(parsed[1].wanted, "selected")
    filters = filters.with_one(parsed[2].wanted, "typed")
    assert (str(filters), filters.typed) == ("c, b", "c")
    assert str(filters.added(parsed[0].wanted, "named").with_mode(2, "out")) == "c, b, not named"
    assert filters.added(parsed[2].wanted) == filters
    assert str(filters.with_one(None, "typed")) == "b"
    assert filters.with_one(None, "typed").with_one(None, "typed") == filters.without(0)
