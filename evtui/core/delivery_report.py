"""Why a socket got an event, or why it did not: a timeline of both."""

from typing import Literal, TypeAlias

from msgspec import Struct

StepKind: TypeAlias = Literal[
    "subscribed", "renewed", "expired", "unsubscribed", "delivered", "waiting", "missed", "not told"
]
"""What a step tells: a change of the subscription; raises that the socket got, will get, or did not get, and raises of
which a server does not tell that."""


class ReportStep(Struct, frozen=True):
    """One step of the timeline, or several alike that followed each other."""

    kind: StepKind
    at: float
    """Wall seconds; of several, those of the first."""
    last: float
    """Wall seconds of the last."""
    count: int
    cause: str
    """What happened, in words: why raises were missed, for how long it was subscribed."""
    advice: str = ""
    """What to do about it; empty when there is nothing to do."""

    def members(self) -> dict[str, str | float]:
        """Return its members as the management interface and the command line write them."""
        return {
            "what": self.kind, "at": self.at, "last": self.last, "count": self.count, "cause": self.cause,
            "advice": self.advice,
        }  # fmt: skip


class DeliveryReport(Struct, frozen=True):
    """The timeline of one socket on one event."""

    event: str
    socket: str
    """As a listing prints it; empty when no socket was ever subscribed."""
    steps: tuple[ReportStep, ...] = ()
    answer: str = ""
    """The answer in one sentence."""
    advice: str = ""
    """What to do next; empty when there is nothing to do."""
    since: float | None = None
    """Wall seconds of the oldest raise that is remembered; None when there is none."""
