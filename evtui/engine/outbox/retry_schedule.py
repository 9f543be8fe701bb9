"""When an outbox tries again, and when a notification has used up its retries. Sans-IO.

A failed attempt is charged to the notifications it failed at. An attempt that delivered nothing failed at all of its
batch. An attempt that delivered a part failed at the first notification that is left: those behind it had no chance and
keep their retries. A notification that was charged more often than the policy's `retries` has failed.

Pauses double with each failed attempt and begin anew as soon as an attempt delivers something. They also begin anew
after a notification has used up its retries, so that the next one has as much time as the first one had. The pause
before that is still the long one: a dead peer does not get more attempts because notifications have failed.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from evtui.core.backoff import Backoff
from evtui.core.transport import OutboxPolicy
from evtui.engine.outbox.entry import OutboxEntry


class FailedAttempt(Struct, frozen=True):
    """An attempt that failed."""

    left: Sequence[OutboxEntry]
    """What it did not deliver."""
    reason: str
    delivered_some: bool


class RetrySchedule:
    """Counts failed attempts in a row and says when the next one is due."""

    def __init__(self, policy: OutboxPolicy, jitter: Callable[[], float]) -> None:
        """`jitter` returns 0 to 1."""
        self._jitter = jitter
        self.failed_attempts = 0
        """Failed attempts in a row at this destination."""
        self.next_at: float | None = None
        """Monotonic seconds of the next attempt while the outbox pauses, else None."""
        self._retries: int | None = None
        self._backoff = Backoff(policy.backoff, policy.max_backoff, jitter)
        self.use(policy)

    def use(self, policy: OutboxPolicy) -> None:
        """Follow another policy from now on."""
        self._retries = policy.retries
        self._backoff.first, self._backoff.longest = policy.backoff, policy.max_backoff

    def delivered_some(self) -> None:
        """Note that an attempt delivered something."""
        self.failed_attempts = 0
        self._backoff.reset()

    def failed(self, left: Sequence[OutboxEntry], *, delivered_some: bool) -> int:
        """Charge a failed attempt to the entries it left, oldest first; returns how many of them have now failed.

        Those that have failed are the first ones: an entry was charged whenever one behind it was.
        """
        self.failed_attempts += 1
        for entry in left[:1] if delivered_some else left:
            entry.charged += 1
        retries = self._retries
        return 0 if retries is None else sum(entry.charged > retries for entry in left)

    def next_pause(self, *, gave_up: bool) -> float:
        """Return the pause before the next attempt; `gave_up` says that a notification has used up its retries."""
        pause = self._backoff.next_pause()
        if gave_up:
            self._backoff.reset()
        return pause
