"""The detail of the selected thing in its pane."""

from textual import events

from evtui.core.ports import Clock
from evtui.ui.detail.detail_lines import DetailLines
from evtui.ui.detail.subject import TABS, Subject, Tab
from evtui.ui.messages import ActionClicked
from evtui.ui.panes import pane_title
from evtui.ui.stream.stream_rows import StreamRow, is_open
from evtui.ui.widgets.line_list import LineList


class DetailPane(LineList):
    """All that is known of what is selected in another pane."""

    BLURRED = ""

    def __init__(self, monotonic: Clock) -> None:
        self.rows = DetailLines()
        self.tab: Tab = "tree"
        self.subject: Subject | None = None
        self._is_open = False
        self._monotonic = monotonic
        super().__init__(self.rows, id="detail")

    @property
    def can_change(self) -> bool:
        """Say whether new records may change what is shown: it is a delivery that is not settled."""
        return self._is_open

    def on_mount(self) -> None:
        """Show the title."""
        self.entitle(pane_title("detail"))
        super().on_mount()

    def on_resize(self) -> None:
        """Fold the lines to the new width."""
        super().on_resize()
        self.show_subject(self.subject)

    def on_show(self) -> None:
        """Write what was selected while the pane was closed."""
        self.show_subject(self.subject)

    def show_subject(self, subject: Subject | None, tab: Tab | None = None) -> None:
        """Show a subject, or nothing; a tab that is given stays chosen for the next subjects.

        While the pane is closed, they are only remembered.
        """
        if subject != self.subject or (tab is not None and tab != self.tab):
            self.cursor = 0
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.subject = subject
        self._is_open = isinstance(subject, StreamRow) and is_open(subject)
        self.tab = tab or self.tab
        if not self.display:
            return
        self.rows.fill_in(subject, self.tab, self.scrollable_content_region.width, self._monotonic())
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse, or move the cursor."""
        place = event.get_content_offset(self)
        tab = self.rows.tab_at(place.x) if place is not None and place.y == 0 else None
        if tab is None or tab not in TABS:
            super().on_click(event)
        else:
            self.post_message(ActionClicked(tab))
