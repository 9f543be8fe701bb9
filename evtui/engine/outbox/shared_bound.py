"""The bound over all queues together. Sans-IO.

Each queue reserves what it may hold before it holds it, a little more than it needs, so that most notifications are put
without asking. What a queue reserves and does not need is taken back when another one needs it. When nothing is left,
the queue that holds most gives way, as its own overflow policy says: one dead destination does not cost the small
queues anything.
"""

import heapq
from typing import Final, Protocol

from evtui.core.ports import QueueUse

ENTRY_BYTES: Final = 512
"""Bytes that a notification takes besides its payload, roughly."""

DEFAULT_LIMIT: Final = 512 * 1024 * 1024


class BoundedQueue(Protocol):
    """A queue under the bound."""

    reserved: int
    """Bytes that it has reserved. Only the bound changes it."""

    def used(self) -> int:
        """Return the bytes of what it holds."""
        ...

    def give_back(self) -> None:
        """Hold no more than now without reserving again."""
        ...

    def give_way(self, size: int, reason: str) -> int:
        """End waiting entries until so many bytes are free, or none waits; returns how many entries those were."""
        ...


class SharedBound:
    """The bytes that all queues may hold, and the queues that reserved them."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self.overflows = 0
        """Notifications that were dropped or failed because of this bound."""
        self._reserved = 0
        self._queues: dict[int, BoundedQueue] = {}
        self._largest: list[tuple[int, int, BoundedQueue]] | None = None
        """A heap of reservations, the largest first, made when it is needed. A queue whose reservation has changed is
        found more than once: only the entry with its present size counts."""
        self._turn = 0

    @property
    def reason(self) -> str:
        """Say why a notification cannot be kept."""
        return f"all queues together are full ({self.limit:,} bytes), and this one holds most"

    def use(self) -> QueueUse:
        """Say how much of the bound is used."""
        return QueueUse(sum(queue.used() for queue in self._queues.values()), self.limit, self.overflows)

    def leave(self, queue: BoundedQueue) -> None:
        """Give back all that a queue has reserved."""
        self._set(queue, 0)
        self._queues.pop(id(queue), None)

    def reserve(self, queue: BoundedQueue, least: int, wanted: int) -> bool:
        """Reserve `wanted` bytes in all for a queue, or `least` when there is no more; returns whether it has them.

        When `least` bytes are not left, larger queues give back what they do not need, then give way. When this queue
        is itself the largest it gets nothing: it has to give way to itself.
        """
        self._queues[id(queue)] = queue
        for size in (wanted, least):
            if self._reserved - queue.reserved + size <= self.limit:
                self._set(queue, size)
                return True
        if least > self.limit or not self._make_room(queue, least):
            return False
        self._set(queue, least)
        return True

    def force(self, queue: BoundedQueue) -> None:
        """Reserve exactly what a queue holds, over the limit if need be."""
        self._queues[id(queue)] = queue
        queue.give_back()
        self._set(queue, queue.used())

    def _make_room(self, asker: BoundedQueue, least: int) -> bool:
        """Make larger queues give back and give way until `least` bytes fit for the asker; say whether they fit."""
        unchanged: list[BoundedQueue] = [asker]
        while (missing := self._reserved - asker.reserved + least - self.limit) > 0:
            other = self._take_largest(asker)
            if other is None:
                break
            used = other.used()
            if used < other.reserved:
                other.give_back()
                self._set(other, used)
                continue
            if used <= least:
                unchanged.append(other)
                break
            self.overflows += other.give_way(missing, self.reason)
            if other.used() < used:
                other.give_back()
                self._set(other, other.used())
            else:  # all that it holds is in flight
                unchanged.append(other)
        for queue in unchanged:
            self._note(queue)
        return missing <= 0

    def _take_largest(self, asker: BoundedQueue) -> BoundedQueue | None:
        """Take the largest reservation of the others out of the heap; None when there is none."""
        if self._largest is None:
            self._largest = [(-queue.reserved, turn, queue) for turn, queue in enumerate(self._queues.values())]
            self._turn = len(self._largest)
            heapq.heapify(self._largest)
        while self._largest:
            negative, _, queue = heapq.heappop(self._largest)
            if queue is not asker and queue.reserved == -negative > 0:
                return queue
        return None

    def _set(self, queue: BoundedQueue, size: int) -> None:
        if size != queue.reserved:
            self._reserved += size - queue.reserved
            queue.reserved = size
            self._note(queue)

    def _note(self, queue: BoundedQueue) -> None:
        """Put a reservation into the heap; a heap of mostly old entries is given up."""
        if self._largest is None or not queue.reserved:
            return
        self._turn += 1
        heapq.heappush(self._largest, (-queue.reserved, self._turn, queue))
        if len(self._largest) > 2 * len(self._queues) + 64:
            self._largest = None
