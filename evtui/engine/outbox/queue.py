"""The queue of an outbox and its bounds. Sans-IO: no clock, no event loop, no spool.

An entry is in one of three places: waiting, in flight (given to the sender) or settled. Waiting entries leave by the
bounds (count, bytes, age) or by a batch; entries in flight are never dropped, because the peer may have them already.
What an attempt did not settle goes back to the front, in the same order.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from evtui.core.records import Outcome
from evtui.core.transport import OutboxPolicy
from evtui.engine.outbox.entry import OutboxEntry
from evtui.engine.outbox.shared_bound import ENTRY_BYTES, SharedBound

_MORE_ENTRIES: Final = 8
_MORE_BYTES: Final = 1024
"""What a queue reserves at least beyond what it needs, besides an eighth of it."""

OnSettled: TypeAlias = Callable[[OutboxEntry, Outcome, str | None], None]
"""Called for each entry that ends, with its outcome, and the reason when it was not delivered."""


class OutboxQueue:
    """Entries in order, within the bounds of a policy and of the bound over all queues."""

    def __init__(
        self,
        policy: OutboxPolicy,
        on_settled: OnSettled,
        shared: SharedBound | None = None,
        on_given_way: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_given_way` is called after entries ended because another queue needed room."""
        self.policy = policy
        self.reserved = 0
        """Bytes reserved of the shared bound; see `shared_bound`."""
        self._on_settled = on_settled
        self._on_given_way = on_given_way
        self._shared = shared
        self._max_count = self._max_bytes = 0
        """How much it may hold without asking: within the policy, and what it has reserved."""
        self._waiting: deque[OutboxEntry] = deque()
        self.in_flight: Sequence[OutboxEntry] = ()
        """The batch that the sender has, settled entries too."""
        self.count = 0
        """Entries that are not settled: waiting or in flight."""
        self.bytes = 0
        """Bytes of their payloads."""
        self.counts: dict[Outcome, int] = {"sent": 0, "acknowledged": 0, "failed": 0, "dropped": 0}
        """How many entries ended with each outcome."""
        self.last_loss = ""
        """Why the last entry that failed or was dropped did."""
        self.settled_keys: list[int] = []
        """Spool keys of settled entries: the caller takes them from here and removes them from the spool."""
        self.use(policy)

    @property
    def oldest(self) -> OutboxEntry | None:
        """Return the entry that waits longest, in flight or not."""
        unsettled = next((entry for entry in self.in_flight if not entry.settled), None)
        return unsettled or (self._waiting[0] if self._waiting else None)

    @property
    def is_sending(self) -> bool:
        """Say whether entries are in flight."""
        return bool(self.in_flight)

    def waiting_since(self) -> float | None:
        """Return when the oldest waiting entry was raised; None when nothing waits."""
        return self._waiting[0].since if self._waiting else None

    def use(self, policy: OutboxPolicy) -> None:
        """Follow another policy from now on."""
        self.policy = policy
        if self._shared is None:
            self._max_count, self._max_bytes = policy.max_count, policy.max_bytes
        else:
            self.give_back()

    def fits(self, size: int, number: int = 1) -> bool:
        """Say whether new entries with payloads of `size` bytes in all are within the bounds of count and bytes."""
        return self.count + number <= self._max_count and self.bytes + size <= self._max_bytes

    def make_room(self, entry: OutboxEntry, size: int) -> bool:
        """Drop the oldest entries until a new one fits, or end the new one, as the policy says; say whether it fits."""
        if self.fits(size) or self.reserve(size):
            return True
        policy, shared = self.policy, self._shared
        own = self.count >= policy.max_count or self.bytes + size > policy.max_bytes
        full = f"queue full ({self.count:,} of {policy.max_count:,}, {self.bytes:,} of {policy.max_bytes:,} bytes)"
        self.last_loss = reason = full if own or shared is None else shared.reason
        ended = 0
        if policy.overflow == "drop-oldest" and size <= policy.max_bytes and self._can_ever_fit(size):
            while self._waiting and not (self.fits(size) or self.reserve(size)):
                ended += self.settle(self._waiting.popleft(), "dropped", reason)
        fits = self.fits(size) or self.reserve(size)
        if not fits:
            ended += 1
            self.refuse(entry, "failed" if policy.overflow == "refuse" else "dropped", reason)
        if shared is not None and not own:
            shared.overflows += ended
        return fits

    def used(self) -> int:
        """Return the bytes of what it holds, as the shared bound counts them."""
        return self.bytes + self.count * ENTRY_BYTES

    def give_back(self) -> None:
        """Hold no more than now without reserving again."""
        self._max_count, self._max_bytes = self.count, self.bytes

    def give_way(self, size: int, reason: str) -> int:
        """End waiting entries, as the policy says, until so many bytes are free; returns how many entries."""
        self.last_loss = reason
        overflow, until, ended = self.policy.overflow, self.used() - size, 0
        while self._waiting and self.used() > until:
            entry = self._waiting.popleft() if overflow == "drop-oldest" else self._waiting.pop()
            ended += self.settle(entry, "failed" if overflow == "refuse" else "dropped", reason)
        self._on_given_way()
        return ended

    def leave(self) -> None:
        """Give back what was reserved; what is put later is reserved anew."""
        if self._shared is not None:
            self.give_back()
            self._shared.leave(self)

    def count_restored(self) -> None:
        """Reserve what was put without looking at the bounds."""
        if self._shared is not None:
            self._shared.force(self)

    def _can_ever_fit(self, size: int) -> bool:
        return self._shared is None or size + ENTRY_BYTES <= self._shared.limit

    def reserve(self, size: int, number: int = 1) -> bool:
        """Reserve room for new entries, and some more for the next ones; say whether they fit now."""
        policy, shared = self.policy, self._shared
        count, new_bytes = self.count + number, self.bytes + size
        if shared is None or count > policy.max_count or new_bytes > policy.max_bytes:
            return False
        more = min(policy.max_count, count + count // 8 + _MORE_ENTRIES)
        more_bytes = min(policy.max_bytes, new_bytes + new_bytes // 8 + _MORE_BYTES)
        least = new_bytes + count * ENTRY_BYTES
        if not shared.reserve(self, least, more_bytes + more * ENTRY_BYTES):
            return False
        if self.reserved > least:
            count, new_bytes = more, more_bytes
        self._max_count, self._max_bytes = count, new_bytes
        return True

    def put(self, entry: OutboxEntry, size: int) -> None:
        """Put an entry with a payload of `size` bytes at the end, without looking at the bounds."""
        self._waiting.append(entry)
        self.count += 1
        self.bytes += size

    def put_if_it_fits(self, entry: OutboxEntry, size: int) -> bool:
        """Put an entry at the end when it is within the bounds of count and bytes; say whether it was put."""
        count, new_bytes = self.count, self.bytes + size
        if count >= self._max_count or new_bytes > self._max_bytes:
            return False
        self._waiting.append(entry)
        self.count, self.bytes = count + 1, new_bytes
        return True

    def put_all(self, entries: Sequence[OutboxEntry], size: int) -> None:
        """Put entries with payloads of `size` bytes in all at the end, without looking at the bounds."""
        self._waiting.extend(entries)
        self.count += len(entries)
        self.bytes += size

    def take_batch(self, window: int) -> list[OutboxEntry]:
        """Put at most `window` waiting entries in flight, oldest first, and count an attempt of each."""
        batch = [self._waiting.popleft() for _ in range(min(window, len(self._waiting)))]
        for entry in batch:
            entry.attempts += 1
        self.in_flight = batch
        return batch

    def return_unsettled(self) -> list[OutboxEntry]:
        """End the attempt: what is in flight and not settled goes back to the front; returns those entries."""
        left = [entry for entry in self.in_flight if not entry.settled]
        self.in_flight = ()
        self._waiting.extendleft(reversed(left))
        return left

    def settle_first(self, number: int, outcome: Outcome, reason: str) -> None:
        """Settle the oldest waiting entries."""
        if number:
            self.last_loss = reason
        for _ in range(number):
            self.settle(self._waiting.popleft(), outcome, reason)

    def drop_old(self, now: float, age: float, reason: str) -> None:
        """Drop the waiting entries that are `age` seconds old or older."""
        while self._waiting and now - self._waiting[0].since >= age:
            self.last_loss = reason
            self.settle(self._waiting.popleft(), "dropped", reason)

    def discard(self, reason: str) -> int:
        """Drop everything that is not in the spool, in flight too; returns how many entries that were."""
        lost = [entry for entry in (*self.in_flight, *self._waiting) if not entry.settled and entry.key is None]
        if lost:
            self.last_loss = reason
        for entry in lost:
            self.settle(entry, "dropped", reason)
        return len(lost)

    def settle(self, entry: OutboxEntry, outcome: Outcome, reason: str | None) -> bool:
        """End an entry that was put; returns False when it has ended before."""
        if entry.settled:
            return False
        entry.settled = True
        self.count -= 1
        self.bytes -= len(entry.notification.payload)
        if entry.key is not None:
            self.settled_keys.append(entry.key)
        self.counts[outcome] += 1
        self._on_settled(entry, outcome, reason)
        return True

    def deliver(self, first: int, behind: int, outcome: Outcome) -> Sequence[OutboxEntry]:
        """End entries in flight by their places, without telling `on_settled`.

        Returns those that had not ended before, in order.
        """
        ended = [entry for entry in self.in_flight[first:behind] if not entry.settled]
        size = 0
        for entry in ended:
            entry.settled = True
            size += len(entry.notification.payload)
            if entry.key is not None:
                self.settled_keys.append(entry.key)
        self.count -= len(ended)
        self.bytes -= size
        self.counts[outcome] += len(ended)
        return ended

    def refuse(self, entry: OutboxEntry, outcome: Outcome, reason: str) -> None:
        """Report the end of an entry that was never put."""
        self.last_loss = reason
        self.counts[outcome] += 1
        self._on_settled(entry, outcome, reason)
