"""The detail of the selected thing in its pane."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from textual import events, on

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend, Clock
from evtui.core.records import Record
from evtui.ui.detail.detail_lines import DetailLines
from evtui.ui.detail.selected_subscription import SelectedSubscription
from evtui.ui.detail.subject import TABS, Subject, Tab, key_of_subject
from evtui.ui.fleet.requests_to import requests_to
from evtui.ui.messages import ActionClicked, TimelineArrived
from evtui.ui.panes import pane_title
from evtui.ui.stream.record_rows import RecordRows
from evtui.ui.stream.stream_rows import StreamRow, is_open, params_of
from evtui.ui.subscribers.subscribers_view import Subscriber, SubscriptionKey
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.workers import finish_workers, start_worker

LONGEST_TYPED: Final = 200
"""Characters of the longest filter that is proposed."""


class DetailPane(LineList):
    """All that is known of what is selected in another pane."""

    BLURRED = ""

    def __init__(
        self, backend: Backend, past: Callable[[], RecordRows], *, wall: Clock, monotonic: Clock
    ) -> None:  # fmt: skip
        """Take the backend that is asked for timelines and the records so far; clocks are in seconds."""
        self.rows = DetailLines()
        self.tab: Tab = "tree"
        self.subject: Subject | None = None
        self.selected: SelectedSubscription | None = None
        """What was found out of the subscription that is shown, None when none is."""
        self._is_open = False
        self._backend = backend
        self._past = past
        self._wall = wall
        self._monotonic = monotonic
        super().__init__(self.rows, id="detail")

    @property
    def can_change(self) -> bool:
        """Say whether new records may change what is shown: it is a delivery that is not settled."""
        return self._is_open

    @property
    def attribute_filter(self) -> str:
        """Return the filter of the attribute under the cursor, as it would be typed; empty when there is none."""
        place, subject = self.rows.attribute_at(self.cursor), self.subject
        params = params_of(subject) if isinstance(subject, StreamRow) else None
        if place is None or params is None:
            return ""
        name, value = list(params.pairs())[place]
        # On first use: it loads the names of the language.
        from evtui.filters.parameter_text import parameter_text

        text = "" if value is None else parameter_text(name, place + 1, value)
        return text if len(text) <= LONGEST_TYPED and display_safe(text) == text else ""

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
        self.find_out()

    async def on_unmount(self) -> None:
        """Wait until no timeline is being asked for."""
        await finish_workers(self)

    def show_subject(self, subject: Subject | None, tab: Tab | None = None) -> None:
        """Show a subject, or nothing; a tab that is given stays chosen for the next subjects.

        While the pane is closed, they are only remembered.
        """
        if key_of_subject(subject) != key_of_subject(self.subject) or (tab is not None and tab != self.tab):
            self.cursor = 0
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        if self.selected is not None and self.selected.key != key_of_subject(subject):
            self.selected = None
        self.subject = subject
        self._is_open = isinstance(subject, StreamRow) and is_open(subject)
        self.tab = tab or self.tab
        if not self.display:
            return
        self.rows.fill_in(subject, self.tab, self.scrollable_content_region.width, self._monotonic(), self.selected)
        self.redraw()

    def take_records(self, records: Sequence[Record]) -> None:
        """Measure the deliveries of new records to the subscription that is shown."""
        if self.selected is not None:
            self.selected.meter.take(records)

    def find_out(self) -> None:
        """Begin to measure the subscription that is shown, and ask for its timeline when that may have changed.

        Call it again from time to time. Nothing is done while the pane is closed.
        """
        subject = self.subject
        if not isinstance(subject, Subscriber) or not self.display:
            self.selected = None
            return
        if self.selected is None or self.selected.key != subject.key:
            self.selected = SelectedSubscription(subject, self._wall, self._monotonic)
            self.selected.meter.read(self._past())
            self.show_subject(subject)
        if self.selected.begin_to_ask(subject):
            start_worker(self, partial(self._ask_for_timeline, subject.key), "timeline", restart=True)

    @on(TimelineArrived)
    def take_timeline(self, message: TimelineArrived) -> None:
        """Show the timeline of a subscription, if it is still shown."""
        if self.selected is not None and self.selected.key == message.key:
            self.selected.take_report(message.report, message.why_none)
            self.show_subject(self.subject)

    async def _ask_for_timeline(self, key: SubscriptionKey) -> None:
        event, socket = key
        try:
            asked = requests_to(self._backend, socket.server)
            self.post_message(TimelineArrived(key, await asked.report_delivery(event, str(socket))))
        except EvtuiError as error:
            self.post_message(TimelineArrived(key, None, str(error)))

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse, or move the cursor."""
        place = event.get_content_offset(self)
        tab = self.rows.tab_at(place.x) if place is not None and place.y == 0 else None
        if tab is None or tab not in TABS:
            super().on_click(event)
        else:
            self.post_message(ActionClicked(tab))
