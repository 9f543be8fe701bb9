"""The five panes in the order in which every layout places them, and which of them is active."""

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Container
from textual.css.query import NoMatches
from textual.widget import Widget

from evtui.core.ports import Backend, Clock
from evtui.ui.actions import Pane
from evtui.ui.console_state import ConsoleState
from evtui.ui.raise_form.raise_form import RaiseForm
from evtui.ui.screens.list_panes import DetailPane, EventsPane, SubscribersPane, titled
from evtui.ui.stream.stream_pane import StreamPane


class ConsolePanes(Container):
    """The grid of panes; the style sheet says which are shown where at which width."""

    def __init__(self, state: ConsoleState, backend: Backend, wall: Clock, monotonic: Clock) -> None:
        super().__init__(id="panes")
        self.events = EventsPane(state.events)
        self.stream = StreamPane(state.stream)
        self.subscribers = SubscribersPane(state.subscribers, monotonic)
        self.detail = DetailPane(lambda: state.subscribers.known_at(monotonic()))
        self.form = RaiseForm(backend, wall, id="raise")
        self.form.fates = state.stream.fates
        self.form.border_title = titled("raise")  # type: ignore[assignment,unused-ignore] # pyright: ignore[reportAttributeAccessIssue]

    def compose(self) -> ComposeResult:
        """Lay out the panes: left column, middle, right; the grid's rows and columns come from the style sheet."""
        yield self.events
        yield self.stream
        yield self.subscribers
        yield self.detail
        yield self.form

    def pane(self, name: Pane) -> Widget:
        """Return a pane by name."""
        panes: dict[Pane, Widget] = {
            "stream": self.stream, "events": self.events, "subscribers": self.subscribers, "raise": self.form,
            "detail": self.detail,
        }  # fmt: skip
        return panes[name]

    def activate(self, name: Pane) -> None:
        """Mark a pane as the active one, which a narrow screen shows alone."""
        for child in self.children:
            child.set_class(child.id == name, "-active")
            child.refresh()

    def enter(self, name: Pane) -> None:
        """Give a pane the focus; the form knows which of its fields wants it."""
        if name == "raise":
            self.form.focus_form()
            return
        target = next(_focusable(self.pane(name)), None)
        if target is not None:
            target.focus()

    def hold(self, name: Pane, focused: Widget | None) -> None:
        """Give a pane the focus unless it has it: a layout that hides a pane takes the focus away."""
        if focused is None or self.holding(focused) != name:
            self.enter(name)

    def holding(self, widget: Widget) -> Pane | None:
        """Name the pane a widget is in."""
        names: tuple[Pane, ...] = ("stream", "events", "subscribers", "raise", "detail")
        return next((name for name in names if self.pane(name) in widget.ancestors_with_self), None)


def _focusable(widget: Widget) -> Iterator[Widget]:
    try:
        if widget.can_focus:
            yield widget
        for child in widget.query("*"):
            if child.can_focus and child.display:
                yield child
    except NoMatches:
        return
