"""What widgets and workers tell the console's screen."""

from collections.abc import Sequence

from textual.message import Message

from evtui.core.ports import EventState, Status, SubscriptionState, Watch
from evtui.ui.actions import Pane, ScriptPane


class Do(Message):
    """Someone clicked a word that stands for an action."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action


class ShowScript(Message):
    """Someone wants to go to a pane of the Script screen."""

    def __init__(self, pane: ScriptPane) -> None:
        super().__init__()
        self.pane: ScriptPane = pane


class ShowConsole(Message):
    """Someone wants to go back to the console: to one of its panes, or to where it was left."""

    def __init__(self, pane: Pane | None = None) -> None:
        super().__init__()
        self.pane: Pane | None = pane


class Watching(Message):
    """The backend lets us watch."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch


class Polled(Message):
    """The backend said how it is."""

    def __init__(
        self, status: Status, events: Sequence[EventState], subscriptions: Sequence[SubscriptionState], took: float
    ) -> None:
        super().__init__()
        self.status = status
        self.events = events
        self.subscriptions = subscriptions
        self.took = took


class Failed(Message):
    """The backend did not answer a poll, or cannot be watched."""

    def __init__(self, why: str, *, watching: bool = False) -> None:
        super().__init__()
        self.why = why
        self.watching = watching


class Told(Message):
    """Something to tell the person once: what an action did, or why it did not."""

    def __init__(self, text: str, *, bad: bool = False) -> None:
        super().__init__()
        self.text = text
        self.bad = bad
