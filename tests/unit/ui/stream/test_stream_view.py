"""The stream outside Textual: bounded, frozen, filtered."""

import pytest

from evtui.core.records import Subscribed
from evtui.engine.journal import Journal
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_rows import delivery_of
from evtui.ui.stream.stream_view import KEPT_RECORDS, StreamView
from tests.fakes.engine_fakes import fake_engine
from tests.unit.ui.records import SOCKETS, raised, subscription
from tests.unit.ui.stream.filters.stream_filters import only


def test_a_raise_is_one_row_a_subscriber_and_names_those_that_failed() -> None:
    view = StreamView()
    view.take([raised(subscribers=3, failed=(1,))])
    deliveries = [delivery_of(row) for row in view.view]
    assert [delivery.socket for delivery in deliveries if delivery] == list(SOCKETS)
    assert [row.error for row in view.view] == [None, "ECONNREFUSED: Connection refused", None]


def test_a_raise_without_subscribers_and_a_change_are_one_row_each() -> None:
    view = StreamView()
    view.take([raised(subscribers=0), Subscribed(0.0, subscription())])
    assert [row.is_delivery for row in view.view] == [False, False]
    assert (view.received, view.numbered) == (1, 2)


def test_changes_are_not_received_notifications() -> None:
    view = StreamView()
    view.take([Subscribed(0.0, subscription()), raised(), Subscribed(0.0, subscription())])
    assert (view.received, view.numbered, len(view.view)) == (1, 3, 3)


def test_the_oldest_records_make_room_and_are_counted() -> None:
    view = StreamView(limit=3)
    view.take([raised(subscribers=3) for _ in range(5)])
    assert (view.received, view.evicted, len(view.view)) == (15, 2, 9)
    assert [row.number for row in view.view] == list(range(6, 15))
    view.take([raised()])
    assert (view.received, view.evicted, len(view.view)) == (16, 3, 7)


def test_the_view_reaches_what_the_journal_holds_and_no_more() -> None:
    engine, view = fake_engine("E_T", journal=Journal(max_records=100)), StreamView()
    watch = engine.watch()
    for _ in range(7):
        for _ in range(30):
            engine.raise_event("E_T")
        view.take(watch.read(), watch.journal)
    held, _ = engine.journal.since(0)
    assert view.rows.records == list(held)
    assert (len(view.view), view.evicted, view.numbered) == (100, 110, 210)
    assert [row.number for row in view.view] == list(range(110, 210))


def test_a_frozen_view_stands_still_while_the_ring_runs_on() -> None:
    view = StreamView(limit=4)
    view.take([raised("E_OLD")] * 4)
    view.freeze("paused")
    view.take([raised("E_NEW")] * 6)
    assert [row.number for row in view.view] == [0, 1, 2, 3]
    assert view.new == 6
    view.follow()
    assert [row.number for row in view.view] == [6, 7, 8, 9]
    assert view.new == 0


def test_a_filter_shows_old_rows_and_new_ones_alike() -> None:
    view = StreamView(limit=6)
    view.take([raised("E_A", {"ip": "192.0.2.1"}), raised("E_B", {"ip": "192.0.2.2"})])
    view.show_only(only("192.0.2.2"))
    assert [row.number for row in view.view] == [1]
    view.take([raised("E_A"), raised("E_B", {"ip": "192.0.2.2"})])
    assert [row.number for row in view.view] == [1, 3]
    view.show_only(StreamFilter())
    assert len(view.view) == 4


def test_rows_that_left_the_ring_leave_the_filtered_view() -> None:
    view = StreamView(limit=3)
    view.show_only(only("event=E_A"))
    view.take([raised("E_A"), raised("E_B"), raised("E_B"), raised("E_B")])
    assert not view.view


def test_a_frozen_view_counts_only_new_rows_it_would_show() -> None:
    view = StreamView()
    view.show_only(only("event=E_A"))
    view.freeze("held")
    view.take([raised("E_A"), raised("E_B")])
    assert view.new == 1


def test_a_filter_by_subscriber_and_words_needs_both() -> None:
    wanted = only(f"to={SOCKETS[0]} Refused  test")
    view = StreamView()
    view.take([raised("E_TEST", subscribers=2, failed=(0, 1)), raised("E_TEST", subscribers=1)])
    view.show_only(wanted)
    assert [row.number for row in view.view] == [0]


def test_a_row_is_found_by_its_number() -> None:
    view = StreamView(limit=5)
    view.take([raised()] * 8)
    assert [view.find(number) for number in (2, 3, 7, 8)] == [None, 0, 4, None]


def test_clearing_forgets_the_rows_and_goes_on_counting() -> None:
    view = StreamView()
    view.take([raised()] * 3)
    view.clear()
    view.take([raised()])
    assert [row.number for row in view.view] == [3]
    assert view.received == 4


def numbers(view: StreamView) -> list[int]:
    return [row.number for row in view.view]


def test_a_filter_reaches_the_oldest_record_step_by_step_while_new_ones_come() -> None:
    view = StreamView()
    view.take([raised("E_A" if place % 10 == 0 else "E_B") for place in range(10_000)])
    view.show_only(only("event=E_A"))
    assert view.progress == pytest.approx(0.2)
    assert numbers(view) == list(range(8_000, 10_000, 10))
    view.take([raised("E_A"), raised("E_B")])
    while view.progress is not None:
        view.scan(1_000)
        assert numbers(view) == sorted(numbers(view))
    assert numbers(view) == [*range(0, 10_000, 10), 10_000]
    assert [view.find(number) for number in (0, 5, 9_990, 10_000)] == [0, None, 999, 1_000]


def test_what_is_evicted_while_a_filter_looks_at_older_rows_is_not_shown() -> None:
    view = StreamView(limit=6_000)
    view.take([raised("E_A")] * 6_000)
    view.show_only(only("event=E_A"))
    view.take([raised("E_B")] * 5_000)
    while view.progress is not None:
        view.scan(700)
    assert numbers(view) == list(range(5_000, 6_000))
    view.take([raised("E_B")] * 1_000)
    assert numbers(view) == []


def test_another_filter_takes_the_place_of_one_that_is_not_through() -> None:
    view = StreamView()
    view.take([raised("E_A"), *[raised("E_B")] * 9_999])
    view.show_only(only("event=E_A"))
    view.show_only(StreamFilter())
    assert (view.progress, len(view.view)) == (None, 10_000)


def test_a_frozen_view_shows_what_a_filter_finds_of_the_rows_that_there_were() -> None:
    view = StreamView()
    view.take([raised("E_A")] * 5_000)
    view.freeze("paused")
    view.show_only(only("event=E_A"))
    view.take([raised("E_A")] * 10)
    while view.progress is not None:
        view.scan(1_000)
    assert (numbers(view), view.new) == (list(range(5_000)), 10)
    view.follow()
    assert numbers(view) == list(range(5_010))


def test_a_frozen_view_keeps_a_bounded_number_of_evicted_records_around_the_row_that_is_looked_at() -> None:
    view = StreamView(limit=40_000)
    view.take([raised()] * 40_000)
    view.freeze("held")
    view.looked_at = 20_000
    view.take([raised()] * 30_000)
    assert len(view.view) == KEPT_RECORDS
    assert 15_000 <= numbers(view)[0] <= 20_000 <= numbers(view)[-1]
    view.take([raised()] * 60_000)
    assert len(view.view) == KEPT_RECORDS
    assert view.find(20_000) is not None


def test_a_word_may_be_in_what_all_rows_share_and_another_in_one_row() -> None:
    view = StreamView()
    view.take([raised("E_ONE", {"ip": "192.0.2.1"}, subscribers=3, failed=(1,)), raised("E_TWO", subscribers=3)])
    for text, found in (
        ("192.0.2.1 failed", [1]), ("e_one sent", [0, 2]), (f"e_ {SOCKETS[2]}", [2, 5]), ("e_two", [3, 4, 5]),
        ("e_one e_two", []), (f"refused {SOCKETS[0]}", []),
    ):  # fmt: skip
        view.show_only(only(text))
        assert numbers(view) == found, text
