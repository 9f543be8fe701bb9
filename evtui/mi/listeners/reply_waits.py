"""The replies that wait until their clients read them: a bounded number, so that clients that read none cost little."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import anyio

from evtui.mi.listeners.client_queues import ClientQueue

MOST_WAITS: Final = 256
"""Replies of a listener that wait at once."""

MOST_BYTES: Final = 64 << 20
"""Bytes of the replies that wait at once."""


class ReplyWaits:
    """The waits of one listener. One too many ends the wait that began first: its reply is lost."""

    def __init__(self, most: int = MOST_WAITS, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._waits: dict[anyio.CancelScope, int] = {}
        self._bytes = 0

    @contextmanager
    def waiting(self, queue: ClientQueue[Any], seconds: float, size: int = 0) -> Generator[anyio.CancelScope]:
        """Wait for the client of a queue at most so many seconds; the scope is cancelled when that was in vain.

        `size` is that of the reply. When the client kept another reply waiting in vain before, this one does not wait.
        """
        with anyio.move_on_after(seconds if queue.reads_replies else 0.0) as scope:
            self._waits[scope] = size
            self._bytes += size
            queue.is_waiting = True
            try:
                self._keep_to_bounds()
                yield scope
            finally:
                queue.is_waiting = False
                self._forget(scope)

    def _keep_to_bounds(self) -> None:
        while len(self._waits) > 1 and (len(self._waits) > self._most or self._bytes > self._most_bytes):
            oldest = next(iter(self._waits))
            self._forget(oldest)
            oldest.cancel()

    def _forget(self, scope: anyio.CancelScope) -> None:
        self._bytes -= self._waits.pop(scope, 0)
