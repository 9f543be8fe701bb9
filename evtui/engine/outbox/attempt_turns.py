"""Turns: how many outboxes work before other tasks of the event loop get their turn.

All tasks that are ready run in one round of the event loop, and a client's request waits for the next round. A raise
that wakes thousands of outboxes up, or thousands of retries that are due, would make that round seconds long. So only a
few outboxes wake up and a few attempts begin in a round; the others do so in the next rounds. A slow peer delays
nothing: when many attempts are under way, the next ones wait for a round, not until others have ended.
"""

from collections import deque
from typing import Final, NoReturn

import anyio
from anyio.lowlevel import checkpoint

AT_ONCE: Final = 32
"""Outboxes that wake up, and attempts that begin, in one round of the event loop."""

RETRIES_AT_ONCE: Final = 8
"""Retries that begin in a round in which others wait too."""


class AttemptTurns:
    """The turns of all outboxes of an engine. `run` gives them out when there are many."""

    def __init__(self) -> None:
        self._under_way = 0
        self._woken = 0
        """Outboxes woken up since `run` last gave out turns."""
        self._first: deque[anyio.Event] = deque()
        self._retries: deque[anyio.Event] = deque()
        self._wanted: anyio.Event | None = None
        """Wakes `run` up; None when it is not running, and then no attempt waits."""

    async def begin(self, *, is_retry: bool) -> None:
        """Wait for the turn of an attempt. `end` must follow, also when this is cancelled.

        Retries wait behind others, so that a healthy destination is served while thousands of others fail.
        """
        self._under_way += 1
        if self._under_way > AT_ONCE and self._wanted is not None:
            turn = anyio.Event()
            (self._retries if is_retry else self._first).append(turn)
            self._wanted.set()
            await turn.wait()

    def wake(self, outbox: anyio.Event) -> None:
        """Wake an outbox up now, or in a later round when many others are woken up too."""
        self._woken += 1
        if self._wanted is None or self._woken <= AT_ONCE:
            outbox.set()
        else:
            self._first.append(outbox)
            self._wanted.set()

    def end(self) -> None:
        """Note that an attempt has ended."""
        self._under_way -= 1

    async def run(self) -> NoReturn:
        """Give out turns until cancelled."""
        try:
            while True:
                self._wanted = anyio.Event()
                await self._wanted.wait()
                self._woken = 0
                while self._first or self._retries:
                    _give(self._first, AT_ONCE)
                    _give(self._retries, RETRIES_AT_ONCE if self._first else AT_ONCE)
                    await checkpoint()
                    self._woken = 0
        finally:
            self._wanted = None
            _give(self._first, len(self._first))
            _give(self._retries, len(self._retries))


def _give(turns: deque[anyio.Event], number: int) -> None:
    for _ in range(min(number, len(turns))):
        turns.popleft().set()
