"""A bound over all subscriptions, and one over all destinations: a client must not fill the memory with them."""

import logging
from typing import Final

from evtui.core.errors import TooManyError

MAX_SUBSCRIPTIONS: Final = 100_000
"""Active subscriptions of all events together, and wildcards."""

MAX_DESTINATIONS: Final = 10_000
"""Destinations with an outbox: each has a task and a connection, or retries while it has no server."""

_log = logging.getLogger(__name__)


class CountLimit:
    """Refuses more than `limit`, and counts what it refuses."""

    def __init__(self, limit: int, what: str) -> None:
        """`what` names in the plural what is counted, and the setting that bounds it: `engine.WHAT`."""
        self.limit = limit
        self.refused = 0
        """What was refused because of the bound."""
        self._what = what
        self._is_logged = False

    def check(self, count: int, more: int) -> None:
        """Check that there is room for so many more, when there are `count` now.

        raises TooManyError: there is not; they are counted as refused, and the first time it is logged.
        """
        if count + more > self.limit:
            self.refused += more
            error = TooManyError(self._what, count, more, self.limit)
            if not self._is_logged:
                self._is_logged = True
                _log.warning("%s", error)
            raise error
        if self._is_logged and count < self.limit - self.limit // 10:
            self._is_logged = False
