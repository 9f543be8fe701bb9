"""The consoles of viewers look for what is new one after the other.

What a look finds takes milliseconds to paint. After a pause of the event loop the looks of all consoles are due, and
would be painted before any other client has its turn.
"""

from collections.abc import Awaitable, Callable

import anyio
from textual.widget import Widget

from evtui.serve.terminal.frame_shares import MOST_LOOKS


class LookTurns:
    """Gives each console its turn, in the order in which they asked; `run` does the looks."""

    def __init__(self, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._sleep = sleep
        self._waiting: dict[Widget, Callable[[], object]] = {}
        self._asked = anyio.Event()

    def ask(self, screen: Widget, look: Callable[[], None]) -> None:
        """Let a screen look in its turn; it waits at most once."""
        self._waiting.setdefault(screen, look)
        self._asked.set()

    def forget(self, screen: Widget) -> None:
        """Let a screen look no more."""
        self._waiting.pop(screen, None)

    async def run(self) -> None:
        """Let them look until cancelled, `MOST_LOOKS` in a second and one in a turn of the event loop."""
        while True:
            await self._asked.wait()
            while self._waiting:
                screen = next(iter(self._waiting))
                screen.call_later(self._waiting.pop(screen))
                await self._sleep(1 / MOST_LOOKS)
            self._asked = anyio.Event()
