"""An outbox: what waits for one destination, in order, and the attempts to deliver it.

Putting never waits. When a bound is reached the policy says who goes; what was given to the sender is never dropped.
Every end is reported, and every failed attempt; a peer that is away, slow or mad costs nobody else anything.
"""

import logging
import math
from collections import deque
from collections.abc import Callable, Sequence

import anyio
from anyio.lowlevel import checkpoint

from evtui.core.errors import DeliveryError, SpoolError
from evtui.core.ports import Clock, OutboxState
from evtui.core.records import Outcome
from evtui.core.transport import Notification, OutboxPolicy, Sender, Spool
from evtui.core.values import Socket
from evtui.engine.outbox.entry import BranchListener, DeliveryListener, OutboxEntry, charge

CLOSE_LIMIT = 1.0
"""Seconds a sender may take to let go of its link when its outbox ends."""

ABANDONED = 3600.0
"""Seconds an outbox without subscriptions goes on trying to deliver what was accepted."""

_log = logging.getLogger(__name__)


class Outbox:
    """The queue of one destination. `run` delivers; without it notifications only gather."""

    def __init__(
        self,
        socket: Socket,
        sender: Sender,
        policy: OutboxPolicy,
        report: DeliveryListener,
        *,
        clock: Clock,
        jitter: Callable[[], float],
        spool: Spool | None = None,
        source: str = "",
    ) -> None:
        """`jitter` returns 0 to 1; a `spool` is used when the policy says durable; `source` as `Target.source`."""
        self.socket = socket
        self.source = source
        self._sender = sender
        self._retired: list[Sender] = []
        self.policy = policy
        self._report = report
        self._clock = clock
        self._jitter = jitter
        self._spool = spool
        self._durable = policy.durable and spool is not None
        self._waiting: deque[OutboxEntry] = deque()
        self._flying: list[OutboxEntry] = []
        self._spent: list[int] = []
        self._queued = 0
        self._bytes = 0
        self._counts: dict[Outcome, int] = {"sent": 0, "acknowledged": 0, "failed": 0, "dropped": 0}
        self._attempt = self._pauses = 0  # in a row: of the destination, and of the notification in front
        self._next_at: float | None = None
        self._last_error: str | None = None
        self._bell: anyio.Event | None = None
        self._closing_at: float | None = None

    @property
    def busy(self) -> bool:
        """Say whether something waits and its destination can be served, as far as is known."""
        return self._queued > 0 and self._attempt == 0

    @property
    def empty(self) -> bool:
        """Say whether nothing waits."""
        return self._queued == 0

    def put(self, notification: Notification, joint: BranchListener | None = None) -> None:
        """Take a notification, or drop or fail one as the policy says when there is no room. Never waits."""
        entry = OutboxEntry(notification, self._clock(), joint, None)
        size = len(notification.payload)
        if not self._fits(size) and not self._make_room(entry, size):
            return
        if self._durable and self._spool is not None:
            try:
                entry.key = self._spool.add(self.socket, self.source, notification)
            except SpoolError as error:
                self._last_error = f"not accepted: {error}"
                self._end(entry, "failed", self._last_error)
                return
        self._admit(entry)

    def restore(self, kept: Sequence[tuple[int, Notification]], since: Callable[[Notification], float]) -> None:
        """Take notifications out of the spool, before any other is put: they were accepted by an earlier run.

        `since` says when a notification was raised, on the outbox's clock.
        """
        for key, notification in kept:
            self._admit(OutboxEntry(notification, since(notification), None, key))

    def redirect(self, sender: Sender) -> None:
        """Use another sender from the next attempt on, which is due now: the socket was given a new password."""
        self._retired.append(self._sender)
        self._sender = sender
        self._ring()

    def finish(self) -> None:
        """End when what waits is delivered: there is no subscription any more."""
        self._closing_at = self._clock()
        self._ring()

    def reopen(self) -> None:
        """Stay: there is a subscription again."""
        self._closing_at = None

    def discard(self, reason: str) -> int:
        """Drop what waits and is not in the spool; returns how many that were."""
        lost = [entry for entry in (*self._flying, *self._waiting) if not entry.done and entry.key is None]
        for entry in lost:
            self._settle(entry, "dropped", reason)
        return len(lost)

    def state(self) -> OutboxState:
        """Describe the outbox."""
        now = self._clock()
        oldest = next((entry for entry in self._flying if not entry.done), self._waiting[0] if self._waiting else None)
        return OutboxState(
            self.socket,
            link="retrying" if self._attempt and oldest else "sending" if self._flying and oldest else "idle",
            queued=self._queued,
            bytes=self._bytes,
            age=now - oldest.since if oldest else 0.0,
            attempt=self._attempt,
            retry_in=None if self._next_at is None else max(0.0, self._next_at - now),
            delivered=self._counts["sent"] + self._counts["acknowledged"],
            failed=self._counts["failed"],
            dropped=self._counts["dropped"],
            last_error=self._last_error,
            durable=self._durable,
        )

    async def run(self) -> None:
        """Deliver until finished or cancelled."""
        try:
            while self._closing_at is None or self._queued:
                while self._retired:
                    await self._let_go(self._retired.pop())
                # A sender that never waits, such as a route that raises its own event, stops nobody.
                await checkpoint()
                if not self._queued and self._closing_at is None and not self._retired:  # none of it came meanwhile
                    await self._rest(math.inf)
                elif batch := self._take():
                    await self._attempt_delivery(batch)
        finally:
            for sender in (*self._retired, self._sender):
                await self._let_go(sender)

    async def _let_go(self, sender: Sender) -> None:
        with anyio.move_on_after(CLOSE_LIMIT, shield=True):
            await sender.aclose()

    def _admit(self, entry: OutboxEntry) -> None:
        self._waiting.append(entry)
        self._queued += 1
        self._bytes += len(entry.notification.payload)
        if self._next_at is None:
            self._ring()

    def _fits(self, size: int) -> bool:
        return self._queued < self.policy.max_count and self._bytes + size <= self.policy.max_bytes

    def _make_room(self, entry: OutboxEntry, size: int) -> bool:
        policy = self.policy
        full = f"queue full ({self._queued} of {policy.max_count}, {self._bytes} of {policy.max_bytes} bytes)"
        if policy.overflow == "drop-oldest" and size <= policy.max_bytes:
            while self._waiting and not self._fits(size):
                self._settle(self._waiting.popleft(), "dropped", full)
            self._forget_spent()
            if self._fits(size):
                return True
        self._end(entry, "failed" if policy.overflow == "refuse" else "dropped", full)
        return False

    def _take(self) -> list[OutboxEntry]:
        self._drop_old()
        batch = [self._waiting.popleft() for _ in range(min(self._sender.window, len(self._waiting)))]
        for entry in batch:
            entry.attempts += 1
        return batch

    async def _attempt_delivery(self, batch: list[OutboxEntry]) -> None:
        self._flying = batch
        try:
            reason = await self._send([entry.notification for entry in batch])
        finally:  # cancelled: it is in doubt, so it stays, and a spool keeps it
            self._flying = []
            left = [entry for entry in batch if not entry.done]
            self._waiting.extendleft(reversed(left))
            self._forget_spent()
        if len(left) < len(batch):
            self._attempt = self._pauses = 0
        if reason is None and not left:
            return
        self._attempt += 1
        charge(left, first_only=len(left) < len(batch))
        await self._fail(left, reason or "the sender did not say what became of it")

    async def _send(self, notifications: Sequence[Notification]) -> str | None:
        with anyio.move_on_after(self.policy.timeout) as scope:
            try:
                await self._sender.send(notifications, self._settle_place)
            except DeliveryError as error:
                return error.reason
            except Exception as error:  # noqa: BLE001 - a transport's bug must not end the engine
                _log.warning("a transport failed to send to %s", self.socket, exc_info=error)
                return f"{type(error).__name__}: {error}"
        return f"no answer in {self.policy.timeout:g} s" if scope.cancelled_caught else None

    async def _fail(self, left: Sequence[OutboxEntry], reason: str) -> None:
        self._last_error = reason
        retries = self.policy.retries
        tired = [entry for entry in left if retries is not None and entry.charged > retries]
        for _ in tired:  # who is charged has been charged with all before it: they are the oldest
            self._settle(self._waiting.popleft(), "failed", reason)
        self._forget_spent()
        pause = min(self.policy.max_backoff, self.policy.backoff * 2.0 ** min(self._pauses, 30))
        pause *= 0.5 + self._jitter() / 2
        self._pauses = 0 if tired else self._pauses + 1
        self._next_at = self._clock() + pause
        if len(tired) < len(left):
            self._report.retrying(self.state(), left[len(tired)].notification, left[-1].notification, pause)
        await self._rest(0.0 if self._retired else pause)  # a new sender is tried at once
        self._next_at = None

    async def _rest(self, seconds: float) -> None:
        """Sleep so long, or until the bell; what becomes too old in the meantime is dropped on time."""
        self._bell = bell = anyio.Event()
        until = self._clock() + seconds
        while not bell.is_set() and (rest := until - self._clock()) > 0:
            with anyio.move_on_after(min(rest, self._oldest_dies_in())):
                await bell.wait()
            self._drop_old()
        self._bell = None

    def _oldest_dies_in(self) -> float:
        limits = [math.inf]
        now = self._clock()
        if self.policy.max_age is not None and self._waiting:
            limits.append(self._waiting[0].since + self.policy.max_age - now)
        if self._closing_at is not None and self._queued:
            limits.append(self._closing_at + ABANDONED - now)
        return max(0.001, min(limits))

    def _drop_old(self) -> None:
        now, age = self._clock(), self.policy.max_age
        if self._closing_at is not None and now - self._closing_at >= ABANDONED:
            age, why = 0.0, "no subscription any more"
        else:
            why = f"older than {age:g} s" if age is not None else ""
        while age is not None and self._waiting and now - self._waiting[0].since >= age:
            self._settle(self._waiting.popleft(), "dropped", why)
        self._forget_spent()

    def _settle_place(self, place: int, reason: str | None) -> None:
        if (entry := self._flying[place]).done:
            return
        if reason is None:
            self._settle(entry, "acknowledged" if self._sender.confirms else "sent", None)
        else:
            self._last_error = reason
            self._settle(entry, "failed", reason)

    def _settle(self, entry: OutboxEntry, outcome: Outcome, reason: str | None) -> None:
        entry.done = True
        self._queued -= 1
        self._bytes -= len(entry.notification.payload)
        if entry.key is not None:
            self._spent.append(entry.key)
        self._end(entry, outcome, reason)

    def _end(self, entry: OutboxEntry, outcome: Outcome, reason: str | None) -> None:
        self._counts[outcome] += 1
        if entry.joint is not None:
            entry.joint.take(self.socket, outcome, reason, entry.attempts)
        else:
            latency = self._clock() - entry.since
            self._report.settled(self.socket, entry.notification, outcome, latency, entry.attempts, reason)

    def _forget_spent(self) -> None:
        spent, self._spent = self._spent, []
        if spent and self._spool is not None:
            try:
                self._spool.remove(spent)
            except SpoolError as error:  # the spool tries again by itself; else they come twice, under the same id
                _log.warning("%s: what was delivered is not forgotten yet: %s", self.socket, error)

    def _ring(self) -> None:
        if self._bell is not None:
            self._bell.set()
