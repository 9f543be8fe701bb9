"""The fold: subscribers that die, modules that fold, rates, what was lost."""

from evtui.core.ports import Status
from evtui.core.records import Dropped, Published, Unsubscribed
from evtui.core.values import Params
from evtui.ui.console_state import ConsoleState
from evtui.ui.events.events_view import EventModule, EventsView
from evtui.ui.stream.rate_meter import RateMeter
from evtui.ui.subscribers.subscribers_view import SubscribersView
from tests.unit.ui.records import member, raised, state, subscription


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


def test_dynamic_events_come_first_and_modules_fold() -> None:
    view = EventsView()
    view.take([state("E_CORE", 0, "core"), state("E_PIKE", 1, "pike"), state("E_MINE", 2)], 0.0)
    assert view.entries[0] == EventModule("dynamic", 1, folded=False)
    view.fold("core")
    assert [entry.name if isinstance(entry, EventModule) else entry.event.name for entry in view.entries] == [
        "dynamic", "E_MINE", "core", "pike", "E_PIKE",
    ]  # fmt: skip


def test_a_rate_is_taken_over_the_last_polls() -> None:
    view = EventsView()
    for second, raises in enumerate((1, 5, 9)):
        view.take([state("E_MINE", raises=raises)], float(second))
    assert view.rate("E_MINE") == 4.0
    assert view.history("E_MINE") == (0.0, 0.0, 0.0, 0.0, 4.0, 4.0)
    assert view.rate("E_OTHER") == 0.0


def test_a_meter_forgets_what_is_long_ago() -> None:
    meter = RateMeter(samples=3)
    meter.add(10.0, 6)
    meter.add(11.2, 4)
    assert meter.rate(11.0) == 10.0
    assert meter.history(12.0) == (0, 6, 4)
    assert meter.rate(20.0) == 0.0


def test_everything_lost_is_counted_once() -> None:
    fold = ConsoleState()
    fold.take_records([raised(), Dropped(0.0, "E_TEST", Params(), "nested too deep")], 1.0, lost=7)
    fold.take_states(Status("embedded", dropped=2), [], [], 1.0)
    assert fold.dropped == 9
    assert fold.stream.received == 2


def test_changes_make_the_states_stale_and_raises_do_not() -> None:
    fold = ConsoleState()
    fold.stale = False
    fold.take_records([raised()], 1.0, 0)
    assert not fold.stale
    fold.take_records([Published(0.0, "E_NEW")], 1.0, 0)
    assert fold.stale


def test_only_countdowns_change_by_themselves() -> None:
    fold, seen = ConsoleState(), list[bool]()
    for ttl in (None, 9.0):
        fold.take_states(Status("embedded"), [], [member(ttl=ttl)], 1.0)
        seen.append(fold.subscribers.has_countdowns)
    fold.take_trouble("away", 2.0)
    assert [*seen, fold.subscribers.has_countdowns] == [False, True, False]


def test_an_unsubscribe_in_the_records_is_not_shown_as_expired() -> None:
    fold = ConsoleState()
    fold.take_states(Status("embedded"), [], [member(ttl=1.0)], 1.0)
    fold.take_records([Unsubscribed(0.0, subscription())], 1.5, 0)
    fold.take_states(Status("embedded"), [], [], 1.6)
    assert fold.subscribers.subscribers == ()


def test_a_backend_that_is_away_is_told_and_forgotten_when_it_is_back() -> None:
    fold, seen = ConsoleState(), list[str | None]()
    fold.take_trouble("no answer", 0.0)
    seen.append(fold.trouble)
    fold.take_states(Status("here"), [], [], 1.0)
    seen.append(fold.trouble)
    fold.take_states(Status("there", connected=False, detail="retry in 3 s"), [], [], 1.0)
    seen.append(fold.trouble)
    assert seen == ["no answer", None, "retry in 3 s"]
