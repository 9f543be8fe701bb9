"""All that the console shows, folded from records and states. It knows nothing of Textual."""

from collections.abc import Sequence

from evtui.core.ports import EventState, Status, SubscriptionState
from evtui.core.records import (
    Dropped,
    Expired,
    Published,
    Raised,
    Record,
    Refreshed,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
)
from evtui.ui.events.events_view import EventsView
from evtui.ui.stream.rate_meter import RateMeter
from evtui.ui.stream.stream_view import DEFAULT_ROWS, StreamView
from evtui.ui.subscribers.subscribers_view import SubscribersView


class ConsoleState:
    """The views of the panes, and what the lines around them show. Times are monotonic seconds."""

    def __init__(self, *, rows: int = DEFAULT_ROWS) -> None:
        self.stream = StreamView(rows)
        self.events = EventsView()
        self.subscribers = SubscribersView()
        self.raise_rate = RateMeter()
        self.status: Status | None = None
        self.trouble: str | None = None
        """Why the backend did not answer, None when it did."""
        self.raises = 0
        """Raises that were read, refused ones too."""
        self.unread = 0
        """Records that were lost before this console read them."""
        self.stale = True
        """Whether a record told of a change of the catalogue or of subscriptions since they were asked for."""

    @property
    def dropped(self) -> int:
        """Count all that was lost: by the backend, and before this console read it."""
        return self.unread + (self.status.dropped if self.status else 0)

    def take_records(self, records: Sequence[Record], now: float, lost: int) -> None:
        """Take records that were read; `lost` is how many were lost so far before they were read."""
        self.unread = lost
        raises = 0
        for record in records:
            match record:
                case Raised() | Dropped():
                    raises += 1
                case Published() | Subscribed() | Refreshed() | Expired():
                    self.stale = True
                case Unsubscribed():
                    self.stale = True
                    self.subscribers.ended_by_hand(record.subscription)
                case Settled() | Retrying():
                    pass
        self.raises += raises
        if raises:
            self.raise_rate.add(now, raises)
        if records:
            self.stream.take(records)

    def take_states(
        self, status: Status, events: Sequence[EventState], subscriptions: Sequence[SubscriptionState], now: float
    ) -> None:
        """Take the answer to a poll."""
        self.status = status
        self.stream.schemes = self.subscribers.schemes = status.schemes
        self.trouble = None if status.connected else status.detail or "no connection"
        self.events.take(events, now)
        self.subscribers.take(subscriptions, now)
        if self.trouble is not None:
            self.subscribers.stop(now)

    def take_trouble(self, why: str, now: float) -> None:
        """Take note that the backend did not answer."""
        self.trouble = why
        self.subscribers.stop(now)
