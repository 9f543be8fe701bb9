"""What the log says of deliveries: that a destination begins to fail, that it recovers, and what was lost.

A destination has at most one line for its failure and one for its recovery a minute, however often it changes. Losses
are summed once a minute. So a dead destination is reported at once, and fills no disk.
"""

import logging
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from evtui.core.ports import Clock, OutboxState
from evtui.core.values import Socket

PERIOD: Final = 60.0
"""Seconds between two sums of losses, and between two lines of one destination's failures."""

MAX_LINES: Final = 200
"""Lines in a period for destinations that begin to fail, and in one sum; the rest is one line with their number."""

_log = logging.getLogger(__name__)


class Losses(Struct, frozen=True):
    """What one outbox, or the direct subscribers of one event, have lost since the start."""

    subject: str
    """The socket, or the event."""
    failed: int
    dropped: int
    reason: str
    """Of the last loss."""


class DeliveryLog:
    """Writes the lines; `clock` is monotonic."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failing: dict[Socket, tuple[float, bool]] = {}
        """The destinations that fail: since when, and whether that was logged."""
        self._logged_at: dict[Socket, float] = {}
        """When the last failure of a destination was logged."""
        self._lines = 0
        self._not_logged = 0
        self._summed_up: dict[str, tuple[int, int]] = {}
        """What was lost and logged before: failed and dropped."""

    def failing(self, state: OutboxState) -> None:
        """Take a failed attempt; the first one is logged."""
        if state.socket in self._failing:
            return
        now = self._clock()
        is_logged = now - self._logged_at.get(state.socket, -PERIOD) >= PERIOD and self._lines < MAX_LINES
        self._failing[state.socket] = now, is_logged
        if not is_logged:
            self._not_logged += 1
            return
        self._logged_at[state.socket] = now
        self._lines += 1
        _log.warning("%s fails: %s; it is tried again, %d wait", state.socket, state.last_error, state.queued)

    def recovered(self, socket: Socket) -> None:
        """Take a delivery after a failure."""
        since, is_logged = self._failing.pop(socket, (0.0, False))
        if is_logged:
            _log.warning("%s works again after %.0f s", socket, self._clock() - since)

    def ended(self, socket: Socket, losses: Losses) -> None:
        """Take the end of an outbox: what it lost is logged now."""
        self._failing.pop(socket, None)
        self._logged_at.pop(socket, None)
        self._log_losses([losses])
        self._summed_up.pop(losses.subject, None)

    def sum_up(self, losses: Iterable[Losses]) -> None:
        """Log what was lost since the last sum. Call it once a period."""
        if self._not_logged:
            _log.warning("%d more times a destination began to fail in the last minute", self._not_logged)
        self._lines = self._not_logged = 0
        now = self._clock()
        self._logged_at = {socket: at for socket, at in self._logged_at.items() if now - at < PERIOD}
        self._log_losses(losses)

    def _log_losses(self, losses: Iterable[Losses]) -> None:
        lines = more = lost = 0
        for each in losses:
            failed, dropped = self._summed_up.get(each.subject, (0, 0))
            if (each.failed, each.dropped) == (failed, dropped):
                continue
            self._summed_up[each.subject] = each.failed, each.dropped
            failed, dropped = each.failed - failed, each.dropped - dropped
            if lines < MAX_LINES:
                lines += 1
                _log.warning("%s: %d lost (%d failed, %d dropped), the last because: %s",
                             each.subject, failed + dropped, failed, dropped, each.reason)  # fmt: skip
            else:
                more, lost = more + 1, lost + failed + dropped
        if more:
            _log.warning("%d more destinations lost %d notifications", more, lost)
