"""Libraries that a transport loads with its first delivery, in a thread: that takes longer than others may wait.

The interpreter lets one thread run at a time. While a library is loaded, the event loop gets its turn back only after
the interpreter's switch interval, each time that it waited for a socket or a file. At the usual 5 ms a busy loop stood
nearly still for 0.4 s. So the interval is shortened while a library is loaded.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Final

from anyio import to_thread

SHORT_TURN: Final = 0.0005
"""Seconds that the thread which loads a library keeps the interpreter while the event loop wants it."""


async def load_library(*names: str) -> None:
    """Import modules. raises ImportError."""
    missing = [name for name in names if name not in sys.modules]
    if missing:
        with _SHORT_TURNS.taken():
            for name in missing:
                await to_thread.run_sync(import_module, name)


class _ShortTurns:
    """The interpreter's switch interval, shortened while at least one library is loaded."""

    def __init__(self) -> None:
        self._users = 0
        self._usual = 0.0

    @contextmanager
    def taken(self) -> Generator[None]:
        """Shorten the interval inside the block; the last block to end gives back the interval of before."""
        if not self._users:
            self._usual = sys.getswitchinterval()
            sys.setswitchinterval(min(self._usual, SHORT_TURN))
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                sys.setswitchinterval(self._usual)


_SHORT_TURNS: Final = _ShortTurns()
