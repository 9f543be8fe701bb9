"""One active subscription: the value, where its notifications go, and what it has seen."""

from msgspec.structs import replace

from evtui.core.ports import SubscriptionState
from evtui.core.records import Raised, Settled
from evtui.core.transport import Target
from evtui.core.values import Subscription
from evtui.core.viewers.viewer_mark import is_viewer
from evtui.engine.destination import Destination
from evtui.engine.subscriptions.deadlines import Expiring


class EventCounters:
    """The counters of one event. Its subscriptions read them: a raise counts once, not once for each subscription.

    A raise only adds to `raised` and sets `last`: all raises with one dispatch plan serve the same subscribers, so what
    they sent follows from their number.
    """

    __slots__ = (
        "_before",
        "_in_place",
        "_is_empty",
        "_no_subscribers",
        "_sent",
        "direct_failures",
        "dropped",
        "failed",
        "last",
        "last_failure",
        "raised",
        "refused",
    )  # fmt: skip

    def __init__(self) -> None:
        self.raised = 0
        self.last: Raised | None = None
        """The last raise."""
        self.failed = 0
        self.dropped = 0
        self.refused = 0
        """Raises that were refused."""
        self.direct_failures = 0
        """Notifications that could not be sent in place."""
        self.last_failure = ""
        """The last of them: socket and reason."""
        self._before = self._sent = self._no_subscribers = 0
        self._in_place, self._is_empty = 0, True

    @property
    def raised_with_plan(self) -> int:
        """Count the raises with the dispatch plan in use."""
        return self.raised - self._before

    @property
    def sent(self) -> int:
        """Count the notifications that were sent or acknowledged."""
        return self._sent + self._in_place * self.raised_with_plan

    @property
    def no_subscribers(self) -> int:
        """Count the raises without subscribers."""
        return self._no_subscribers + (self.raised_with_plan if self._is_empty else 0)

    def begin_plan(self, in_place: int, *, is_empty: bool) -> None:
        """Count with a new dispatch plan: the subscribers that it serves in place; whether it has no subscribers."""
        self._sent, self._no_subscribers = self.sent, self.no_subscribers
        self._before = self.raised
        self._in_place, self._is_empty = in_place, is_empty

    def add_settled(self, number: int = 1) -> None:
        """Count queued notifications that were sent or acknowledged."""
        self._sent += number

    def add_direct_failures(self, failures: int) -> None:
        """Count notifications that could not be sent in place; their raise counts them as sent."""
        self.failed += failures
        self.direct_failures += failures
        self._sent -= failures


class ActiveSubscription(Expiring):
    """A subscription at work in the engine.

    Every raise serves every subscription of the event. So a subscription that is served in place has sent the event's
    raises since it was made, less those that failed; nothing is counted for each of them. A subscription with a queue
    counts what the queue reports. One whose receiver has no room has a queue for a while (`wait_in`).
    """

    __slots__ = (
        "_counters", "_last", "_raised_before", "_settled", "_waiting", "destination", "dropped", "failed",
        "group_number", "last_error", "subscription", "target",
    )  # fmt: skip

    def __init__(
        self, subscription: Subscription, target: Target, destination: Destination, counters: EventCounters
    ) -> None:
        super().__init__(subscription.expires_at)
        self.subscription = subscription
        self.target = target
        self.destination = destination
        self._counters = counters
        self._raised_before = counters.raised
        self.group_number = 0
        """The place of its group in the current dispatch plan; only for one that is served in place."""
        self.failed = 0
        self.dropped = 0
        self._settled = 0
        self._waiting: tuple[Destination, float] | None = None
        """Where it is served in place when its receiver has room again, and until when it keeps its queue at least."""
        self._last: Settled | None = None
        self.last_error: str | None = None

    @property
    def codec(self) -> str:
        """Name the payload it gets."""
        return self.target.codec

    def renew(self, subscription: Subscription) -> None:
        """Take a new expiry; the place among the subscribers and the counters stay."""
        self.subscription = subscription
        self.expires_at = subscription.expires_at

    def wait_in(self, destination: Destination, until: float) -> None:
        """Serve it by a queue, until `until` at least (monotonic seconds): its receiver has no room."""
        self._settled = self._sent_in_place
        self._waiting, self.destination = (self.destination, until), destination

    def wait_longer(self, until: float) -> None:
        """Keep the queue until then at least."""
        if self._waiting is not None:
            self._waiting = self._waiting[0], max(self._waiting[1], until)

    def waits_at(self, now: float) -> bool:
        """Say whether it keeps its queue still."""
        return self._waiting is not None and now < self._waiting[1]

    def serve_in_place(self) -> Destination:
        """Serve it in place again; returns the queue it had."""
        left = self.destination
        if self._waiting is not None:
            (self.destination, _), self._waiting = self._waiting, None
            self._raised_before = self._counters.raised
            self._settled += self.failed  # those in place take what failed from what was raised
        return left

    @property
    def _sent_in_place(self) -> int:
        return self._settled + self._counters.raised - self._raised_before - self.failed

    def settle(self, record: Settled) -> None:
        """Count the end of a notification that was queued."""
        self._last = record
        if record.reason is not None:
            self.last_error = record.reason
        match record.outcome:
            case "sent" | "acknowledged":
                self._settled += 1
            case "failed":
                self.failed += 1
            case "dropped":
                self.dropped += 1

    def deliver(self, number: int, last: Settled) -> None:
        """Count queued notifications that were sent or acknowledged; `last` is the end of the last of them."""
        self._last = last
        self._settled += number

    def state(self, now: float) -> SubscriptionState:
        """Describe the subscription with its counters; `now` is in monotonic seconds."""
        ttl = None if self.expires_at is None else max(0.0, self.expires_at - now)
        if self.destination.sink is None:
            state = SubscriptionState(self.subscription, ttl=ttl, failed=self.failed, codec=self.target.codec)
            return self._with_queue(state)
        counters = self._counters
        served = counters.raised - self._raised_before
        seen = counters.last if served else None
        return SubscriptionState(
            self.subscription,
            ttl=ttl,
            sent=self._sent_in_place,
            failed=self.failed,
            dropped=self.dropped,
            last_error=self.last_error,
            last_at=seen.at if seen else None,
            latency=seen.latencies[self.group_number] if seen else None,
            codec=self.target.codec,
            viewer=is_viewer(self.subscription),
        )

    def _with_queue(self, state: SubscriptionState) -> SubscriptionState:
        outbox = None if self.destination.queue is None else self.destination.queue.state()
        return replace(
            state,
            sent=self._settled,
            dropped=self.dropped,
            queued=outbox.queued if outbox else 0,
            last_error=(outbox.last_error if outbox else None) or self.last_error,
            last_at=self._last.at if self._last else None,
            latency=self._last.latency if self._last else None,
            outbox=outbox,
        )
