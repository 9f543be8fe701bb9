"""The outbox of one destination: order, bounds, retries, and that the end of every notification is reported."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.lowlevel import checkpoint

from evtui.core.ports import OutboxState
from evtui.core.records import Outcome
from evtui.core.transport import Notification, OutboxPolicy
from evtui.core.values import NO_PARAMS, Socket
from evtui.engine.outbox.entry import OutboxEntry
from evtui.engine.outbox.outbox import Outbox
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.queued_fakes import FakeSender
from tests.limits import HANG

SOCKET = Socket("wait", "a")
QUICK = OutboxPolicy(backoff=0.001, max_backoff=0.002)


class Reports:
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.ends: list[tuple[int, Outcome, str | None]] = []
        self.attempts: dict[int, int] = {}
        self.retries: list[tuple[int, int, int, str | None]] = []
        self.recoveries: list[Socket] = []
        self._news = anyio.Event()

    def settled(
        self,
        socket: Socket,
        notification: Notification,
        outcome: Outcome,
        latency: float,
        attempt: int,
        reason: str | None,
    ) -> None:
        assert socket == SOCKET
        assert latency >= 0
        self.ends.append((notification.serial, outcome, reason))
        self.attempts[notification.serial] = attempt
        self._news.set()

    def delivered(self, socket: Socket, ended: Sequence[OutboxEntry], outcome: Outcome, now: float) -> None:
        assert ended
        for entry in ended:
            self.settled(socket, entry.notification, outcome, now - entry.since, entry.attempts, None)

    def retrying(self, state: OutboxState, first: Notification, last: Notification, pause: float) -> None:
        assert pause > 0
        self.retries.append((first.serial, last.serial, state.attempt, state.last_error))
        self._news.set()

    def recovered(self, socket: Socket) -> None:
        self.recoveries.append(socket)

    def outcomes(self) -> list[Outcome]:
        return [outcome for _, outcome, _ in self.ends]

    async def until(self, reached: Callable[[], bool]) -> None:
        with anyio.fail_after(HANG):
            while not reached():
                self._news = anyio.Event()
                await self._news.wait()


def notification(serial: int, size: int = 1) -> Notification:
    return Notification("run", serial, 0.0, "E_A", NO_PARAMS, str(serial).encode().rjust(size))


def outbox(
    sender: FakeSender, reports: Reports, policy: OutboxPolicy = QUICK, clock: FakeClock | None = None
) -> Outbox:
    return Outbox(SOCKET, sender, policy, reports, clock=clock or time.monotonic, jitter=lambda: 1.0)


@asynccontextmanager
async def running(box: Outbox) -> AsyncGenerator[None]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(box.run)
        yield
        tasks.cancel_scope.cancel()


async def test_notifications_are_delivered_in_order_in_batches_no_larger_than_the_senders_window() -> None:
    sender, reports = FakeSender(window=4), Reports()
    box = outbox(sender, reports)
    for serial in range(10):
        box.put(notification(serial))
    async with running(box):
        await reports.until(lambda: len(reports.ends) == 10)
    assert sender.serials == list(range(10))
    assert sender.batches == [4, 4, 2]
    assert reports.ends == [(serial, "acknowledged", None) for serial in range(10)]


async def test_a_new_notification_wakes_a_sleeping_outbox() -> None:
    sender, reports = FakeSender(confirms=False), Reports()
    box = outbox(sender, reports)
    async with running(box):
        for serial in range(3):
            await anyio.lowlevel.checkpoint()
            box.put(notification(serial))
            await reports.until(lambda: len(reports.ends) == serial + 1)  # noqa: B023 - awaited in its own turn
    assert reports.outcomes() == ["sent"] * 3


async def test_a_broken_link_delivers_the_rest_again_in_order_and_nothing_twice() -> None:
    sender, reports = FakeSender(), Reports()
    sender.breaks_after = 2
    box = outbox(sender, reports)
    for serial in range(6):
        box.put(notification(serial))
    async with running(box):
        await reports.until(lambda: bool(reports.retries))
        assert box.state().link == "retrying"
        assert reports.retries == [(2, 3, 1, "ECONNRESET: the peer is gone")]
        sender.breaks_after = None
        await reports.until(lambda: len(reports.ends) == 6)
    assert sender.serials == [0, 1, 2, 3, 4, 5]
    assert reports.attempts == {0: 1, 1: 1, 2: 2, 3: 2, 4: 1, 5: 1}
    assert box.state().link == "idle"


@pytest.mark.parametrize("turns", range(10))
async def test_it_ends_when_its_last_subscription_ends_at_any_moment_of_a_delivery(turns: int) -> None:
    sender, reports = FakeSender(), Reports()
    box = outbox(sender, reports)
    box.put(notification(0))
    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(box.run)
            for _ in range(turns):
                await checkpoint()
            box.finish(3600)
    assert sender.serials == [0]
    assert sender.closed == 1


async def test_the_pauses_double_up_to_their_limit_and_progress_starts_anew() -> None:
    sender, reports = FakeSender(window=1), Reports()
    sender.breaks_after = 0
    pauses: list[float] = []
    reports.retrying = lambda state, first, last, pause: pauses.append(pause)  # type: ignore[method-assign]
    box = outbox(sender, reports, OutboxPolicy(backoff=0.001, max_backoff=0.005))
    box.put(notification(0))
    box.put(notification(1))
    async with running(box):
        with anyio.fail_after(HANG):
            while len(pauses) < 5:  # noqa: ASYNC110 - the pauses are what is waited for
                await anyio.sleep(0.001)
        sender.breaks_after = 1
        await reports.until(lambda: len(reports.ends) == 1)
        seen = len(pauses)
        with anyio.fail_after(HANG):
            while len(pauses) == seen:  # noqa: ASYNC110
                await anyio.sleep(0.001)
    assert [round(pause, 6) for pause in pauses[:5]] == [0.001, 0.002, 0.004, 0.005, 0.005]
    assert round(pauses[seen], 6) == 0.001


async def test_a_refusal_is_a_failure_at_once_and_the_others_go_on() -> None:
    sender, reports = FakeSender(), Reports()
    sender.refuses = {b"1": "fault 4: no such method"}
    box = outbox(sender, reports)
    for serial in range(3):
        box.put(notification(serial))
    async with running(box):
        await reports.until(lambda: len(reports.ends) == 3)
    assert reports.ends == [
        (0, "acknowledged", None),
        (1, "failed", "fault 4: no such method"),
        (2, "acknowledged", None),
    ]
    assert reports.retries == []
    assert box.state().failed == 1
    assert box.state().last_error == "fault 4: no such method"


async def test_the_last_error_goes_when_deliveries_succeed_again_and_its_time_stays() -> None:
    sender, reports = FakeSender(), Reports()
    sender.breaks_after = 0
    box = outbox(sender, reports, OutboxPolicy(backoff=0.001, max_backoff=0.001))
    box.put(notification(0))
    async with running(box):
        await reports.until(lambda: len(reports.retries) > 0)
        assert box.state().last_error == "ECONNRESET: the peer is gone"
        sender.breaks_after = None
        await reports.until(lambda: len(reports.ends) == 1)
        await anyio.wait_all_tasks_blocked()
        assert box.state().last_error is None
        assert box.state().last_error_age is not None
    assert outbox(sender, reports).state().last_error_age is None


async def test_a_notification_fails_after_all_retries_and_the_next_one_is_tried() -> None:
    sender, reports = FakeSender(window=2), Reports()
    sender.breaks_after = 0
    box = outbox(sender, reports, OutboxPolicy(backoff=0.001, max_backoff=0.001, retries=2))
    for serial in range(3):
        box.put(notification(serial))
    async with running(box):
        await reports.until(lambda: len(reports.ends) == 3)
        assert (box.state().link, box.state().last_error) == ("idle", "ECONNRESET: the peer is gone")
        box.put(notification(3))
        assert box.state().link == "retrying"
        sender.breaks_after = None
        await reports.until(lambda: len(reports.ends) == 4)
    gone = "ECONNRESET: the peer is gone"
    assert reports.ends == [(0, "failed", gone), (1, "failed", gone), (2, "failed", gone), (3, "acknowledged", None)]
    assert reports.attempts == {0: 3, 1: 3, 2: 3, 3: 1}
    assert not box.queued


async def test_a_link_that_breaks_after_some_deliveries_counts_only_against_the_first_one_left() -> None:
    sender, reports = FakeSender(window=8), Reports()
    sender.breaks_after = 1
    box = outbox(sender, reports, OutboxPolicy(backoff=0.001, max_backoff=0.001, retries=1))
    reports.retrying = lambda *_: setattr(sender, "breaks_after", 1)  # type: ignore[method-assign]
    for serial in range(8):
        box.put(notification(serial))
    async with running(box):
        await reports.until(lambda: len(reports.ends) == 8)
    assert reports.outcomes() == ["acknowledged"] * 8
    assert reports.attempts == {serial: serial + 1 for serial in range(8)}


@pytest.mark.parametrize("window", [1, 2])
async def test_each_notification_gets_its_retries_with_pauses_that_begin_anew_for_the_next(window: int) -> None:
    sender, reports = FakeSender(window=window), Reports()
    sender.breaks_after = 0
    pauses: list[tuple[int, float, int]] = []
    reports.retrying = lambda state, first, last, pause: pauses.append((first.serial, pause, state.attempt))  # type: ignore[method-assign]
    box = outbox(sender, reports, OutboxPolicy(backoff=0.001, max_backoff=30.0, retries=3))
    for serial in range(3 * window):
        box.put(notification(serial))
    async with running(box):
        await reports.until(lambda: len(reports.ends) == 3 * window)
    assert pauses == [
        (front * window, pause, front * 4 + attempt)
        for front in range(3)
        for attempt, pause in enumerate((0.001, 0.002, 0.004), 1)
    ]
    assert reports.attempts == dict.fromkeys(range(3 * window), 4)


async def test_a_dead_peer_gets_one_more_pause_when_a_notification_has_failed() -> None:
    sender, reports, clock = FakeSender(window=1), Reports(), FakeClock()
    sender.breaks_after = 0
    box = outbox(sender, reports, OutboxPolicy(backoff=30, max_backoff=60, retries=0), clock)
    box.put(notification(0))
    box.put(notification(1))
    async with running(box):
        await reports.until(lambda: len(reports.ends) == 1)
        assert (box.state().queued, box.state().retry_in) == (1, 30.0)
        assert sender.batches == [1]


async def test_a_peer_that_never_answers_is_given_up_in_time_and_tried_again() -> None:
    sender, reports = FakeSender(), Reports()
    sender.held = anyio.Event()
    box = outbox(sender, reports, OutboxPolicy(backoff=0.001, max_backoff=0.001, timeout=0.02))
    box.put(notification(0))
    async with running(box):
        await reports.until(lambda: len(reports.retries) == 2)
        sender.held.set()
        await reports.until(lambda: bool(reports.ends))
    assert reports.retries[0][3] == "no answer in 0.02 s"
    assert reports.ends == [(0, "acknowledged", None)]


async def test_a_bug_of_a_transport_is_a_failed_attempt_and_the_engine_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sender, reports = FakeSender(), Reports()
    sender.bug = ZeroDivisionError("oops")
    box = outbox(sender, reports)
    box.put(notification(0))
    async with running(box):
        await reports.until(lambda: bool(reports.retries))
        sender.bug = None
        await reports.until(lambda: bool(reports.ends))
    assert reports.retries[0][3] == "ZeroDivisionError: oops"
    assert reports.outcomes() == ["acknowledged"]
    assert "a transport failed to send" in caplog.text


@pytest.mark.parametrize("by", ["count", "bytes"])
def test_the_oldest_notifications_make_room_and_each_is_counted(by: str) -> None:
    policy = OutboxPolicy(max_count=3) if by == "count" else OutboxPolicy(max_bytes=30)
    reports = Reports()
    box = outbox(FakeSender(), reports, policy)
    for serial in range(8):
        box.put(notification(serial, size=10))
    state = box.state()
    assert [serial for serial, _, _ in reports.ends] == [0, 1, 2, 3, 4]
    assert set(reports.outcomes()) == {"dropped"}
    assert reports.ends[0][2] == f"queue full (3 of {policy.max_count:,}, 30 of {policy.max_bytes:,} bytes)"
    assert (state.queued, state.bytes, state.dropped) == (3, 30, 5)


@pytest.mark.parametrize(("overflow", "outcome"), [("drop-newest", "dropped"), ("refuse", "failed")])
def test_the_newest_is_dropped_or_refused_when_the_policy_says_so(overflow: str, outcome: str) -> None:
    reports = Reports()
    policy = OutboxPolicy(max_count=2, overflow="refuse" if overflow == "refuse" else "drop-newest")
    box = outbox(FakeSender(), reports, policy)
    for serial in range(4):
        box.put(notification(serial))
    assert [(serial, end) for serial, end, _ in reports.ends] == [(2, outcome), (3, outcome)]
    assert box.state().queued == 2


def test_a_notification_larger_than_the_whole_outbox_is_dropped_and_no_other_is() -> None:
    reports = Reports()
    box = outbox(FakeSender(), reports, OutboxPolicy(max_bytes=10))
    box.put(notification(0, size=5))
    box.put(notification(1, size=11))
    assert [serial for serial, _, _ in reports.ends] == [1]
    assert box.state().queued == 1


async def test_notifications_in_flight_are_not_dropped_for_new_ones() -> None:
    sender, reports = FakeSender(window=2), Reports()
    sender.held = anyio.Event()
    box = outbox(sender, reports, OutboxPolicy(max_count=3, backoff=0.001))
    async with running(box):
        box.put(notification(0))
        box.put(notification(1))
        with anyio.fail_after(HANG):
            while box.state().link != "sending":  # noqa: ASYNC110 - nothing is recorded when a batch starts
                await anyio.sleep(0.001)
        for serial in range(2, 6):
            box.put(notification(serial))
        sender.held.set()
        await reports.until(lambda: len(reports.ends) == 6)
    assert sender.serials == [0, 1, 5]
    assert [serial for serial, outcome, _ in reports.ends if outcome == "dropped"] == [2, 3, 4]


async def test_old_notifications_are_dropped_on_time_while_the_peer_is_unreachable() -> None:
    sender, reports = FakeSender(), Reports()
    sender.breaks_after = 0
    box = outbox(sender, reports, OutboxPolicy(max_age=0.05, backoff=30, max_backoff=30))
    box.put(notification(0))
    async with running(box):
        started = time.monotonic()
        await reports.until(lambda: bool(reports.ends))
        took = time.monotonic() - started
    assert reports.ends == [(0, "dropped", "older than 0.05 s")]
    assert took < 5  # not after the pause of 30 s


async def test_a_new_sender_is_tried_at_once() -> None:
    old, new, reports = FakeSender(), FakeSender(), Reports()
    old.breaks_after = 0
    box = outbox(old, reports, OutboxPolicy(backoff=30, max_backoff=30))
    box.put(notification(0))
    async with running(box):
        await reports.until(lambda: bool(reports.retries))
        box.redirect(new)
        await reports.until(lambda: bool(reports.ends))
        assert old.closed == 1
    assert new.serials == [0]
    assert (old.closed, new.closed) == (1, 1)


async def test_a_sender_that_comes_while_the_old_one_fails_does_not_wait_for_the_pause() -> None:
    old, new, reports, clock = FakeSender(), FakeSender(), Reports(), FakeClock()
    old.held = anyio.Event()
    old.breaks_after = 0
    box = outbox(old, reports, OutboxPolicy(backoff=30, max_backoff=60), clock)
    box.put(notification(0))
    async with running(box):
        while not old.batches:
            await checkpoint()
        box.redirect(new)
        old.held.set()
        await reports.until(lambda: bool(reports.ends))
    assert new.serials == [0]


async def test_a_finished_outbox_delivers_what_was_accepted_and_closes_its_sender() -> None:
    sender, reports = FakeSender(), Reports()
    box = outbox(sender, reports)
    box.put(notification(0))
    box.finish(3600)
    with anyio.fail_after(HANG):
        await box.run()
    assert sender.serials == [0]
    assert sender.closed == 1


async def test_an_outbox_that_is_cancelled_within_a_batch_keeps_the_batch() -> None:
    sender, reports = FakeSender(), Reports()
    sender.held = anyio.Event()
    box = outbox(sender, reports)
    for serial in range(6):
        box.put(notification(serial))
    async with running(box):
        with anyio.fail_after(HANG):
            while not sender.batches:  # noqa: ASYNC110 - nothing is recorded when a batch starts
                await anyio.sleep(0.001)
    assert box.state().queued == 6
    assert box.discard("evtui stopped") == 6
    assert reports.ends == [(serial, "dropped", "evtui stopped") for serial in range(6)]


def test_the_state_says_how_long_the_oldest_has_waited() -> None:
    clock = FakeClock()
    box = outbox(FakeSender(), Reports(), clock=clock)
    box.put(notification(0, size=7))
    clock.pass_by(12)
    box.put(notification(1, size=7))
    assert box.state() == OutboxState(SOCKET, queued=2, bytes=14, age=12.0)
