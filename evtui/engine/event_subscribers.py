"""The roll of one event: who is subscribed, the plan that serves them, and the counters.

Every raise serves everyone on the roll, so the deliveries of a member that is served in place are the event's raises
since it joined: a raise counts once for the event, not once for each of its subscribers. A member that waits counts
what its outbox reports.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from evtui.codecs.payload import Encoder, encoder
from evtui.core.ports import EventState, SubscriptionState
from evtui.core.records import DispatchGroup, DispatchPlan, Failure, Raised, Settled
from evtui.core.transport import FanOut, Target, Transport
from evtui.core.values import Event, Socket, Subscription
from evtui.engine.deadlines import Expiring
from evtui.engine.local_handler import LocalHandler
from evtui.engine.multicast import MulticastQueue
from evtui.engine.outbox.outbox import Outbox
from evtui.engine.outbox.outboxes import LinkTo, Post


class ActiveSubscription(Expiring):
    """One subscription at work: the value, where its notifications go and what it has seen."""

    __slots__ = (
        "dropped", "failed", "joined", "last", "last_error", "link", "roll", "run", "settled", "subscription", "target",
        "transport",
    )  # fmt: skip

    def __init__(
        self, roll: "EventSubscribers", subscription: Subscription, target: Target, link: LinkTo, transport: Transport
    ) -> None:
        super().__init__(subscription.expires_at)
        self.roll = roll
        self.subscription = subscription
        self.target = target
        self.link = link
        self.transport = transport
        self.joined = roll.raised
        self.run = 0
        self.failed = 0
        self.dropped = 0
        self.settled = 0
        self.last: Settled | None = None
        """The last that was settled, for one that waits."""
        self.last_error: str | None = None

    @property
    def codec(self) -> str:
        """Name the payload it gets."""
        return self.target.codec

    def renew(self, subscription: Subscription) -> None:
        """Take a new expiry; the place on the roll and the counters stay."""
        self.subscription = subscription
        self.expires_at = subscription.expires_at

    def state(self, now: float) -> SubscriptionState:
        """Describe the subscription with its counters."""
        ttl = None if self.expires_at is None else max(0.0, self.expires_at - now)
        if isinstance(self.link, Outbox | MulticastQueue | LocalHandler):
            return self._waiting_state(self.link, ttl)
        served, last = self.roll.raised - self.joined, self.roll.last
        seen = last if served and last is not None else None
        return SubscriptionState(
            self.subscription,
            ttl=ttl,
            sent=served - self.failed,
            failed=self.failed,
            last_error=self.last_error,
            last_at=seen.at if seen else None,
            latency=seen.latencies[self.run] if seen else None,
            codec=self.codec,
        )

    def kind(self) -> tuple[int, object, str]:
        """Say what neighbours must have in common to be served by one call."""
        link = self.link
        return (
            id(self.transport),
            id(link) if isinstance(link, Outbox | MulticastQueue | LocalHandler) else link.group,
            self.codec,
        )

    def settle(self, record: Settled) -> None:
        """Take the end of a notification that waited into the counters."""
        self.last = record
        if record.reason is not None:
            self.last_error = record.reason
        match record.outcome:
            case "failed":
                self.failed += 1
            case "dropped":
                self.dropped += 1
            case _:
                self.settled += 1

    def _waiting_state(self, post: Post, ttl: float | None) -> SubscriptionState:
        outbox, last = post.state(), self.last
        return SubscriptionState(
            self.subscription,
            ttl=ttl,
            sent=self.settled,
            failed=self.failed,
            queued=outbox.queued if outbox else 0,
            dropped=self.dropped,
            last_error=(outbox.last_error if outbox else None) or self.last_error,
            last_at=last.at if last else None,
            latency=last.latency if last else None,
            codec=self.codec,
            outbox=outbox,
        )


class CompiledPlan:
    """A plan with what carries it out; `latencies` stand for the runs that wait."""

    __slots__ = ("encoders", "latencies", "plan", "posts", "senders")

    def __init__(
        self,
        plan: DispatchPlan,
        encoders: tuple[Encoder, ...],
        senders: tuple[tuple[FanOut, int], ...],
        posts: tuple[tuple[Post, int], ...],
    ) -> None:
        self.plan = plan
        self.encoders = encoders
        self.senders = senders
        self.posts = posts
        self.latencies = (0.0,) * len(posts)


class EventSubscribers:
    """The subscribers of one event, oldest first in `members`, served newest first; every raise serves all of them."""

    __slots__ = ("compiled", "dropped", "event", "failed", "last", "members", "raised", "sent")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.members: dict[Socket, ActiveSubscription] = {}
        self.raised = 0
        self.sent = 0
        self.failed = 0
        self.dropped = 0
        self.last: Raised | None = None
        self.compiled: CompiledPlan | None = None

    def add(self, member: ActiveSubscription) -> None:
        """Put a new member at the head."""
        self.members[member.subscription.socket] = member
        self.compiled = None

    def remove(self, member: ActiveSubscription) -> None:
        """Take a member off; one that is off already stays off."""
        if self.members.pop(member.subscription.socket, None) is not None:
            self.compiled = None

    def newest_first(self) -> Iterator[ActiveSubscription]:
        """Walk the members in the order they are listed and served."""
        return reversed(self.members.values())

    def compile(self) -> CompiledPlan:
        """Make the plan anew: needed when the members changed since the last raise."""
        self.compiled = compiled = _compile(list(self.newest_first()))
        return compiled

    def count(self, record: Raised) -> None:
        """Take a raise into the counters."""
        self.raised += 1
        self.sent += record.plan.size - record.plan.waiting
        self.last = record
        if record.failures:
            self._blame(record.plan, record.failures)

    def settle(self, record: Settled) -> None:
        """Take the end of a notification that waited into the counters."""
        match record.outcome:
            case "failed":
                self.failed += 1
            case "dropped":
                self.dropped += 1
            case _:
                self.sent += 1
        if (member := self.members.get(record.socket)) is not None:
            member.settle(record)

    def state(self) -> EventState:
        """Describe the event with its counters."""
        last = self.last
        return EventState(
            self.event, len(self.members), self.raised, self.sent, self.failed, self.dropped,
            last.at if last else None, last.params if last else None,
        )  # fmt: skip

    def _blame(self, plan: DispatchPlan, failures: Sequence[Failure]) -> None:
        self.failed += len(failures)
        self.sent -= len(failures)
        for failure in failures:
            member = self.members.get(plan.runs[failure.run].sockets[failure.place])
            if member is not None:
                member.failed += 1
                member.last_error = failure.reason


def _compile(members: list[ActiveSubscription]) -> CompiledPlan:
    codecs: dict[str, int] = {}
    runs: list[DispatchGroup] = []
    senders: list[tuple[FanOut, int]] = []
    posts: list[tuple[Post, int]] = []
    by_kind: Callable[[ActiveSubscription], tuple[int, object, str]] = ActiveSubscription.kind
    direct = [member for member in members if not isinstance(member.link, Outbox | MulticastQueue | LocalHandler)]
    for number, (_, neighbours) in enumerate(groupby(direct, by_kind)):
        group = list(neighbours)
        codec = codecs.setdefault(group[0].codec, len(codecs))
        for member in group:
            member.run = number
        runs.append(DispatchGroup(tuple(member.subscription.socket for member in group), codec))
        sinks = [member.link for member in group if not isinstance(member.link, Outbox | MulticastQueue | LocalHandler)]
        senders.append((group[0].transport.fan_out(sinks), codec))
    for member in members:
        if isinstance(member.link, Outbox | MulticastQueue | LocalHandler):
            codec = codecs.setdefault(member.codec, len(codecs))
            runs.append(DispatchGroup((member.subscription.socket,), codec, waits=True))
            posts.append((member.link, codec))
    encoders = tuple(encoder(codec) for codec in codecs)
    return CompiledPlan(
        DispatchPlan(tuple(codecs), tuple(runs), len(members), len(posts)), encoders, tuple(senders), tuple(posts)
    )
