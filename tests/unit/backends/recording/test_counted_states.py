"""States with what was counted since they were told."""

from evtui.backends.recording.counted_states import CountedEvent, Counts, counted_status, counted_subscription
from evtui.core.ports import EventState, Status, SubscriptionState
from evtui.core.values import Event, Params, Socket, Subscription

EVENT = Event(3, "E_A")
SUBSCRIPTION = Subscription("E_A", Socket("udp", "127.0.0.1:9000"), 60, None, None)


def test_counts_are_added_and_what_is_not_told_stays_so() -> None:
    told = EventState(EVENT, 1, 10, None, 2, 0, 5.0, Params((1,)), no_subscribers=None, refused=1)
    counts = Counts(raised=3, sent=2, failed=1, no_subscribers=4, refused=1, received=7)
    now = CountedEvent(told, counts).now
    assert (now.raised, now.sent, now.failed, now.no_subscribers, now.refused) == (13, None, 3, None, 2)
    assert (now.received, now.last_at, now.last_params) == (7, 5.0, Params((1,)))


def test_the_last_raise_of_an_event_is_that_which_was_counted() -> None:
    counts = Counts(last_at=9.0, last_params=Params((2,)))
    now = CountedEvent(EventState(EVENT, last_at=5.0, last_params=Params((1,))), counts).now
    assert (now.last_at, now.last_params) == (9.0, Params((2,)))


def test_an_error_stays_until_another_one_comes() -> None:
    state = SubscriptionState(SUBSCRIPTION, sent=1, last_error="refused", last_at=1.0, latency=0.5)
    counts = Counts()
    assert counted_subscription(state, counts) is state
    counts.sent += 1
    counts.delivered(2.0, None, None)
    now = counted_subscription(state, counts)
    assert (now.sent, now.last_at, now.latency, now.last_error) == (2, 2.0, None, "refused")
    counts.failed += 1
    counts.delivered(3.0, 0.1, "ENOENT")
    now = counted_subscription(state, counts)
    assert (now.failed, now.last_at, now.latency, now.last_error) == (1, 3.0, 0.1, "ENOENT")


def test_what_waits_grows_and_shrinks() -> None:
    status = Status("a", queued=4, raised=1)
    assert counted_status(status, Counts(queued=-3)).queued == 1
    assert counted_status(status, Counts()) is status
