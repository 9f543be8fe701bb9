"""The roll of one event: who is subscribed, the plan that serves them, and the counters.

Every raise serves everyone on the roll, so a member's deliveries are the event's raises since it joined: a raise counts
once for the event, not once for each of its subscribers.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from evtui.codecs.payload import Encoder, encoder
from evtui.core.ports import EventState, FanOut, Sink, SubscriptionState, Target, Transport
from evtui.core.records import Failure, Plan, Raised, Run
from evtui.core.values import Event, Socket, Subscription
from evtui.engine.deadlines import Perishable


class Member(Perishable):
    """One subscription at work: the value, the open sink and what it has seen."""

    __slots__ = ("codec", "failed", "joined", "last_error", "roll", "run", "sink", "subscription", "transport")

    def __init__(
        self, roll: "Roll", subscription: Subscription, target: Target, sink: Sink, transport: Transport
    ) -> None:
        super().__init__(subscription.expires_at)
        self.roll = roll
        self.subscription = subscription
        self.codec = target.codec
        self.sink = sink
        self.transport = transport
        self.joined = roll.raised
        self.run = 0
        self.failed = 0
        self.last_error: str | None = None

    def renew(self, subscription: Subscription) -> None:
        """Take a new expiry; the place on the roll and the counters stay."""
        self.subscription = subscription
        self.expires_at = subscription.expires_at

    def state(self, now: float) -> SubscriptionState:
        """Describe the subscription with its counters."""
        served, last = self.roll.raised - self.joined, self.roll.last
        seen = last if served and last is not None else None
        return SubscriptionState(
            self.subscription,
            ttl=None if self.expires_at is None else max(0.0, self.expires_at - now),
            sent=served - self.failed,
            failed=self.failed,
            last_error=self.last_error,
            last_at=seen.at if seen else None,
            latency=seen.latencies[self.run] if seen else None,
            codec=self.codec,
        )

    def kind(self) -> tuple[int, object, str]:
        """Say what neighbours must have in common to be served by one call."""
        return id(self.transport), self.sink.group, self.codec


class Compiled:
    """A plan with the functions that carry it out."""

    __slots__ = ("encoders", "plan", "senders")

    def __init__(self, plan: Plan, encoders: tuple[Encoder, ...], senders: tuple[tuple[FanOut, int], ...]) -> None:
        self.plan = plan
        self.encoders = encoders
        self.senders = senders


class Roll:
    """The subscribers of one event, oldest first in `members`, served newest first; every raise serves all of them."""

    __slots__ = ("compiled", "dropped", "event", "failed", "last", "members", "raised", "sent")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.members: dict[Socket, Member] = {}
        self.raised = 0
        self.sent = 0
        self.failed = 0
        self.dropped = 0
        self.last: Raised | None = None
        self.compiled: Compiled | None = None

    def add(self, member: Member) -> None:
        """Put a new member at the head."""
        self.members[member.subscription.socket] = member
        self.compiled = None

    def remove(self, member: Member) -> None:
        """Take a member off; one that is off already stays off."""
        if self.members.pop(member.subscription.socket, None) is not None:
            self.compiled = None

    def newest_first(self) -> Iterator[Member]:
        """Walk the members in the order they are listed and served."""
        return reversed(self.members.values())

    def compile(self) -> Compiled:
        """Make the plan anew: needed when the members changed since the last raise."""
        self.compiled = compiled = _compile(list(self.newest_first()))
        return compiled

    def count(self, record: Raised) -> None:
        """Take a raise into the counters."""
        self.raised += 1
        self.sent += record.plan.size
        self.last = record
        if record.failures:
            self._blame(record.plan, record.failures)

    def state(self) -> EventState:
        """Describe the event with its counters."""
        last = self.last
        return EventState(
            self.event, len(self.members), self.raised, self.sent, self.failed, self.dropped,
            last.at if last else None, last.params if last else None,
        )  # fmt: skip

    def _blame(self, plan: Plan, failures: Sequence[Failure]) -> None:
        self.failed += len(failures)
        self.sent -= len(failures)
        for failure in failures:
            member = self.members.get(plan.runs[failure.run].sockets[failure.place])
            if member is not None:
                member.failed += 1
                member.last_error = failure.reason


def _compile(members: list[Member]) -> Compiled:
    codecs: dict[str, int] = {}
    runs: list[Run] = []
    senders: list[tuple[FanOut, int]] = []
    by_kind: Callable[[Member], tuple[int, object, str]] = Member.kind
    for number, (_, neighbours) in enumerate(groupby(members, by_kind)):
        group = list(neighbours)
        codec = codecs.setdefault(group[0].codec, len(codecs))
        for member in group:
            member.run = number
        runs.append(Run(tuple(member.subscription.socket for member in group), codec))
        senders.append((group[0].transport.fan_out([member.sink for member in group]), codec))
    encoders = tuple(encoder(codec) for codec in codecs)
    return Compiled(Plan(tuple(codecs), tuple(runs), len(members)), encoders, tuple(senders))
