"""The five panes of the console, in the order in which every layout places them."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeAlias

from textual.widget import Widget

from evtui.core.ports import Backend, Clock
from evtui.ui.detail.detail_pane import DetailPane
from evtui.ui.detail.subject import Subject
from evtui.ui.events.events_pane import EventsPane
from evtui.ui.panes import Pane, pane_title
from evtui.ui.screens.column_shares import ColumnShares
from evtui.ui.screens.pane_grid import Layout, PaneGrid
from evtui.ui.state.console_state import ConsoleState
from evtui.ui.stream.delivery_status import DeliveryTracker
from evtui.ui.stream.stream_pane import StreamPane
from evtui.ui.stream.stream_rows import StreamRow
from evtui.ui.subscribers.subscribers_pane import SubscribersPane
from evtui.ui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from evtui.ui.forms.raising.form_tools import RaiseFiles
    from evtui.ui.forms.raising.raise_form import RaiseForm

MakeRaiseFiles: TypeAlias = Callable[[], "RaiseFiles"]


class ConsolePanes(PaneGrid[Pane]):
    """Events, stream, subscribers, detail and the raise form."""

    def __init__(self, state: ConsoleState, backend: Backend, wall: Clock, monotonic: Clock) -> None:
        self.raise_files: MakeRaiseFiles | None = None
        """Makes the history and the templates of raises; None keeps raises for this run only."""
        self._events = state.events
        self.events = EventsPane(state.events)
        self.stream = StreamPane(state.stream)
        self.subscribers = SubscribersPane(state.subscribers, monotonic)
        self.detail = DetailPane(
            backend, lambda: state.stream.rows, wall=wall, monotonic=lambda: state.subscribers.known_at(monotonic())
        )
        self._make_form = partial(_make_form, backend, wall, monotonic, state.stream.deliveries)
        panes: dict[Pane, Widget] = {
            "events": self.events, "stream": self.stream, "subscribers": self.subscribers, "detail": self.detail,
        }  # fmt: skip
        columns: dict[Layout, ColumnShares[Pane]] = {
            "-normal": ColumnShares(((("events", "subscribers"), 38), (("stream", "detail"), 62))),
            "-wide": ColumnShares(((("events",), 26), (("stream", "detail"), 46), (("subscribers", "raise"), 28))),
        }
        super().__init__(panes, columns, id="panes")

    @cached_property
    def form(self) -> "RaiseForm":
        """The raise form: made at its first use, and laid out by `complete`."""
        return self._make_form(self.raise_files)

    async def complete(self) -> None:
        """Lay out what was left for after the first paint: the line that texts are typed into, and the raise form."""
        await self.screen.query_one(Prompt).fill()
        if self.is_attached:  # a console may end while it opens
            await self.add_last("raise", self.form)

    def pane(self, name: Pane) -> Widget:
        """Return a pane by name."""
        return self.form if name == "raise" else super().pane(name)

    def selected(self, name: Pane) -> Subject | None:
        """Return what is selected in a pane; in the detail and the form, what the detail shows.

        On the heading of an event's subscribers that is the event.
        """
        match name:
            case "stream":
                return self.stream.selected
            case "events":
                return self.events.selected
            case "subscribers":
                heading = self.subscribers.heading
                return self.subscribers.selected if heading is None else self._events.get(heading.event)
            case "detail" | "raise":
                return self.detail.subject

    def selected_row(self, name: Pane) -> StreamRow | None:
        """Return the row of the stream that is selected in a pane."""
        subject = self.selected(name)
        return subject if isinstance(subject, StreamRow) else None

    def filter_of(self, name: Pane) -> str:
        """Return the filter of what is selected inside a pane; empty when there is none."""
        return self.detail.attribute_filter if name == "detail" else ""

    def fold(self, pane: Widget) -> bool:
        """Fold or unfold the group under the cursor of a pane; returns whether there is one."""
        if pane is self.events:
            return self.events.fold_module()
        return pane is self.subscribers and self.subscribers.fold_group()

    def fold_in(self, name: Pane) -> bool:
        """Do the same in a pane by name."""
        return self.fold(self.pane(name))

    def sort(self, name: Pane) -> None:
        """Put the lines of a pane in the next order."""
        if name == "events":
            self.events.sort()
        elif name == "subscribers":
            self.subscribers.sort()

    def enter(self, name: Pane) -> None:
        """Give a pane the focus; the raise form chooses which of its fields gets it."""
        if name != "raise":
            super().enter(name)
        elif self.form.is_mounted:
            self.form.focus_form()


def _make_form(
    backend: Backend, wall: Clock, monotonic: Clock, deliveries: DeliveryTracker, make_files: MakeRaiseFiles | None
) -> "RaiseForm":
    # On first use: the console is painted before there is a form.
    from evtui.ui.forms.raising.form_tools import FormTools
    from evtui.ui.forms.raising.raise_form import RaiseForm

    tools = FormTools(wall, monotonic)
    if make_files is not None:
        tools.files = make_files()
    form = RaiseForm(backend, tools, deliveries, id="raise")
    form.border_title = pane_title("raise")  # type: ignore[assignment,unused-ignore] # pyright: ignore[reportAttributeAccessIssue]
    return form
