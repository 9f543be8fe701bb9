"""An outbox: the notifications for one destination, and the task that delivers them.

**Parts.** `queue.OutboxQueue` holds the notifications and applies the bounds. `retry_schedule.RetrySchedule` decides
when to try again and which notification has used up its retries. Both do no IO and know no clock. This class gives them
the time, a sender, and the spool when the policy is durable. All subscriptions of a socket share its outbox.

**Putting** happens during a raise, so it never waits. When a bound is reached, the policy decides: the oldest waiting
notification is dropped, the new one is dropped, or the new one fails at once. A durable notification is written to the
spool before it is accepted; when that fails, the notification has failed.

**Delivering** is one loop in one task (`run`). The loop takes a batch of at most the sender's window, hands it over
within one time limit, and the sender settles each notification by its place in the batch. What is not settled then goes
back to the front of the queue, in the same order: order is kept, and no notification overtakes another. After a failed
attempt the outbox pauses, and longer after each further one, unless a new sender can be tried.

**Cancelling** in the middle of a batch leaves its notifications in doubt: the peer may have got them. They stay in the
spool, so that the next run delivers them at least once.

**Ending.** When its last subscription has ended, an outbox delivers what waits and then ends. After a time that
`finish` is told it drops the rest. Every end of a notification and every failed attempt is reported to the listener.
"""

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Final

import anyio
from anyio.lowlevel import checkpoint

from evtui.core.errors import DeliveryError, SpoolError
from evtui.core.ports import Clock, OutboxState
from evtui.core.records import Outcome
from evtui.core.transport import Notification, OutboxPolicy, Sender, Spool
from evtui.core.values import Socket
from evtui.engine.delivery_log import Losses
from evtui.engine.outbox.attempt_turns import AttemptTurns
from evtui.engine.outbox.batch_ends import BatchEnds
from evtui.engine.outbox.entry import BranchListener, DeliveryListener, OutboxEntry
from evtui.engine.outbox.outbox_state import describe
from evtui.engine.outbox.queue import OutboxQueue
from evtui.engine.outbox.retry_schedule import FailedAttempt, RetrySchedule
from evtui.engine.outbox.shared_bound import SharedBound

CLOSE_LIMIT: Final = 1.0
"""Seconds a sender may take to close its connection."""

_SHORTEST_REST: Final = 0.001  # seconds: a limit that has just passed must not make the loop spin
_log = logging.getLogger(__name__)


class Outbox:
    """The outbox of one destination. `run` delivers; without it notifications only wait."""

    def __init__(  # noqa: PLR0913 - each is one part that it works with
        self,
        socket: Socket,
        sender: Sender,
        policy: OutboxPolicy,
        listener: DeliveryListener,
        *,
        clock: Clock,
        jitter: Callable[[], float],
        spool: Spool | None = None,
        source: str = "",
        shared: SharedBound | None = None,
        turns: AttemptTurns | None = None,
    ) -> None:
        """`jitter` returns 0 to 1; a `spool` is used when the policy says durable; `source` as `Target.source`.

        `shared` bounds the queue together with those of other destinations; `turns` are shared with them too.
        """
        self.socket = socket
        self.source = source
        self._sender = sender
        self._replaced_senders: list[Sender] = []
        self._listener = listener
        self._clock = clock
        self._spool = spool
        self._turns = turns or AttemptTurns()
        self.is_durable = policy.durable and spool is not None
        self._queue = OutboxQueue(policy, self._report, shared, self._remove_settled)
        self._schedule = RetrySchedule(policy, jitter)
        self._settle = BatchEnds(self._settle_in_flight, self._settle_delivered)
        self._last_error: str | None = None
        self._failed_at: float | None = None
        self._wake_up: anyio.Event | None = None
        self._ends_at: float | None = None
        """When what waits is dropped, in monotonic seconds: its last subscription has ended. None while it has one."""

    @property
    def policy(self) -> OutboxPolicy:
        """Return its bounds, retries and time limits."""
        return self._queue.policy

    @property
    def busy(self) -> bool:
        """Say whether something waits and the last attempt, if there was one, did not fail."""
        return self._queue.count > 0 and self._schedule.failed_attempts == 0

    @property
    def queued(self) -> int:
        """Count the notifications that wait."""
        return self._queue.count

    def use_policy(self, policy: OutboxPolicy) -> None:
        """Use another policy from now on."""
        self._queue.use(policy)
        self._schedule.use(policy)

    def put(self, notification: Notification, branch_listener: BranchListener | None = None) -> None:
        """Take a notification, or drop or fail one as the policy says when there is no room. Never waits."""
        entry, size = OutboxEntry(notification, self._clock(), branch_listener, None), len(notification.payload)
        if self.is_durable or not self._queue.put_if_it_fits(entry, size):  # the usual case, for speed
            if not self._accept(entry, size):
                return
            self._queue.put(entry, size)
        if self._wake_up is not None and self._schedule.next_at is None:
            self._wake()

    def has_room_for(self, number: int, size: int, *, reserve: bool) -> bool:
        """Say whether so many notifications of `size` bytes in all have room, after reserving it if that is asked."""
        return self._queue.fits(size, number) or (reserve and self._queue.reserve(size, number))

    def put_all(self, notifications: Sequence[Notification], since: Sequence[float], size: int) -> None:
        """Take notifications of `size` bytes in all, which have room, raised at these monotonic seconds."""
        entries = [OutboxEntry(notification, at, None, None) for notification, at in zip(notifications, since)]  # noqa: B905 - for speed
        self._queue.put_all(entries, size)
        if self._schedule.next_at is None:
            self._wake()

    def _accept(self, entry: OutboxEntry, size: int) -> bool:
        """Make room for an entry and keep it in the spool; say whether that was possible."""
        has_room = self._queue.make_room(entry, size)
        self._remove_settled()
        if not has_room:
            return False
        if self.is_durable and self._spool is not None:
            try:
                entry.key = self._spool.add(self.socket, self.source, entry.notification)
            except SpoolError as error:
                reason = self._note_error(f"not accepted: {error}")
                self._queue.refuse(entry, "failed", reason)
                return False
        return True

    def restore(self, kept: Sequence[tuple[int, Notification]], since: Callable[[Notification], float]) -> None:
        """Take notifications out of the spool, before any other is put: an earlier run accepted them.

        `since` returns when a notification was raised, on the outbox's clock.
        """
        for key, notification in kept:
            self._queue.put(OutboxEntry(notification, since(notification), None, key), len(notification.payload))
        self._queue.count_restored()
        if self._schedule.next_at is None:
            self._wake()

    def redirect(self, sender: Sender) -> None:
        """Use another sender from the next attempt on, which is due now: the socket was given a new password."""
        if sender is self._sender:  # a wildcard gives the same one to each of its events
            return
        self._replaced_senders.append(self._sender)
        self._sender = sender
        self._wake()

    def finish(self, keep: float) -> None:
        """End as soon as what waits is delivered, or after `keep` seconds: the last subscription has ended."""
        self._ends_at = self._clock() + keep
        self._wake()

    def reopen(self) -> None:
        """Do not end: there is a subscription again."""
        self._ends_at = None

    def losses(self) -> Losses:
        """Say what it has lost since it was opened."""
        counts = self._queue.counts
        return Losses(str(self.socket), counts["failed"], counts["dropped"], self._queue.last_loss)

    def leave(self) -> None:
        """Give back what was reserved of the shared bound: it has ended."""
        self._queue.leave()

    def discard(self, reason: str) -> int:
        """Drop what waits and is not in the spool; returns how many notifications that were."""
        return self._queue.discard(reason)

    def state(self) -> OutboxState:
        """Describe the outbox and its deliveries."""
        error = self._last_error, self._failed_at
        return describe(self.socket, self._queue, self._schedule, self._clock(), error, durable=self.is_durable)

    async def run(self) -> None:
        """Deliver until the outbox ends (see `finish`) or is cancelled."""
        try:
            while self._ends_at is None or self._queue.count:
                while self._replaced_senders:
                    await self._close_sender(self._replaced_senders.pop())
                if not self._queue.count and self._ends_at is None and not self._replaced_senders:
                    await self._rest(math.inf)
                elif await self._deliver_batch():  # a sender, as of a route that raises its own event, may never wait
                    await checkpoint()
        finally:
            for sender in (*self._replaced_senders, self._sender):
                await self._close_sender(sender)

    async def _close_sender(self, sender: Sender) -> None:
        with anyio.move_on_after(CLOSE_LIMIT, shield=True):
            await sender.aclose()

    async def _deliver_batch(self) -> bool:
        try:
            await self._turns.begin(is_retry=self._schedule.failed_attempts > 0)
            self._drop_old()
            batch = self._queue.take_batch(self._sender.window)
            failure = await self._attempt_delivery(batch) if batch else None
        finally:
            self._turns.end()
        if failure is not None:
            await self._pause_after(failure)
        return self._queue.count > 0

    async def _attempt_delivery(self, batch: Sequence[OutboxEntry]) -> FailedAttempt | None:
        failed_before = self._failed_at
        try:
            reason = await self._send([entry.notification for entry in batch])
        finally:
            left = self._queue.return_unsettled()
            self._remove_settled()
        delivered_some = len(left) < len(batch)
        if delivered_some:
            if self._schedule.failed_attempts:
                self._listener.recovered(self.socket)
            self._schedule.delivered_some()
        if not left and reason is None and self._failed_at == failed_before:
            self._last_error = None  # everything was delivered, so the destination is well again
        if not left and reason is None:
            return None
        return FailedAttempt(left, reason or "the transport returned before it reported this delivery", delivered_some)

    async def _send(self, notifications: Sequence[Notification]) -> str | None:
        """Hand a batch to the sender; returns the reason when the attempt failed."""
        limit = self.policy.timeout
        with nullcontext() if limit is None else anyio.move_on_after(limit) as scope:
            try:
                await self._sender.send(notifications, self._settle)
            except DeliveryError as error:
                return error.reason
            except Exception as error:  # noqa: BLE001 - a transport's bug must not end the engine
                _log.warning("a transport failed to send to %s", self.socket, exc_info=error)
                return f"{type(error).__name__}: {error}"
        return f"no answer in {limit:g} s" if scope is not None and scope.cancelled_caught else None

    async def _pause_after(self, failure: FailedAttempt) -> None:
        left, reason = failure.left, failure.reason
        self._note_error(reason)
        schedule = self._schedule
        exhausted = schedule.failed(left, delivered_some=failure.delivered_some)
        self._queue.settle_first(exhausted, "failed", reason)
        self._remove_settled()
        pause = schedule.next_pause(gave_up=exhausted > 0)
        schedule.next_at = self._clock() + pause
        if exhausted < len(left):
            self._listener.retrying(self.state(), left[exhausted].notification, left[-1].notification, pause)
        await self._rest(0.0 if self._replaced_senders else pause)  # a new sender is tried at once
        schedule.next_at = None

    async def _rest(self, seconds: float) -> None:
        """Sleep for so long, or until woken up; drop notifications on time that become too old meanwhile."""
        self._wake_up = wake_up = anyio.Event()
        until = self._clock() + seconds
        while not wake_up.is_set() and (rest := until - self._clock()) > 0:
            limit = min(rest, self._next_drop_in())
            with nullcontext() if limit == math.inf else anyio.move_on_after(limit):
                await wake_up.wait()
            self._drop_old()
        self._wake_up = None

    def _next_drop_in(self) -> float:
        """Return the seconds until something may have to be dropped for its age."""
        limits = [math.inf]
        now, since = self._clock(), self._queue.waiting_since()
        if self.policy.max_age is not None and since is not None:
            limits.append(since + self.policy.max_age - now)
        if self._ends_at is not None and self._queue.count:
            limits.append(self._ends_at - now)
        return max(_SHORTEST_REST, min(limits))

    def _drop_old(self) -> None:
        now, age = self._clock(), self.policy.max_age
        if self._ends_at is not None and now >= self._ends_at:
            self._queue.drop_old(now, 0.0, "no subscription any more")
        elif age is not None:
            self._queue.drop_old(now, age, f"older than {age:g} s")
        self._remove_settled()

    def _settle_in_flight(self, place: int, reason: str | None) -> None:
        entry = self._queue.in_flight[place]
        if reason is None:
            self._queue.settle(entry, "acknowledged" if self._sender.confirms else "sent", None)
        elif self._queue.settle(entry, "failed", reason):
            self._queue.last_loss = self._note_error(reason)

    def _settle_delivered(self, first: int, behind: int) -> None:
        outcome: Outcome = "acknowledged" if self._sender.confirms else "sent"
        ended = self._queue.deliver(first, behind, outcome)
        if any(entry.branch_listener is not None for entry in ended):
            for entry in ended:
                self._report(entry, outcome, None)
        elif ended:
            self._listener.delivered(self.socket, ended, outcome, self._clock())

    def _note_error(self, reason: str) -> str:
        self._last_error, self._failed_at = reason, self._clock()
        return reason

    def _report(self, entry: OutboxEntry, outcome: Outcome, reason: str | None) -> None:
        if entry.branch_listener is not None:
            entry.branch_listener.branch_settled(self.socket, outcome, reason, entry.attempts)
        else:
            latency = self._clock() - entry.since
            self._listener.settled(self.socket, entry.notification, outcome, latency, entry.attempts, reason)

    def _remove_settled(self) -> None:
        """Remove what was settled from the spool."""
        if not self._queue.settled_keys:
            return
        keys, self._queue.settled_keys = self._queue.settled_keys, []
        if self._spool is not None:
            try:
                self._spool.remove(keys)
            except SpoolError as error:
                # Removed later. If the process dies before, they are delivered twice, with the same message id.
                _log.warning("%s: what was delivered is not removed from the spool yet: %s", self.socket, error)

    def _wake(self) -> None:
        if self._wake_up is not None:
            self._turns.wake(self._wake_up)
            self._wake_up = None
