"""The consoles of viewers open one after the other.

To open one takes a quarter of a second of processor time, in steps of which some are long. The steps of one at a time
leave their turn to other clients; those of all who come at once would not.
"""

from collections.abc import Callable
from typing import Final

import anyio

MOST_WAITING: Final = 15.0
"""Seconds after which a console opens beside one that has not opened yet."""


class OpeningTurns:
    """Lets one console at a time open."""

    def __init__(self) -> None:
        self._free = anyio.Semaphore(1, fast_acquire=True)

    async def take(self) -> Callable[[], None]:
        """Wait for the turn; returns what ends it, which may be called more than once."""
        has_turn = False
        with anyio.move_on_after(MOST_WAITING):
            await self._free.acquire()
            has_turn = True

        def end() -> None:
            nonlocal has_turn
            if has_turn:
                has_turn = False
                self._free.release()

        return end
