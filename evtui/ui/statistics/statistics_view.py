"""What the Statistics screen shows, without Textual: which span, in which order, and since when."""

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from evtui.statistics.spans import SPANS
from evtui.statistics.traffic_statistics import TrafficStatistics
from evtui.ui.fleet.server_looks import NO_SERVERS, ServerLooks

MOST: Final = 10
"""Lines of each table."""

TalkerOrder: TypeAlias = Literal["raises", "deliveries"]


class StatisticsView:
    """The choices of the screen, and what it reads. They stay when the screen is left."""

    def __init__(self, statistics: TrafficStatistics, servers: Callable[[], ServerLooks] = lambda: NO_SERVERS) -> None:
        """`servers` returns how the servers of a fleet look."""
        self.statistics = statistics
        self._servers = servers
        self._chosen: float | None = None
        self.order: TalkerOrder = "raises"
        """What the top talkers are sorted by."""

    @property
    def servers(self) -> ServerLooks:
        """Return how the servers of a fleet look; none where one server is shown."""
        return self._servers()

    @property
    def span(self) -> float:
        """Return the seconds that are shown: as chosen, else the fewest that hold all that is measured."""
        if self._chosen is not None:
            return self._chosen
        since = self.statistics.since
        whole = 0.0 if since is None else self.statistics.now - since
        return next((span for span in SPANS if span >= whole), SPANS[-1])

    @property
    def minutes(self) -> int:
        """Return the minutes of the span."""
        return round(self.span / 60)

    @property
    def measured(self) -> float:
        """Return the seconds of the span that anything is known of."""
        since = self.statistics.since
        return 0.0 if since is None else min(self.span, self.statistics.now - since)

    def choose(self, step: int) -> bool:
        """Take the next longer span, or with -1 the next shorter one; returns whether there is one."""
        place = SPANS.index(self.span) + step
        if not 0 <= place < len(SPANS):
            return False
        self._chosen = SPANS[place]
        return True

    def next_order(self) -> None:
        """Sort the top talkers the other way."""
        self.order = "deliveries" if self.order == "raises" else "raises"
