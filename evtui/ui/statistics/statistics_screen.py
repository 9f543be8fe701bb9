"""The Statistics screen: charts of the last minutes, and tables of what stands out, over the console.

What it shows is measured by the console all the time (`evtui/statistics/`); this screen only draws, once for each poll.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from evtui.core.ports import Clock
from evtui.core.values import Socket
from evtui.ui.actions import BY_ID, Action, is_possible, shown_keys
from evtui.ui.messages import Notice
from evtui.ui.panes import PANES, SCRIPT_PANES, STATISTICS_PANES, AnyPane, StatisticsPane
from evtui.ui.screens.column_shares import ColumnShares
from evtui.ui.screens.pane_grid import PaneGrid
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.screens.status_lines import status_words
from evtui.ui.state.console_state import ConsoleState
from evtui.ui.statistics.charts_pane import ChartsPane
from evtui.ui.statistics.statistics_view import StatisticsView
from evtui.ui.statistics.tables_pane import TablesPane
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.one_line import LineWord, OneLine

_LABELS: Final = {
    "narrower": "shorter",
    "wider": "longer",
    "leave": "console",
    "open": "go there",
    "next_pane": "charts, tables",
}
"""Labels that differ on this screen."""

_KEYS: Final = ("open", "next_pane", "narrower", "wider", "sort", "pause", "zoom", "leave", "help", "palette", "quit")
"""What the keys line shows; what stands later is left out first."""

_ALWAYS: Final = ("leave", "help", "quit")
"""What it never leaves out."""


class StatisticsHost(Struct, frozen=True):
    """What the screen uses of the console."""

    state: ConsoleState
    view: StatisticsView
    wall: Clock
    monotonic: Clock
    go_to: Callable[[str | tuple[str, Socket] | Socket], str]
    """Shows an event, a subscription or the subscribers of a destination; returns why it cannot, else nothing."""
    leave_for: Callable[[AnyPane | None], object]
    """Shows a pane of the console or of the Script screen, or what was shown before."""
    pause: Callable[[], object]
    """Pauses the recording that is shown, or lets it go on."""
    is_read_only: Callable[[], bool]


class StatisticsPanes(PaneGrid[StatisticsPane]):
    """The charts and the tables."""

    def __init__(self, host: StatisticsHost) -> None:
        self.charts = ChartsPane(host.view, wall=host.wall, monotonic=host.monotonic)
        self.tables = TablesPane(host.view, lambda: host.state.stream.schemes)
        panes: dict[StatisticsPane, Widget] = {"charts": self.charts, "tables": self.tables}
        columns = ColumnShares[StatisticsPane](((("charts",), 56), (("tables",), 44)))
        super().__init__(panes, {"-normal": columns, "-wide": columns}, id="statistics")

    def show_figures(self) -> None:
        """Show what is measured now."""
        self.charts.redraw()
        self.tables.show_figures()


class StatisticsScreen(PaneScreen[StatisticsPane]):
    """Shows what a backend did in the last minutes."""

    def __init__(self, host: StatisticsHost, keys: Mapping[str, str]) -> None:
        self.panes = StatisticsPanes(host)
        self._host = host
        self._shown_at: float | None = None
        super().__init__(self.panes, STATISTICS_PANES, "tables", keys)
        self.action_calls |= {
            **{f"show_{pane}": partial(host.leave_for, pane) for pane in (*PANES, *SCRIPT_PANES)},
            "statistics": partial(host.leave_for, None),
            "back": partial(host.leave_for, None),
            "narrower": partial(self._choose, -1),
            "wider": partial(self._choose, 1),
            "sort": self._sort,
            "pause": host.pause,
            "leave": self._close_or_leave,
        }

    def compose(self) -> ComposeResult:
        """Lay out the panes; where one pane is shown, the charts come first."""
        self.set_layout_early()
        if self.is_one_pane:
            self.active = "charts"
        yield from super().compose()

    def on_mount(self) -> None:
        """Show what is measured so far, and look for new figures."""
        self.open_panes()
        self.look()
        self.set_interval(self.frame_seconds, self.look)

    def look(self) -> None:
        """Show what is new; the interval calls it, and so may a test."""
        if not (self.is_laid_out and self.is_current):
            return
        polled = self._host.view.statistics.totals.last
        if polled != self._shown_at:
            self._shown_at = polled
            self.panes.show_figures()
        self.restore_focus()
        self.show_lines()

    @property
    def is_read_only(self) -> bool:
        """Say whether the console is read-only."""
        return self._host.is_read_only()

    def is_offered(self, action: Action) -> bool:
        """Say whether an action can be done now; only a recording can be paused here."""
        if action.id == "pause" and self._host.state.playback is None:
            return False
        if not action.in_rows and action.id not in self.action_calls:
            return False
        return is_possible(action, self.active, read_only=self.is_read_only)

    def footer_words(self) -> Iterator[LineWord]:
        """Write the keys of this screen."""
        for rank, name in enumerate(_KEYS):
            action = BY_ID[name]
            if (keys := shown_keys(action, self.keys)) and self.is_offered(action):
                label = _LABELS.get(name, action.label)
                yield LineWord([("accent", keys[0]), ("dim", f" {label}")], 0 if name in _ALWAYS else rank + 1, name)

    def show_choices(self) -> None:
        """Show the tabs of this screen, and the keys."""
        super().show_choices()
        tabs = [
            LineWord([("match" if pane == self.active else "dim", f" {pane.capitalize()} ")], 0,
                     None if pane == self.active else "next_pane")
            for pane in STATISTICS_PANES
        ]  # fmt: skip
        self.query_one("#tabs", OneLine).say((*tabs, LineWord([("dim", " 1 Console ")], 1, "show_stream")))

    def show_lines(self) -> None:
        """Show the status of the console."""
        state = self._host.state
        words = status_words(state, self._host.monotonic(), read_only=self.is_read_only, demo=False)
        self.query_one("#status", OneLine).say(tuple(words))
        self.show_hint([])

    @on(LineList.Opened)
    def open_line(self) -> None:
        """Go to the event, the subscription or the destination of a line."""
        subject = self.panes.tables.subject
        if subject is not None and (why := self._host.go_to(subject)):
            self.post_message(Notice(why, bad=True))

    def _choose(self, step: int) -> None:
        if self._host.view.choose(step):
            self.panes.show_figures()
        else:
            which = "longest" if step > 0 else "shortest"
            self.post_message(Notice(f"{self._host.view.minutes} min is the {which} time there is.", bad=True))

    def _sort(self) -> None:
        self._host.view.next_order()
        self.panes.show_figures()

    def _close_or_leave(self) -> None:
        if not self.close_zoom_or_search():
            self._host.leave_for(None)
