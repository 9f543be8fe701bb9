"""Requests served side by side, those of one client one after the other."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio
from anyio.abc import TaskGroup

RequestT = TypeVar("RequestT")


class ClientQueues(Generic[RequestT]):
    """A lane a client, in order; at most `slots` requests at once, then `put` waits and the kernel's queue fills."""

    def __init__(self, tasks: TaskGroup, serve: Callable[[RequestT], Awaitable[None]], slots: int = 256) -> None:
        self._tasks = tasks
        self._serve = serve
        self._slots = anyio.Semaphore(slots)
        self._client_queues: dict[object, deque[RequestT]] = {}

    async def put(self, client: object, request: RequestT) -> None:
        """Serve a request after the client's earlier ones."""
        await self._slots.acquire()
        if (lane := self._client_queues.get(client)) is not None:
            lane.append(request)
            return
        self._client_queues[client] = deque([request])
        self._tasks.start_soon(self._drain, client)

    async def _drain(self, client: object) -> None:
        lane = self._client_queues[client]
        try:
            while lane:
                request = lane.popleft()
                try:
                    await self._serve(request)
                finally:
                    self._slots.release()
        finally:
            del self._client_queues[client]
