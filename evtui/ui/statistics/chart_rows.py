"""The charts of the Statistics screen as values: what each shows in its columns, now, and over the span."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from evtui.codecs.display_text import UNTOLD
from evtui.core.latency_histogram import percentile_of
from evtui.statistics.spans import column_edges
from evtui.statistics.traffic_statistics import COUNTED, Counted
from evtui.ui.statistics.statistics_view import StatisticsView
from evtui.ui.text.cells import Role
from evtui.ui.text.figures import count, latency, slow_rate

Unit: TypeAlias = Literal["rate", "count", "latency"]

NOW_SECONDS: Final = 5.0
"""Over how long the rate of now is taken."""

NOW_LATENCIES: Final = 10.0
"""Over how long the percentiles of now are taken."""

_PERCENTILES: Final = (("latency p50", 50.0), ("latency p95", 95.0), ("latency p99", 99.0))

_UNTOLD: Final = "not told by this server"

_ROLES: Final[dict[str, Role]] = {"failed": "bad", "lost": "bad", "no subscribers": "wait", "waiting": "wait"}


class Chart(Struct, frozen=True):
    """One chart."""

    name: str
    unit: Unit
    values: Sequence[float | None]
    """Of each column of the span, oldest first; None where nothing is known."""
    now: str
    over_span: str
    """A count for rates, the highest number for a queue, the percentile for latencies."""
    role: Role = "accent"
    untold: str = ""
    """Why there is nothing to show; empty when there is."""


def charts(view: StatisticsView, cells: int) -> list[Chart]:
    """Return the charts, for plots of a width in cells. A column is never shorter than a second."""
    statistics = view.statistics
    edges = column_edges(statistics.now, view.span, max(1, min(cells, round(view.span))))
    first: Counted = "received" if statistics.is_received else "raised"
    rates: tuple[Counted, ...] = (first, "delivered", "failed", "lost", "no subscribers")
    return [*(_rate(view, name, edges) for name in rates), _waiting(view, edges), *_latencies(view, edges)]


def total(view: StatisticsView, counter: Counted) -> int | None:
    """Return by how much a counter grew in the span; None when it is not told."""
    statistics = view.statistics
    if not statistics.is_told(counter):
        return None
    return round(statistics.totals.grown(COUNTED.index(counter), statistics.now - view.span, statistics.now))


def _rate(view: StatisticsView, name: Counted, edges: Sequence[float]) -> Chart:
    statistics = view.statistics
    number = total(view, name)
    role: Role = _ROLES.get(name, "accent")
    if number is None:
        return Chart(name, "rate", (), UNTOLD, UNTOLD, role, _UNTOLD)
    ring, place, first, now = statistics.totals, COUNTED.index(name), statistics.since or 0.0, statistics.now
    growth = ring.growth(place, edges)
    lengths = [later - max(first, earlier) for earlier, later in pairwise(edges)]
    values = [grown / length if length > 0 else None for grown, length in zip(growth, lengths, strict=True)]
    lately = min(NOW_SECONDS, now - first)
    speed = ring.grown(place, now - lately, now) / lately if lately > 0 else 0.0
    return Chart(name, "rate", values, slow_rate(speed), count(number), role)


def _waiting(view: StatisticsView, edges: Sequence[float]) -> Chart:
    statistics = view.statistics
    ring, name = statistics.waiting, "waiting"
    if ring.newest is None:
        return Chart(name, "count", (), UNTOLD, UNTOLD, _ROLES[name], _UNTOLD)
    values = [ring.most(since, until) for since, until in pairwise(edges)]
    highest = max((value for value in values if value is not None), default=0)
    return Chart(name, "count", values, count(ring.newest), f"max {count(highest)}", _ROLES[name])


def _latencies(view: StatisticsView, edges: Sequence[float]) -> list[Chart]:
    statistics = view.statistics
    if not statistics.tells_latencies:
        untold = f"told by {statistics.told_by} servers only" if statistics.told_by else _UNTOLD
        return [Chart("latency", "latency", (), UNTOLD, UNTOLD, "accent", untold)]
    ring, now, first = statistics.latencies.all, statistics.now, statistics.since or 0.0
    in_columns = ring.columns(edges)
    # Without deliveries there is no latency: the column is empty. Before the first poll nothing is known.
    is_known = [until > first for until in edges[1:]]
    lately = ring.counts(now - NOW_LATENCIES, now)
    whole = ring.counts(now - view.span, now)
    return [
        Chart(
            name, "latency",
            [percentile_of(counts, percent) or 0.0 if known else None
             for counts, known in zip(in_columns, is_known, strict=True)],
            latency(percentile_of(lately, percent)) or "none", latency(percentile_of(whole, percent)) or "none",
        )
        for name, percent in _PERCENTILES
    ]  # fmt: skip
