"""When to ask a server again that did not answer: after 1, 2, 4 … 30 seconds."""

from typing import Final

from evtui.core.errors import BackendError
from evtui.core.ports import Clock

FIRST: Final = 1.0
LAST: Final = 30.0


class Backoff:
    """Remembers the failures in a row of one server; `clock` is monotonic."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pause = 0.0
        self._until = 0.0
        self._why = ""

    def check(self) -> bool:
        """Say whether the server was away until now.

        raises BackendError: it is away and its time has not come.
        """
        left = self._until - self._clock()
        if left > 0:
            raise BackendError(f"{self._why}; retry in {left:.0f} s")
        return self._pause > 0

    def failed(self, why: str) -> None:
        """Wait twice as long as before."""
        self._pause = min(self._pause * 2 or FIRST, LAST)
        self._until = self._clock() + self._pause
        self._why = why

    def succeeded(self) -> None:
        """Start over."""
        self._pause = self._until = 0.0
