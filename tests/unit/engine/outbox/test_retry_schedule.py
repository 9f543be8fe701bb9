"""The retry schedule: which notifications an attempt counts against, and the pauses, without an event loop."""

from evtui.core.transport import Notification, OutboxPolicy
from evtui.core.values import NO_PARAMS
from evtui.engine.outbox.entry import OutboxEntry
from evtui.engine.outbox.retry_schedule import RetrySchedule


def schedule(*, retries: int | None = None, backoff: float = 1.0, max_backoff: float = 8.0) -> RetrySchedule:
    return RetrySchedule(OutboxPolicy(retries=retries, backoff=backoff, max_backoff=max_backoff), lambda: 1.0)


def entries(count: int) -> list[OutboxEntry]:
    return [OutboxEntry(Notification("run", n, 0.0, "E_A", NO_PARAMS, b""), 0.0, None, None) for n in range(count)]


def test_an_attempt_that_delivered_nothing_counts_against_its_whole_batch() -> None:
    batch = entries(3)
    assert schedule(retries=1).failed(batch, delivered_some=False) == 0
    assert [entry.charged for entry in batch] == [1, 1, 1]


def test_an_attempt_that_delivered_a_part_counts_against_the_first_one_left() -> None:
    left = entries(3)
    assert schedule(retries=1).failed(left, delivered_some=True) == 0
    assert [entry.charged for entry in left] == [1, 0, 0]


def test_notifications_fail_after_the_first_attempt_and_all_retries() -> None:
    retrying, batch = schedule(retries=2), entries(2)
    assert [retrying.failed(batch, delivered_some=False) for _ in range(3)] == [0, 0, 2]
    assert retrying.failed_attempts == 3


def test_only_the_notifications_that_used_up_their_retries_have_failed() -> None:
    retrying, left = schedule(retries=0), entries(3)
    assert retrying.failed(left, delivered_some=True) == 1


def test_without_a_limit_no_notification_uses_up_its_retries() -> None:
    retrying, batch = schedule(retries=None), entries(1)
    assert {retrying.failed(batch, delivered_some=False) for _ in range(1000)} == {0}


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_delivery() -> None:
    retrying = schedule()
    assert [retrying.next_pause(gave_up=False) for _ in range(6)] == [1, 2, 4, 8, 8, 8]
    retrying.failed(entries(1), delivered_some=False)
    retrying.delivered_some()
    assert retrying.failed_attempts == 0
    assert retrying.next_pause(gave_up=False) == 1


def test_a_notification_that_failed_is_followed_by_one_more_long_pause_then_they_begin_anew() -> None:
    retrying = schedule(retries=1)
    assert [retrying.next_pause(gave_up=False), retrying.next_pause(gave_up=True)] == [1, 2]
    assert retrying.next_pause(gave_up=False) == 1


def test_another_policy_is_followed_at_once() -> None:
    retrying, batch = schedule(retries=None), entries(1)
    retrying.failed(batch, delivered_some=False)
    retrying.use(OutboxPolicy(retries=0, backoff=0.5, max_backoff=0.75))
    assert retrying.failed(batch, delivered_some=False) == 1
    assert [retrying.next_pause(gave_up=False) for _ in range(2)] == [0.5, 0.75]


def test_jitter_takes_up_to_half_of_a_pause_away() -> None:
    for jitter, pause in ((0.0, 1.0), (0.5, 1.5), (1.0, 2.0)):
        retrying = RetrySchedule(OutboxPolicy(backoff=2.0), lambda jitter=jitter: jitter)  # type: ignore[misc]
        assert retrying.next_pause(gave_up=False) == pause
