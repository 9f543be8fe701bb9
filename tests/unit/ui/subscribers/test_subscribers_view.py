"""Countdowns, and subscriptions that expired."""

from msgspec.structs import replace

from evtui.core.ports import SubscriptionState
from evtui.ui.subscribers.subscribers_view import SUBSCRIBER_ORDERS, EventGroup, SubscribersView, ViewerGroup
from tests.unit.ui.records import member, subscription


def viewer(event: str = "E_TEST", port: int = 29_500) -> SubscriptionState:
    return replace(member(event, port), viewer=True)


def test_an_expired_subscription_stays_thirty_seconds_to_be_seen() -> None:
    view = SubscribersView()
    view.take([member(port=9000, ttl=5.0), member(port=9001, ttl=None)], 100.0)
    view.take([member(port=9001, ttl=None)], 105.0)
    assert [line.left(105.0) for line in view.subscribers] == [0.0, None]
    assert view.active == 1
    view.take([member(port=9001, ttl=None)], 134.9)
    assert len(view.subscribers) == 2
    view.take([member(port=9001, ttl=None)], 135.1)
    assert len(view.subscribers) == 1


def test_a_subscription_ended_by_hand_is_not_shown_as_expired() -> None:
    view = SubscribersView()
    view.take([member(ttl=1.0)], 100.0)
    view.ended_by_hand(subscription())
    view.take([], 100.5)
    assert view.subscribers == ()


def test_a_subscription_that_is_gone_long_before_its_deadline_is_not_shown_as_expired() -> None:
    view = SubscribersView()
    view.take([member(ttl=30.0)], 100.0)
    view.take([], 101.0)
    assert view.subscribers == ()


def test_a_subscription_that_comes_back_is_not_shown_as_expired_any_more() -> None:
    view = SubscribersView()
    view.take([member(ttl=1.0)], 100.0)
    view.take([], 101.0)
    view.take([member(ttl=60.0)], 102.0)
    assert [(line.expired_at, line.left(102.0)) for line in view.subscribers] == [(None, 60.0)]


def test_a_countdown_runs_between_two_polls() -> None:
    view = SubscribersView()
    view.take([member(ttl=60.0)], 100.0)
    assert view.subscribers[0].left(110.5) == 49.5


def test_viewers_are_one_line_and_no_subscribers() -> None:
    view = SubscribersView()
    view.take([viewer("E_A"), viewer("E_B"), viewer("E_A", 29_501), member(ttl=60.0)], 100.0)
    assert view.active == 1
    assert [line.key for line in view.entries] == [("E_TEST", ""), view.subscribers[0].key, "viewers"]
    assert view.entries[-1] == ViewerGroup(2, folded=True, alone=False)
    view = SubscribersView()
    view.take([viewer("E_A")], 200.0)
    assert view.entries == (ViewerGroup(1, folded=True, alone=True),)
    assert not view.has_countdowns


def test_viewers_are_listed_below_their_line_when_it_is_unfolded() -> None:
    view = SubscribersView()
    view.take([viewer("E_A"), viewer("E_B")], 100.0)
    group = view.entries[0]
    assert isinstance(group, ViewerGroup)
    view.fold(group)
    socket = viewer().subscription.socket
    assert [line.key for line in view.entries[1:]] == [("E_A", socket), ("E_B", socket)]
    view.take([], 160.0)
    assert view.entries == (), "a viewer that is gone has not expired"


def keys(view: SubscribersView) -> list[str]:
    return [line.event if isinstance(line, EventGroup) else str(line.key[1]) for line in view.entries]


def test_each_event_has_a_heading_with_its_subscribers_and_the_next_expiry() -> None:
    view = SubscribersView()
    view.take([member("E_A", 1, 60.0), member("E_B", 2, None), member("E_A", 3, 20.0)], 100.0)
    assert keys(view) == ["E_A", "udp:127.0.0.1:1", "udp:127.0.0.1:3", "E_B", "udp:127.0.0.1:2"]
    assert view.entries[0] == EventGroup("E_A", 2, 120.0, folded=False)
    assert view.entries[3] == EventGroup("E_B", 1, None, folded=False)


def test_a_heading_folds_its_subscribers() -> None:
    view = SubscribersView()
    view.take([member("E_A", 1), member("E_B", 2)], 100.0)
    group = view.entries[0]
    assert isinstance(group, EventGroup)
    view.fold(group)
    assert keys(view) == ["E_A", "E_B", "udp:127.0.0.1:2"]
    assert view.entries[0] == replace(group, folded=True)


def test_the_orders_sort_the_events_and_the_subscribers_of_each() -> None:
    view = SubscribersView()
    view.take(
        [
            replace(member("E_A", 1, 50.0), failed=1),
            replace(member("E_A", 2, 40.0), queued=5),
            replace(member("E_B", 3, 10.0), queued=1),
            replace(member("E_B", 4, None), failed=2, dropped=7, queued=9),
        ],
        0.0,
    )
    ports: dict[str, list[str]] = {}
    for _ in SUBSCRIBER_ORDERS[:-1]:
        ports[view.order] = [key.rpartition(":")[2] for key in keys(view)]
        view.next_order()
    assert view.order == "event", "by server is an order of a fleet only"
    assert ports == {
        "event": ["E_A", "1", "2", "E_B", "3", "4"],
        "expiry": ["E_B", "3", "4", "E_A", "2", "1"],
        "failures": ["E_B", "4", "3", "E_A", "1", "2"],
        "queue": ["E_B", "4", "3", "E_A", "2", "1"],
    }


def test_a_countdown_in_whole_seconds_does_not_change_the_order_at_each_poll() -> None:
    view = SubscribersView()
    view.next_order()
    view.take([member("E_A", 1, 60.0), member("E_A", 2, 60.0)], 100.0)
    before = keys(view)
    view.take([member("E_A", 1, 59.0), member("E_A", 2, 58.0)], 101.7)
    assert keys(view) == before
    view.take([member("E_A", 1, 60.0), member("E_A", 2, 56.0)], 103.0)
    assert keys(view) == ["E_A", "udp:127.0.0.1:2", "udp:127.0.0.1:1"], "the first was renewed"
