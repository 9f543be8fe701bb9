"""The deadlines of subscriptions, on a heap: to add, move or take one costs the same among 100 and 100,000."""

import heapq
import math


class Expiring:
    """Something with a deadline; `armed` is the deadline of its one valid heap entry, None when it has none."""

    __slots__ = ("armed", "expires_at")

    def __init__(self, expires_at: float | None) -> None:
        self.expires_at = expires_at
        self.armed: float | None = None


class Deadlines:
    """The heap. A deadline that moves to later keeps its entry until then; invalid entries are removed in bulk."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Expiring]] = []
        self._pushed = 0
        self._armed_count = 0
        self.next = math.inf
        """The earliest moment at which something may expire (monotonic seconds)."""

    def arm(self, item: Expiring) -> None:
        """Add an item, or take its changed deadline; a deadline of None removes it."""
        deadline = item.expires_at
        if deadline is None:
            self.disarm(item)
        elif item.armed is None:
            self._armed_count += 1
            self._push(item, deadline)
        elif deadline < item.armed:
            self._push(item, deadline)

    def disarm(self, item: Expiring) -> None:
        """Remove an item."""
        if item.armed is not None:
            item.armed = None
            self._armed_count -= 1

    def due(self, now: float, most: int) -> list[Expiring]:
        """Remove and return items whose deadline has come, at most so many, earliest first."""
        expired: list[Expiring] = []
        heap = self._heap
        while heap and heap[0][0] <= now and len(expired) < most:
            deadline, _, item = heapq.heappop(heap)
            if item.armed != deadline:
                continue
            if item.expires_at is not None and item.expires_at > now:
                self._push(item, item.expires_at)
            else:
                self.disarm(item)
                expired.append(item)
        self.next = heap[0][0] if heap else math.inf
        return expired

    def __len__(self) -> int:
        return len(self._heap)

    def _push(self, item: Expiring, deadline: float) -> None:
        item.armed = deadline
        self._pushed += 1
        if len(self._heap) > 64 + 2 * self._armed_count:
            self._heap = [entry for entry in self._heap if entry[2].armed == entry[0]]
            heapq.heapify(self._heap)
        heapq.heappush(self._heap, (deadline, self._pushed, item))
        self.next = self._heap[0][0]
