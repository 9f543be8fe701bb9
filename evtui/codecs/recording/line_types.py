"""The types of the lines of a recording and of a watch feed, version 2; docs/recording.md and docs/watch.md tell them.

Each line is one JSON object, and its member `type` names its type: `raised` for `RaisedLine`. Members that have their
default are left out. Times are wall seconds. Sockets are written as listings print them, without passwords.
"""

from typing import Final, Literal, TypeAlias, cast

from msgspec import Struct

from evtui.codecs.recording.line_base import JsonParams, Line, Moment, type_name
from evtui.codecs.recording.state_line_types import PulseLine, StateLine, SubscriptionsLine
from evtui.core.records import Outcome, RefusalCause
from evtui.core.values import Event

VERSION: Final = 2
"""The version of the schema. A program reads the versions up to its own. 2 added marks."""


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


class HappenedLine(Line, frozen=True, kw_only=True):
    """What all lines have that are a record."""

    place: int = 0
    """In a watch feed: which record of the server's run it is, from 1."""
    server: str = ""
    """The server of a fleet where it happened."""


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
    server: str = ""
    """The server of a fleet whose subscribers they are."""


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
    return cast("LineType", type_name(type(line).__name__))
