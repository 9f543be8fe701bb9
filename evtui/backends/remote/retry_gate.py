"""When a server that did not answer may be asked again."""

from typing import Final

from evtui.core.backoff import Backoff
from evtui.core.errors import BackendError
from evtui.core.ports import Clock

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds between two requests to a server that is away: 1, 2, 4 … 30."""


class RetryGate:
    """Refuses requests to a server that is away until its pause is over; `clock` is monotonic."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._closed_until = 0.0
        self._why = ""

    def check(self) -> bool:
        """Say whether the server was away until now.

        raises BackendError: the server is away and its pause is not over.
        """
        left = self._closed_until - self._clock()
        if left > 0:
            raise BackendError(f"{self._why}; retry in {left:.0f} s")
        return not self._backoff.is_at_start

    def failed(self, why: str) -> None:
        """Begin a pause twice as long as the one before."""
        self._closed_until = self._clock() + self._backoff.next_pause()
        self._why = why

    def succeeded(self) -> None:
        """Let the next failure begin with the first pause again."""
        self._backoff.reset()
        self._closed_until = 0.0
