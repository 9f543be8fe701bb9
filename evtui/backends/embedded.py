"""The embedded backend: an engine in this loop, behind the Backend port."""

from collections.abc import Iterator, Sequence

from evtui.core.delivery_report import DeliveryReport
from evtui.core.errors import ReadOnlyError, RequestError, UnknownEventError
from evtui.core.ports import EventState, OutboxState, Status, SubscriptionState, Totals, Watch
from evtui.core.records import Raised, RefusalCause, SubscriberTest
from evtui.core.values import Event, Params, Subscription
from evtui.engine.engine import Engine
from evtui.engine.history.delivery_timeline import report_delivery
from evtui.transports.name_lookups import open_target


class EmbeddedBackend:
    """An engine as a `Backend`.

    `trusted` is false for a front end whose requests come from others, such as MI. `since` is how many records of the
    journal are before what the first watch reads; other watches begin with what comes next, as all do with None. `by`
    is who changes something, for the records.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        source: str = "embedded",
        read_only: bool = False,
        trusted: bool = True,
        since: int | None = None,
        by: str = "",
    ) -> None:
        self._engine = engine
        self._since = since
        self._source = source
        self._read_only = read_only
        self._trusted = trusted
        self._by = by or ("the console" if trusted else "a client of the management interface")

    @property
    def read_only(self) -> bool:
        """Say whether everything that changes anything is refused."""
        return self._read_only

    async def status(self) -> Status:
        """Describe the engine and its totals."""
        totals = self.totals()
        infos = self._engine.transport_infos()
        return Status(
            self._source,
            read_only=self._read_only,
            can_raise=not self._read_only,
            transports=infos,
            schemes=infos,
            raised=totals.raised,
            sent=totals.sent,
            failed=totals.failed,
            dropped=totals.dropped,
            queued=totals.queued,
            outboxes=tuple(self._engine.outbox_states().values()),
            queue_use=totals.queue_use,
            set_aside=totals.set_aside,
            no_subscribers=totals.no_subscribers,
            refused=totals.refused,
        )

    def totals(self) -> Totals:
        """Return the counters over all events."""
        self._engine.reap()
        return self._engine.totals()

    def catalogue(self) -> Sequence[Event]:
        """List the published events in order of id, without their counters."""
        return tuple(self._engine.catalogue)

    def find_event(self, name: str) -> Event:
        """Find a published event.

        raises UnknownEventError.
        """
        event = self._engine.catalogue.get(name)
        if event is None:
            raise UnknownEventError(name)
        return event

    def has_subscribers(self, event: str) -> bool:
        """Say whether an event has a subscription now.

        raises UnknownEventError.
        """
        return self._engine.has_subscribers(event)

    async def events(self) -> Sequence[EventState]:
        """List the catalogue in order of id."""
        self._engine.reap()
        return self._engine.event_states()

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions of one event or of all, of one socket or of all.

        raises UnknownEventError.
        """
        if socket is None:
            return self._engine.subscription_states(event)
        try:
            target = self._engine.parse(socket)
        except RequestError:
            return self._engine.subscription_states(event)[:0]
        return self._engine.subscription_states(event, target.socket)

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end (expire 0) a socket; a host name is resolved in a thread.

        raises UnknownEventError, UnknownSchemeError, BadSocketError, BadExpireError, ReadOnlyError.
        """
        if self._read_only:
            raise ReadOnlyError("subscribe")
        target = self._engine.parse(socket, trusted=self._trusted)
        opened = await open_target(target) if target.blocks and expire != 0 else None
        return self._engine.apply(event, target, expire, opened, self._by)

    async def raise_event(self, event: str, params: Params) -> Raised:
        """Raise an event now.

        raises UnknownEventError, NestingError, ReadOnlyError.
        """
        return self.raise_now(event, params)

    def raise_now(self, event: str, params: Params) -> Raised:
        """Raise an event, without the port's `await`. raises as `raise_event` does."""
        self._check_may_raise(event, params)
        return self._engine.raise_event(event, params)

    def raise_unread(self, event: str, params: Params) -> None:
        """Raise an event whose record is not read: between `hold` and `let_go` it may leave with others. raises as
        `raise_event` does.
        """
        self._check_may_raise(event, params)
        if not self._engine.held.take(event, params):
            self._engine.raise_event(event, params)

    def hold(self) -> None:
        """Hold such raises; nothing else may run until `let_go`."""
        self._engine.held.begin(waits=False)

    def let_go(self) -> None:
        """Let what is held leave, and hold nothing more."""
        self._engine.held.end()

    def _check_may_raise(self, event: str, params: Params) -> None:
        if self._read_only:
            error = ReadOnlyError("raise")
            self.refuse_raise(event, params, "read-only", str(error))
            raise error

    def refuse_raise(self, event: str, params: Params, cause: RefusalCause, reason: str) -> None:
        """Record and count a raise that a front end refuses."""
        self._engine.refuse_raise(event, params, cause, reason)

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Send one notification to one subscriber alone, and wait some seconds until it is settled.

        raises UnknownEventError, NoSubscriberError, UnknownSchemeError, BadSocketError, ReadOnlyError.
        """
        if self._read_only:
            raise ReadOnlyError("test")
        target = self._engine.parse(socket, trusted=self._trusted)
        self._engine.reap()
        return await self._engine.tests.test(event, target, params)

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not; without one, that whose subscription to it changed last.

        raises UnknownEventError, UnknownSchemeError, BadSocketError.
        """
        self.find_event(event)
        parsed = self._engine.parse(socket).socket if socket else None
        return await report_delivery(event, parsed, self._engine.journal, self._engine.history)

    def walk_subscriptions(self, event: str | None = None) -> Iterator[SubscriptionState]:
        """Walk the subscriptions of now; those that end meanwhile are left out.

        raises UnknownEventError: at once.
        """
        return self._engine.walk_subscriptions(event)

    def walk_raises(self, since: float) -> Iterator[Raised | None]:
        """Walk the raises that the journal holds from a wall second on, oldest first; None for each other record."""
        records, _ = self._engine.journal.since(0)
        return (
            record if isinstance(record, Raised) and record.at >= since and not record.is_test else None
            for record in records
        )

    def remembered_since(self) -> float | None:
        """Return the wall second of the oldest record that the journal holds; None when it holds none."""
        return self._engine.journal.begin

    def walk_outboxes(self) -> Iterator[OutboxState | None]:
        """Walk the outboxes, each destination once; None after a subscription that adds none."""
        return self._engine.walk_outboxes()

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow the records from now on, or from an earlier one if this is the first watch and was told so."""
        since, self._since = self._since, None
        return self._engine.journal.watch(events, since)
