"""The charts of the Statistics screen as lines of text, as high and as wide as there is room.

Each chart has its name at the left, the end of its axis, the plot, and at the right the figure of now and that of the
whole span. Every chart has one line at least; the lines that are left go to the charts that are looked at most.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from evtui.codecs.display_text import UNTOLD
from evtui.statistics.traffic_statistics import Counted
from evtui.ui.statistics.chart_rows import Chart, Unit, charts, total
from evtui.ui.statistics.statistics_view import StatisticsView
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.charts import axis_top, columns, share_bar, stretch, time_axis
from evtui.ui.text.figures import count, cut_end, fill, latency

_NAME: Final = 14
_AXIS: Final = 6
_NOW: Final = 8
_OVER: Final = 9
_LEAST_WITH_AXIS: Final = 62
"""Cells of a pane from which the ends of the axes are written."""

_HIGHEST: Final = 6
"""Lines of the highest chart."""

_FIRST_TO_GROW: Final = (
    "raised", "received", "latency p95", "delivered", "waiting", "failed", "latency p99", "lost", "latency p50",
    "no subscribers",
)  # fmt: skip
"""The charts in the order in which they get another line."""

_HIGH_ENOUGH: Final = 28
"""Lines of a pane from which the outcomes have a line each."""

_OF_DELIVERIES: Final[tuple[tuple[Counted, Role], ...]] = (("delivered", "good"), ("failed", "bad"), ("lost", "bad"))
_OF_RAISES: Final[tuple[tuple[Counted, Role], ...]] = (("no subscribers", "wait"), ("refused", "bad"))


class _Room(Struct, frozen=True):
    """How wide the parts of a line are; an axis of 0 is left out."""

    axis: int
    plot: int


def chart_lines(view: StatisticsView, width: int, height: int) -> list[Cells]:
    """Write the charts for a width and a height in cells; there may be fewer lines."""
    if view.statistics.since is None:
        return [[("dim", cut_end("Not measured yet: there was no answer.", width))]]
    axis = _AXIS if width >= _LEAST_WITH_AXIS else 0
    room = _Room(axis, max(1, width - _NAME - (axis + 1 if axis else 0) - _NOW - _OVER - 3))
    drawn = charts(view, room.plot)
    outcomes = list(_outcomes(view, room) if height >= _HIGH_ENOUGH else _short_outcomes(view, width))
    lines = [_titles(view, room)]
    for chart, rows in zip(drawn, _heights(drawn, height - 2 - len(outcomes)), strict=True):
        lines += _chart(chart, rows, room)
    lines.append([("text", " " * (width - room.plot - _NOW - _OVER - 2)), ("dim", time_axis(view.minutes, room.plot))])
    return [*lines, *outcomes][:height]


def _heights(drawn: Sequence[Chart], lines: int) -> list[int]:
    """Share some lines among the charts."""
    heights = [1] * len(drawn)
    left = lines - len(drawn)
    growing = [place for name in _FIRST_TO_GROW for place, chart in enumerate(drawn) if chart.name == name]
    growing = [place for place in growing if not drawn[place].untold]
    while left > 0 and growing:
        for place in growing[:left]:
            heights[place] += 1
            left -= 1
        growing = [place for place in growing if heights[place] < _HIGHEST]
    return heights


def _titles(view: StatisticsView, room: _Room) -> Cells:
    left = _NAME + (room.axis + 1 if room.axis else 0) + room.plot + 2
    by = view.statistics.told_by
    said = f"told by {by} servers; received: by all" if by else ""
    begin: Cells = [("dim", fill(cut_end(said, left), left))] if said else [("text", " " * left)]
    return [
        *begin, ("head", fill("now", _NOW, right=True)), ("text", " "),
        ("head", fill(f"{view.minutes} min", _OVER, right=True)),
    ]  # fmt: skip


def _chart(chart: Chart, rows: int, room: _Room) -> Iterator[Cells]:
    if chart.untold:
        yield _untold(chart, room)
        return
    values = stretch(chart.values, room.plot)
    top = axis_top(max((value for value in values if value is not None), default=0.0))
    plots = columns(values, rows, top)
    role: Role = chart.role if top else "faint"
    for number, plot in enumerate(plots):
        is_first = number == 0
        line: Cells = [("name", fill(chart.name if is_first else "", _NAME)), ("text", " ")]
        if room.axis:
            end = _axis_end(top, chart.unit) if is_first and top else "0" if number == len(plots) - 1 else ""
            line.extend([("dim", fill(end, room.axis, right=True)), ("text", " ")])
        line.extend([(role, plot), ("text", " ")])
        line.extend([("strong", fill(chart.now if is_first else "", _NOW, right=True)), ("text", " ")])
        yield [*line, ("text", fill(chart.over_span if is_first else "", _OVER, right=True))]


def _untold(chart: Chart, room: _Room) -> Cells:
    """Say in place of the plot why there is none."""
    width = room.plot + (room.axis + 1 if room.axis else 0)
    return [
        ("name", fill(chart.name, _NAME)), ("text", " "), ("dim", fill(cut_end(chart.untold, width), width)),
        ("text", " "), ("dim", fill(chart.now, _NOW, right=True)), ("text", " "),
        ("dim", fill(chart.over_span, _OVER, right=True)),
    ]  # fmt: skip


def _axis_end(top: float, unit: Unit) -> str:
    if unit == "latency":
        return latency(top).replace(".0 ", " ")
    number = f"{top:g}" if top < 1000 else f"{top / 1000:g}k" if top < 1_000_000 else f"{top / 1_000_000:g}M"
    return f"{number}/s" if unit == "rate" else number


def _outcomes(view: StatisticsView, room: _Room) -> Iterator[Cells]:
    """Write what became of deliveries and of raises, a line each."""
    yield []
    by = view.statistics.told_by
    at = f" at {by} servers" if by else ""
    yield [("head", f"What became of deliveries and raises in {view.minutes} min{at}")]
    width = room.plot + (room.axis + 1 if room.axis else 0)
    for name, number, share, role in _shares(view):
        told = "" if share is None else _percent(share)
        bar = share_bar(share or 0.0, width)
        yield [
            ("name", fill(name, _NAME)), ("text", " "), (role, bar), ("text", " "),
            ("strong", fill(told, _NOW, right=True)), ("text", " "), ("text", fill(count(number), _OVER, right=True)),
        ]  # fmt: skip


def _short_outcomes(view: StatisticsView, width: int) -> Iterator[Cells]:
    """Write the same in one line, as long as there is room."""
    line: Cells = []
    used = 0
    for name, number, share, role in _shares(view):
        told = UNTOLD if number is None else _percent(share or 0.0)
        needed = len(name) + len(told) + 1 + (2 if line else 0)
        if used + needed > width:
            break
        tone: Role = role if number else "text"
        line.extend([("text", "  " if line else ""), ("dim", f"{name} "), (tone, told)])
        used += needed
    yield line


def _shares(view: StatisticsView) -> Iterator[tuple[str, int | None, float | None, Role]]:
    """Yield each outcome: its name, its number, and its share of all deliveries, or of all raises."""
    whole = sum(total(view, name) or 0 for name, _ in _OF_DELIVERIES)
    for name, role in _OF_DELIVERIES:
        number = total(view, name)
        yield name, number, None if number is None or not whole else number / whole, role
    raised, refused = total(view, "raised"), total(view, "refused")
    tried = (raised or 0) + (refused or 0)
    for name, role in _OF_RAISES:
        number = total(view, name)
        yield name, number, None if number is None or not tried else number / tried, role


def _percent(share: float) -> str:
    """Write a share so that neither a part nor its absence is rounded away: `<0.1 %`, `>99.9 %`."""
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1:
        return ">99.9 %"
    return f"{100 * share:.0f} %" if share in {0, 1} else f"{100 * share:.1f} %"
