"""The tables of the Statistics screen in their pane."""

from collections.abc import Callable, Mapping, Sequence

from textual.content import Content

from evtui.core.transport import TransportInfo
from evtui.core.values import Socket
from evtui.ui.actions import BY_ID, shown_keys
from evtui.ui.statistics.statistics_view import StatisticsView
from evtui.ui.statistics.table_entries import TableHeading, TableRemark, subject_of
from evtui.ui.statistics.table_lines import TableLines
from evtui.ui.widgets.line_list import LineList


class TablesPane(LineList):
    """All tables in one list; the cursor stays on its line while the figures change."""

    def __init__(self, view: StatisticsView, schemes: Callable[[], Sequence[TransportInfo]]) -> None:
        self.rows = TableLines(view, schemes)
        self._view = view
        self._sort_key = ""
        super().__init__(self.rows, id="tables")

    @property
    def subject(self) -> str | tuple[str, Socket] | Socket | None:
        """Return the event, the subscription or the destination under the cursor; None on any other line."""
        return subject_of(self.rows.entry(self.cursor))

    def name_keys(self, remapped: Mapping[str, str]) -> None:
        """Take the key that sorts, as it is bound."""
        self._sort_key = next(iter(shown_keys(BY_ID["sort"], remapped)), "")

    def show_figures(self) -> None:
        """Show what stands out now."""
        is_first = not self.rows.entries
        self.rows.take()
        how = f", {self._sort_key} sorts" if self._sort_key else ""
        title = Content.assemble(("Tables", "bold"), f" last {self._view.minutes} min")
        self.entitle(title, Content(f"talkers by {self._view.order}{how}"))
        self.redraw()
        if is_first and not isinstance(self.rows.entry(1), TableHeading | TableRemark):
            self.move_to(1, scroll=False)
