"""Serve the requests of one client in order, beside those of other clients."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio
from anyio.abc import TaskGroup

RequestT = TypeVar("RequestT")


class ClientQueues(Generic[RequestT]):
    """A queue of requests for each client.

    At most `slots` requests wait or run at once. When there are more, `put` waits and the kernel queues what comes.
    """

    def __init__(self, tasks: TaskGroup, serve: Callable[[RequestT], Awaitable[None]], slots: int = 256) -> None:
        self._tasks = tasks
        self._serve = serve
        self._slots = anyio.Semaphore(slots)
        self._client_queues: dict[object, deque[RequestT]] = {}

    async def put(self, client: object, request: RequestT) -> None:
        """Serve a request after the earlier ones of its client."""
        await self._slots.acquire()
        if (queue := self._client_queues.get(client)) is not None:
            queue.append(request)
            return
        self._client_queues[client] = deque([request])
        self._tasks.start_soon(self._drain, client)

    async def _drain(self, client: object) -> None:
        queue = self._client_queues[client]
        try:
            while queue:
                request = queue.popleft()
                try:
                    await self._serve(request)
                finally:
                    self._slots.release()
        finally:
            del self._client_queues[client]
