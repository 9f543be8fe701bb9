"""Serve the requests of one client in order, beside those of other clients: no client waits for another.

All clients of a FIFO or a datagram socket write into one place, so a listener must go on reading whatever one of them
does. A client that reads no replies, or whose requests take long, gets a queue that fills up; what goes over its bound
is dropped and counted. A client that only sends many requests loses none: `put` lets them run before it takes more.
"""

import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint
from msgspec import Struct

RequestT = TypeVar("RequestT")

PATIENCE: Final = 0.1
"""Seconds that `put` waits for a full queue whose requests run; afterwards its client loses what goes over the bound,
until half of the queue has been served."""


class QueueBounds(Struct, frozen=True):
    """How much waits, counted in requests and in bytes; a queue that is empty takes a request of any size."""

    requests: int = 1024
    """Requests of one client."""
    bytes: int = 4 << 20
    """Bytes of one client's requests."""
    all_requests: int = 8192
    """Requests of all clients of a listener, also those that run; above that the client with the most loses one."""
    all_bytes: int = 64 << 20
    """Bytes of the requests of all clients."""


DEFAULT_BOUNDS: Final = QueueBounds()

_OVERHEAD: Final = 256
"""Bytes that a request costs beside its own."""

_TAKEN_AT_ONCE: Final = 64
"""Requests of new clients that are taken before requests get their turn. With one at a time, a request behind those of
300 clients waited for 300 turns of the work that went on meanwhile."""

_FOUND_AT_ONCE: Final = 64
"""Clients with the most waiting that one look through all clients finds."""


class ClientQueue(Generic[RequestT]):
    """The requests of one client, and whether it reads its replies."""

    __slots__ = ("_bounds", "bytes", "is_stalled", "is_waiting", "reads_replies", "requests")

    def __init__(self, bounds: QueueBounds) -> None:
        self._bounds = bounds
        self.requests: deque[tuple[RequestT, int]] = deque()
        self.bytes = 0
        self.is_waiting = False
        """Whether a reply waits for the client to read it."""
        self.reads_replies = True
        """False when the client did not get its last reply: the next ones are tried once, without a pause."""
        self.is_stalled = False
        """Whether `put` has waited for this queue in vain."""

    def has_room(self, size: int) -> bool:
        """Return whether a request of so many bytes fits."""
        bounds = self._bounds
        return not self.requests or (len(self.requests) < bounds.requests and self.bytes + size <= bounds.bytes)

    def add(self, request: RequestT, size: int) -> None:
        """Add the newest request."""
        self.requests.append((request, size))
        self.bytes += size

    def take(self) -> tuple[RequestT, int]:
        """Take the oldest request and its size."""
        request, size = self.requests.popleft()
        self.bytes -= size
        if 2 * len(self.requests) <= self._bounds.requests and 2 * self.bytes <= self._bounds.bytes:
            self.is_stalled = False
        return request, size

    def drop_newest(self) -> tuple[RequestT, int]:
        """Take back the request that came last, and its size."""
        request, size = self.requests.pop()
        self.bytes -= size
        return request, size


def _weight(queue: ClientQueue[RequestT]) -> int:
    return queue.bytes + _OVERHEAD * len(queue.requests)


class ClientQueues(Generic[RequestT]):
    """A queue of requests for each client of a listener that has requests."""

    def __init__(
        self,
        tasks: TaskGroup,
        serve: Callable[[RequestT, ClientQueue[RequestT]], Awaitable[None]],
        dropped: Callable[[], None],
        bounds: QueueBounds = DEFAULT_BOUNDS,
    ) -> None:
        """`serve` runs a request and gives its reply to the client; `dropped` is called for each request dropped."""
        self._tasks = tasks
        self._serve = serve
        self._dropped = dropped
        self._bounds = bounds
        self._queues: dict[object, ClientQueue[RequestT]] = {}
        self._bytes = 0
        self._count = 0
        self._new_clients = 0
        """Clients whose first request was taken since requests got their turn last."""
        self._greatest: list[ClientQueue[RequestT]] = []
        """The queues that held most when they were looked for last, the greatest at the end."""

    def is_idle(self, client: object) -> bool:
        """Say whether no request of a client waits or runs."""
        return client not in self._queues

    async def put(self, client: object, request: RequestT, size: int) -> None:
        """Serve a request of `size` bytes after the earlier ones of its client, or drop it when too many wait."""
        queue = self._queues.get(client)
        if self._queues and (queue is not None or self._new_clients >= _TAKEN_AT_ONCE):
            self._new_clients = 0
            await checkpoint()  # requests that wait get their turn, also those of other clients
            queue = self._queues.get(client)
        self._new_clients += queue is None
        if queue is not None and not queue.has_room(size):
            if not await self._has_got_room(queue, size):
                self._dropped()
                return
            queue = self._queues.get(client)  # None when the queue was served to its end meanwhile
        if queue is None:
            if len(self._queues) >= self._bounds.all_requests:
                self._dropped()
                return
            queue = self._queues[client] = ClientQueue(self._bounds)
            self._tasks.start_soon(self._drain, client, queue)
        queue.add(request, size)
        self._count += 1
        self._bytes += size
        if self._count > 1 and (self._count > self._bounds.all_requests or self._bytes > self._bounds.all_bytes):
            self._drop_of_the_greatest()

    async def _has_got_room(self, queue: ClientQueue[RequestT], size: int) -> bool:
        """Wait while the queue's requests run, but not for a client that must read its replies first."""
        if queue.is_stalled:
            return False
        with anyio.move_on_after(PATIENCE):
            while not queue.has_room(size):
                if queue.is_waiting:
                    return False
                await checkpoint()
            return True
        queue.is_stalled = True
        return False

    def _drop_of_the_greatest(self) -> None:
        """Drop the newest request of a client that has the most waiting.

        Looking through all clients takes time, so several are found at once: each is asked for one request.
        """
        while self._greatest and not self._greatest[-1].requests:
            self._greatest.pop()
        if not self._greatest:
            waiting = (queue for queue in self._queues.values() if queue.requests)
            self._greatest = heapq.nlargest(_FOUND_AT_ONCE, waiting, key=_weight)[::-1]
        _, size = self._greatest.pop().drop_newest()
        self._count -= 1
        self._bytes -= size
        self._dropped()

    async def _drain(self, client: object, queue: ClientQueue[RequestT]) -> None:
        try:
            while queue.requests:
                request, size = queue.take()
                try:
                    await self._serve(request, queue)
                finally:
                    self._count -= 1
                    self._bytes -= size
                if queue.requests:
                    await checkpoint()
        finally:
            del self._queues[client]
