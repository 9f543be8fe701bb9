"""The stream outside Textual: bounded, frozen, filtered."""

from evtui.core.records import Subscribed
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_rows import delivery_of
from evtui.ui.stream.stream_view import StreamView
from tests.unit.ui.records import SOCKETS, raised, subscription


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


def test_changes_are_neither_received_nor_shown_notifications() -> None:
    view = StreamView(limit=4)
    view.take([Subscribed(0.0, subscription())])
    assert (view.received, view.shown) == (0, 0)
    view.take([raised(), Subscribed(0.0, subscription())])
    assert (view.received, view.shown) == (1, 1)
    view.take([raised()] * 3)
    assert (view.received, view.shown, len(view.view)) == (4, 3, 4)
    view.show_only(StreamFilter(event="E_NONE"))
    view.show_only(StreamFilter())
    assert view.shown == 3
    view.take([raised()] * 9)
    assert (view.received, view.shown) == (13, 4)


def test_the_oldest_rows_make_room_and_are_counted() -> None:
    view = StreamView(limit=10)
    view.take([raised(subscribers=3) for _ in range(5)])
    assert (view.received, view.evicted, len(view.view)) == (15, 5, 10)
    assert [row.number for row in view.view] == list(range(5, 15))
    view.take([raised()])
    assert (view.received, view.evicted, len(view.view)) == (16, 6, 10)


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
    view.show_only(StreamFilter(words=("192.0.2.2",)))
    assert [row.number for row in view.view] == [1]
    view.take([raised("E_A"), raised("E_B", {"ip": "192.0.2.2"})])
    assert [row.number for row in view.view] == [1, 3]
    view.show_only(StreamFilter())
    assert len(view.view) == 4


def test_rows_that_left_the_ring_leave_the_filtered_view() -> None:
    view = StreamView(limit=3)
    view.show_only(StreamFilter(event="E_A"))
    view.take([raised("E_A"), raised("E_B"), raised("E_B"), raised("E_B")])
    assert not view.view


def test_a_frozen_view_counts_only_new_rows_it_would_show() -> None:
    view = StreamView()
    view.show_only(StreamFilter(event="E_A"))
    view.freeze("held")
    view.take([raised("E_A"), raised("E_B")])
    assert view.new == 1


def test_a_filter_by_subscriber_and_words_needs_both() -> None:
    wanted = StreamFilter(socket=SOCKETS[0]).with_words("Refused  test")
    view = StreamView()
    view.take([raised("E_TEST", subscribers=2, failed=(0, 1)), raised("E_TEST", subscribers=1)])
    assert [wanted.shows(row) for row in view.rows] == [True, False, False]


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
