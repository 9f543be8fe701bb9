"""The charts of the Statistics screen in their pane."""

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from evtui.core.ports import Clock
from evtui.ui.statistics.chart_lines import chart_lines
from evtui.ui.statistics.statistics_view import StatisticsView
from evtui.ui.text.cells import Cells
from evtui.ui.text.figures import clock_time
from evtui.ui.widgets.role_style import RoleStyles


class ChartsPane(Widget, can_focus=True):
    """All charts, drawn anew when there is a new sample."""

    ALLOW_SELECT = False

    def __init__(self, view: StatisticsView, *, wall: Clock, monotonic: Clock) -> None:
        super().__init__(id="charts")
        self._view = view
        self._wall = wall
        self._monotonic = monotonic
        self._role_looks = RoleStyles(self)
        self._drawn: list[Cells] = []

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.redraw()

    def redraw(self) -> None:
        """Draw what is known now."""
        size = self.size
        self._drawn = chart_lines(self._view, size.width, size.height) if size.width and size.height else []
        self._entitle()
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget the old colours."""
        super().notify_style_update()
        self._role_looks.forget()

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        cells = self._drawn[y] if y < len(self._drawn) else []
        text = self._role_looks.of("text")
        segments = [Segment(piece, self._role_looks.of(role)) for role, piece in cells]
        return Strip(segments).adjust_cell_length(self.size.width, text)

    def _entitle(self) -> None:
        view = self._view
        self.border_title = Content.assemble(("Charts", "bold"), f" last {view.minutes} min")
        self.border_subtitle = " · ".join(self._notes())

    def _notes(self) -> list[str]:
        """Say since when is measured, when that is within the span, and of how many records."""
        statistics = self._view.statistics
        if (since := statistics.since) is None:
            return []
        notes: list[str] = []
        if statistics.now - since < self._view.span:
            notes.append(f"measured since {clock_time(self._wall() - (self._monotonic() - since))[:8]}")
        begin = statistics.now - self._view.span
        arrived, measured = (statistics.latencies.read.grown(place, begin, statistics.now) for place in (0, 1))
        if statistics.tells_latencies and measured and arrived - measured >= 1:
            notes.append(f"latencies of {100 * measured / arrived:.0f} % of the records")
        return notes
