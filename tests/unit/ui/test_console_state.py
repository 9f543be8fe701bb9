"""What the console folds from records and states."""

from evtui.core.ports import Status
from evtui.core.records import Dropped, Published, Unsubscribed
from evtui.core.values import Params
from evtui.ui.console_state import ConsoleState
from tests.unit.ui.records import member, raised, subscription


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


def test_a_backend_that_is_away_is_reported_and_forgotten_when_it_is_back() -> None:
    fold, seen = ConsoleState(), list[str | None]()
    fold.take_trouble("no answer", 0.0)
    seen.append(fold.trouble)
    fold.take_states(Status("here"), [], [], 1.0)
    seen.append(fold.trouble)
    fold.take_states(Status("there", connected=False, detail="retry in 3 s"), [], [], 1.0)
    seen.append(fold.trouble)
    assert seen == ["no answer", None, "retry in 3 s"]
