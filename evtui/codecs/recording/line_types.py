"""The types of the lines of a recording and of a watch feed, version 2; docs/recording.md and docs/watch.md tell them.

Each line is one JSON object, and its member `type` names its type: `raised` for `RaisedLine`. Members that have their
default are left out. Times are wall seconds. Sockets are written as listings print them, without passwords.
"""

from typing import Annotated, Final, Literal, TypeAlias, cast

from msgspec import Meta, Raw, Struct, field

from evtui.core.ports import LinkState, QueueUse
from evtui.core.records import Outcome, RefusalCause
from evtui.core.values import Event

VERSION: Final = 2
"""The version of the schema. A program reads the versions up to its own. 2 added marks."""

JsonParams: TypeAlias = Annotated[
    Raw,
    Meta(
        description="The parameters: an object when they have names, which may repeat, else an array.",
        extra_json_schema={"type": ["object", "array", "null"]},
    ),
]

Moment: TypeAlias = Annotated[float, Meta(ge=0, le=250_000_000_000, description="Seconds since 1970.")]
"""Wall seconds that a calendar has."""

NOT_RAISED: Final = Raw(b"null")
"""Stands for the parameters of the last raise where there was none."""


def _type_name(name: str) -> str:
    return name.removesuffix("Line").lower()


class Line(Struct, frozen=True, omit_defaults=True, tag_field="type", tag=_type_name):
    """What all lines have."""

    time: Moment


class HeaderLine(Line, frozen=True):
    """The first line of a file."""

    recording: int
    """The version of the schema."""
    program: str
    source: str
    """What was recorded: `embedded`, or the address of a server."""
    events: tuple[Event, ...] = ()
    """The catalogue."""
    instance: str = ""
    """In a watch feed: the run of the server. Places count within one run."""
    read_only: bool = False
    """Whether the server refuses everything that changes anything."""


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


class HappenedLine(Line, frozen=True, kw_only=True):
    """What all lines have that are a record."""

    place: int = 0
    """In a watch feed: which record of the server's run it is, from 1."""


class GroupEntry(Struct, frozen=True, omit_defaults=True):
    """Neighbouring subscribers that were served together."""

    sockets: tuple[str, ...]
    codec: int = 0
    """Place of their payload in `payloads` of the raise."""
    queued: bool = False


class PlanLine(Line, frozen=True):
    """Whom raises serve that name this plan. Its number counts until the next state line."""

    plan: int
    codecs: tuple[str, ...]
    groups: tuple[GroupEntry, ...]


class FailureEntry(Struct, frozen=True):
    """A delivery that failed at once: the subscriber at `place` in group `group` of the plan."""

    group: int
    place: int
    reason: str


class RaisedLine(HappenedLine, frozen=True):
    """An event was raised: one line, however many subscribers it had."""

    event: str
    serial: int
    params: JsonParams
    plan: int | None = None
    """Whom it served; without it, no subscriber."""
    payloads: tuple[str, ...] = ()
    """What was sent, for each codec of the plan."""
    latencies: tuple[float | None, ...] = ()
    """Seconds for each group of the plan; null where a server does not tell."""
    failures: tuple[FailureEntry, ...] = ()
    test: bool = False
    """Whether it was a test notification to one subscriber, and no raise."""


class RefusedLine(HappenedLine, frozen=True):
    """A raise was refused."""

    event: str
    params: JsonParams
    reason: str
    cause: RefusalCause


class SettledLine(HappenedLine, frozen=True):
    """A queued notification came to its end."""

    event: str
    socket: str
    serial: int
    outcome: Outcome
    latency: float
    attempt: int = 1
    reason: str | None = None
    test: bool = False
    """Whether it was a test notification."""


class RetryingLine(HappenedLine, frozen=True):
    """An attempt at a destination failed; it is tried again."""

    event: str
    socket: str
    first: int
    last: int
    queued: int
    attempt: int
    reason: str
    pause: float


class PublishedLine(HappenedLine, frozen=True):
    """An event was published."""

    event: str


class SubscribedLine(HappenedLine, frozen=True):
    """A subscription was made."""

    event: str
    socket: str
    expire: int | None = None
    ends: Moment | None = None
    """Wall seconds at which it expires; null when permanent."""
    pattern: str | None = None


class RefreshedLine(HappenedLine, frozen=True):
    """A subscription was refreshed."""

    event: str
    socket: str
    expire: int | None = None
    ends: Moment | None = None
    pattern: str | None = None


class UnsubscribedLine(HappenedLine, frozen=True):
    """A subscription was ended by a request."""

    event: str
    socket: str
    expire: int | None = None
    ends: Moment | None = None
    pattern: str | None = None
    by: str = ""


class ExpiredLine(HappenedLine, frozen=True):
    """A subscription reached its deadline."""

    event: str
    socket: str
    expire: int | None = None
    ends: Moment | None = None
    pattern: str | None = None


class RestartedLine(HappenedLine, frozen=True):
    """The watched server was started again."""

    hole: float


class MarkLine(Line, frozen=True):
    """A record was marked, at the time of this line, or its mark was taken away."""

    of: Moment
    """The time of the record."""
    kind: str
    """The type of the record's line."""
    event: str = ""
    serial: int | None = None
    socket: str = ""
    """Of the subscriber whose delivery it is."""
    by: str = ""
    """What marked it: `hand`, or the name of a watch rule; empty when the mark was taken away."""


class GapLine(Line, frozen=True):
    """Records are missing here."""

    lost: int
    reason: str


class EndLine(Line, frozen=True):
    """The last line of a file that was ended properly."""

    records: int


RecordLine: TypeAlias = (
    RaisedLine | SettledLine | RetryingLine | RefusedLine | PublishedLine | SubscribedLine | RefreshedLine
    | UnsubscribedLine | ExpiredLine | RestartedLine
)  # fmt: skip
"""A line that is a record."""

AnyLine: TypeAlias = (
    HeaderLine | StateLine | SubscriptionsLine | PlanLine | RecordLine | MarkLine | PulseLine | GapLine | EndLine
)


LineType: TypeAlias = Literal[
    "header", "state", "subscriptions", "plan", "raised", "settled", "retrying", "refused", "published", "subscribed",
    "refreshed", "unsubscribed", "expired", "restarted", "mark", "pulse", "gap", "end",
]  # fmt: skip


def tag_of(line: AnyLine) -> LineType:
    """Return the `type` of a line."""
    return cast("LineType", _type_name(type(line).__name__))
