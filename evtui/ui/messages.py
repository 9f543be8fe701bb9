"""What widgets and workers tell the console's screens."""

from collections.abc import Sequence

from textual.message import Message

from evtui.codecs.display_text import SHOWN_LIMIT, display_lines
from evtui.core.delivery_report import DeliveryReport
from evtui.core.ports import EventState, Status, SubscriptionState, Watch
from evtui.core.records import Raised
from evtui.core.values import Socket
from evtui.ui.panes import Pane, ScriptPane


class ActionClicked(Message):
    """A word was clicked that stands for an action."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action


class ShowScript(Message):
    """The app is to show a pane of the Script screen."""

    def __init__(self, pane: ScriptPane) -> None:
        super().__init__()
        self.pane: ScriptPane = pane


class ShowConsole(Message):
    """The app is to show the console again: one of its panes, or the pane that was active there."""

    def __init__(self, pane: Pane | None = None) -> None:
        super().__init__()
        self.pane: Pane | None = pane


class ScreenshotAsked(Message):
    """The app is to write a picture of the screen in front to a file."""


class EventRaised(Message):
    """An event was raised with the raise form."""

    def __init__(self, record: Raised) -> None:
        super().__init__()
        self.record = record


class WatchOpened(Message):
    """The backend opened a watch of its records."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch


class ReportArrived(Message):
    """The backend said why a subscriber got an event, or why it did not."""

    def __init__(self, report: DeliveryReport) -> None:
        super().__init__()
        self.report = report


class PlaybackMoved(Message):
    """The recording that is shown is at another place."""


class TimelineArrived(Message):
    """The backend told the timeline of a subscription, or why it does not."""

    def __init__(self, key: tuple[str, Socket], report: DeliveryReport | None, why_none: str = "") -> None:
        super().__init__()
        self.key = key
        self.report = report
        self.why_none = why_none


class BackendAnswered(Message):
    """The backend answers."""

    def __init__(self, status: Status) -> None:
        super().__init__()
        self.status = status


class StatesPolled(Message):
    """The backend answered a poll, after `took` seconds."""

    def __init__(
        self, status: Status, events: Sequence[EventState], subscriptions: Sequence[SubscriptionState], took: float
    ) -> None:
        super().__init__()
        self.status = status
        self.events = events
        self.subscriptions = subscriptions
        self.took = took


class BackendFailed(Message):
    """The backend did not answer a poll, or, `watching`, did not open a watch."""

    def __init__(self, why: str, *, watching: bool = False) -> None:
        super().__init__()
        self.why = why
        self.watching = watching


class Notice(Message):
    """A text to show once: what an action did, or, `bad`, why it did not do it."""

    def __init__(self, text: str, *, bad: bool = False) -> None:
        super().__init__()
        self.text = display_lines(text, SHOWN_LIMIT)
        self.bad = bad
