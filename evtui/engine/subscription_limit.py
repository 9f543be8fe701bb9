"""The bound over all subscriptions: a client that subscribes without end must not fill the memory."""

import logging
from typing import Final

from evtui.core.errors import TooManySubscriptionsError

DEFAULT_LIMIT: Final = 100_000
"""Active subscriptions of all events together, and wildcards."""

_log = logging.getLogger(__name__)


class SubscriptionLimit:
    """Counts subscriptions and wildcards, and refuses more than `limit`."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self.count = 0
        self.refused = 0
        """Subscriptions that were refused because of the bound."""
        self._is_logged = False

    def check(self, more: int) -> None:
        """Check that there is room for so many more.

        raises TooManySubscriptionsError: there is not; they are counted as refused, and the first time it is logged.
        """
        if self.count + more > self.limit:
            self.refused += more
            error = TooManySubscriptionsError(self.count, more, self.limit)
            if not self._is_logged:
                self._is_logged = True
                _log.warning("%s", error)
            raise error

    def add(self) -> None:
        """Count one more."""
        self.count += 1

    def remove(self) -> None:
        """Count one less."""
        self.count -= 1
        if self._is_logged and self.count < self.limit - self.limit // 10:
            self._is_logged = False
