"""The counters of a fleet, without what a server had counted before it joined."""

from collections.abc import Sequence

from evtui.core.ports import Status
from evtui.statistics.followed_counters import Totals


class FleetTotals:
    """Sums over the servers that were heard of; a server that joins later makes them jump, and has done nothing now."""

    def __init__(self) -> None:
        self._heard: set[str] = set()
        self._before: Totals = ()
        """The last sums, less what is left out."""
        self._left_out: list[int] = []

    def take(self, status: Status, sums: Totals) -> Totals:
        """Take the sums of a poll, and return them less what was counted before; of one server, as they are."""
        live = {server.name for server in status.servers if server.light == "live"}
        if live - self._heard:
            self._heard |= live
            self._left_out = [_left_out(now, before) for now, before in zip(sums, self._known(sums), strict=True)]
        if self._left_out:
            sums = tuple(None if n is None else n - less for n, less in zip(sums, self._left_out, strict=True))
        self._before = sums
        return sums

    def _known(self, sums: Sequence[int | None]) -> Sequence[int | None]:
        return self._before or (None,) * len(sums)


def _left_out(now: int | None, before: int | None) -> int:
    """Return what must be taken off a sum so that it stays as it was; the first one stands as it is."""
    return 0 if now is None or before is None else now - before
