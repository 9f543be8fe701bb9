"""Countdowns, and subscriptions that expired."""

from msgspec.structs import replace

from evtui.core.ports import SubscriptionState
from evtui.ui.subscribers.subscribers_view import SubscribersView, ViewerGroup
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
    assert [line.key for line in view.entries] == [view.subscribers[0].key, "viewers"]
    assert view.entries[-1] == ViewerGroup(2, folded=True, alone=False)
    view = SubscribersView()
    view.take([viewer("E_A")], 200.0)
    assert view.entries == (ViewerGroup(1, folded=True, alone=True),)
    assert not view.has_countdowns


def test_viewers_are_listed_below_their_line_when_it_is_unfolded() -> None:
    view = SubscribersView()
    view.take([viewer("E_A"), viewer("E_B")], 100.0)
    view.fold_viewers()
    socket = viewer().subscription.socket
    assert [line.key for line in view.entries[1:]] == [("E_A", socket), ("E_B", socket)]
    view.take([], 160.0)
    assert view.entries == (), "a viewer that is gone has not expired"
