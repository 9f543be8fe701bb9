"""The types of the lines that say how everything stood: docs/recording.md and docs/watch.md describe them."""

from msgspec import Struct, field

from evtui.codecs.recording.line_base import NOT_RAISED, JsonParams, Line, Moment
from evtui.core.ports import LinkState, QueueUse


class EventEntry(Struct, frozen=True, omit_defaults=True):
    """The counters of one event; null is what the backend did not tell."""

    id: int
    name: str
    module: str | None = None
    subscribers: int | None = None
    raised: int | None = None
    sent: int | None = None
    failed: int | None = None
    dropped: int | None = None
    no_subscribers: int | None = None
    refused: int | None = None
    received: int = 0
    viewers: int = 0
    last_time: Moment | None = None
    last_params: JsonParams = field(default_factory=lambda: NOT_RAISED)
    """Null when it was not raised."""


class QueueEntry(Struct, frozen=True, omit_defaults=True):
    """The queue of one destination."""

    socket: str
    link: LinkState = "idle"
    queued: int = 0
    bytes: int = 0
    age: float = 0.0
    attempt: int = 0
    retry_in: float | None = None
    delivered: int = 0
    failed: int = 0
    dropped: int = 0
    last_error: str | None = None
    last_error_age: float | None = None
    durable: bool = False
    server: str = ""
    """The server of a fleet that has it."""


class StateLine(Line, frozen=True):
    """How everything stood at its time. A reader can begin here: all that later lines refer to follows."""

    records: int
    """Records in this file before this line."""
    connected: bool = True
    detail: str = ""
    tells_all: bool = True
    gaps: str = ""
    raised: int | None = None
    sent: int | None = None
    failed: int | None = None
    dropped: int | None = None
    queued: int | None = None
    no_subscribers: int | None = None
    refused: int | None = None
    duplicates: int = 0
    set_aside: int = 0
    queue_use: QueueUse = QueueUse()
    events: tuple[EventEntry, ...] = ()
    outboxes: tuple[QueueEntry, ...] = ()
    place: int = 0
    """In a watch feed: the place of the last record that is counted here."""


class SubscriptionEntry(Struct, frozen=True, omit_defaults=True):
    """One subscription with its counters; null is what the backend did not tell."""

    event: str
    socket: str
    expire: int | None = None
    """The seconds that the subscriber requested; null when permanent."""
    left: float | None = None
    """Seconds until it expires."""
    pattern: str | None = None
    sent: int | None = None
    failed: int | None = None
    queued: int | None = None
    dropped: int | None = None
    last_error: str | None = None
    last_time: Moment | None = None
    latency: float | None = None
    codec: str = ""
    viewer: bool = False
    outbox: bool = False
    """Whether it has a queue, which the state line lists."""
    server: str = ""
    """The server of a fleet where it is."""


class SubscriptionsLine(Line, frozen=True):
    """Subscriptions that there were at the time of the state line before; many are written in several lines."""

    subscriptions: tuple[SubscriptionEntry, ...]
    place: int = 0
    """In a watch feed: the place of the last record that is counted here."""


class PulseLine(Line, frozen=True):
    """In a watch feed, every second: how the queues stand."""

    place: int
    """The place of the last record that there is."""
    readers: int = 0
    """The readers of the feed."""
    queues: tuple[QueueEntry, ...] = ()
    """The queues that have changed since the pulse before, or all."""
    gone: tuple[str, ...] = ()
    """The sockets whose queues have been closed since the pulse before."""
    whole: bool = False
    """Whether `queues` are all that there are."""
    queue_use: QueueUse = QueueUse()
