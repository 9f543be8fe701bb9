"""Raises that leave together: many notifications in few system calls.

A script that raises in a loop raises thousands of times before any other task has its turn. For all others it is the
same whether a notification leaves at once or together with those that follow. So a raise is held when

- it belongs to a slice of a run: from where the run goes on to where it stops, nothing else runs. The MI requests of
  one wake-up are a slice, too, and one call of `Engine.raise_events` is;
- its script does not read the code of the raise, which tells whether a notification could not be sent;
- the subscribers of its event that are served in place are served by one call whose transport can send many payloads
  (any number over UDP, or over UNIX), and the others have outboxes in memory;
- the last raise to subscribers was one of the same event: a script that raises now and then holds nothing.

The raises that are held are sent and queued when they are many, when the first of them is `HOLD` old, when the run
pauses, waits or ends, and before all that shows a difference: before other raises, before anything else is written into
the journal or changes subscriptions, before counters are read. The record of a raise is made after it was sent, with
its failures and its latency; its serial and its wall time are of the raise. A raise without subscribers keeps its place
among the others.

A UNIX receiver has room for ten datagrams. When it has none, the script waits until the receiver has read some.
That takes some microseconds while it reads, and then nothing has to be queued for it. How long a script waits is
bounded: `WAIT_EACH` for each notification on the average, and `MOST_WAITED` in a slice. What then finds no room is
queued for a while (`outbox.busy_sinks`).
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from evtui.core.ports import Clock
from evtui.core.records import NO_SUBSCRIBERS, Raised
from evtui.core.transport import ManyFanOut, Notification
from evtui.core.values import Params
from evtui.engine.dispatch.dispatch_plan import NO_FAILURES, CompiledPlan, failed_group, failures_of
from evtui.engine.dispatch.event_dispatcher import EventDispatcher
from evtui.engine.journal import Journal
from evtui.engine.outbox.busy_sinks import Served
from evtui.engine.outbox.outbox import Outbox
from evtui.engine.subscriptions.event_subscribers import EventSubscribers
from evtui.engine.subscriptions.subscription_table import SubscriptionTable

_log = logging.getLogger(__name__)

MOST: Final = 64
"""Raises that are held at most."""

MOST_NOTIFICATIONS: Final = 640
"""Notifications that are held at most: a raise has one for each subscriber."""

FEW: Final = 4
"""Raises that are held at most when each has many notifications, up to `MANY`; with more of them, each leaves alone."""

MANY: Final = 1_000

HOLD: Final = 0.0005
"""Seconds after which the next raise sends what is held."""

WAIT_EACH: Final = 1 / 64_000
"""Seconds that a script may wait for each notification that it holds, so that the receiver can make room."""

MOST_SAVED: Final = 0.005
"""Seconds that raises save up for it at most."""

MOST_WAITED: Final = 0.01
"""Seconds that a script may wait in one slice."""

_NOTHING: Final[Mapping[int, Sequence[tuple[int, str]]]] = {}
_Held: TypeAlias = tuple[int, float, Params, float]
"""A raise that is held: serial, wall seconds, parameters, monotonic seconds."""


class HeldRaises:
    """Holds the raises of one slice. Outside of a slice it holds nothing."""

    def __init__(
        self, dispatcher: EventDispatcher, table: SubscriptionTable, journal: Journal, clock: Clock, wall: Clock
    ) -> None:
        """`clock` is monotonic, `wall` tells wall seconds."""
        self._dispatcher = dispatcher
        self._subscribers: Mapping[str, EventSubscribers] = table.subscribers
        self._deadlines = table.deadlines
        table.before_reaping = self.flush
        self._journal = journal
        self._clock, self._wall = clock, wall
        self._is_open = False
        self._compiled: CompiledPlan | None = None
        """The plan of the last raise, if such raises can be held."""
        self._served: EventSubscribers | None = None
        """Whom that plan serves."""
        self._step = 0
        """How many raises are sent together."""
        self._goes_on = False
        """Whether this slice raised the event of the last one again: then the next slice may hold its first raise."""
        self.waited = 0.0
        """Seconds in which scripts waited until a receiver had room."""
        self._most_waited = 0.0
        """How far that may rise in this slice."""
        self._saved = MOST_SAVED
        """Seconds that it may wait now."""
        self.queued = 0
        """Raises that were held and then queued for a subscriber."""
        self._written: list[Raised] | None = None
        """Takes the records of raises that were held; None when they are not wanted."""
        self.raises: list[_Held] = []
        self._between: dict[int, list[tuple[Raised, int]]] = {}
        """The raises without subscribers, with their size, by the serial of the held one before them."""
        self._others = 0

    def begin(self, *, waits: bool = True) -> None:
        """Begin a slice; `waits`: whether it may wait for receivers."""
        self._is_open, self._goes_on = True, False
        self._most_waited = self.waited + MOST_WAITED * waits

    def end(self) -> None:
        """End the slice: send what is held."""
        self._is_open = False
        self.flush()
        if not self._goes_on:
            self._compiled = self._served = None

    def close(self) -> None:
        """Hold nothing any more: the engine is closed."""
        self.flush()
        self._subscribers, self._compiled, self._served = {}, None, None

    def raise_all(
        self, name: str, params: Iterable[Params], raise_one: Callable[[str, Params], Raised]
    ) -> Sequence[Raised]:
        """Raise an event for each of these parameters, as a slice of its own; returns the records in order."""
        if self._is_open or self._dispatcher.depth:
            return [raise_one(name, each) for each in params]
        self._written = records = list[Raised]()
        self.begin(waits=False)
        try:
            for each in params:
                if not self.take(name, each):
                    records.append(raise_one(name, each))
        finally:
            try:
                self.end()
            finally:
                self._written = None
        return records

    def take(self, name: str, params: Params) -> bool:
        """Raise an event if its notifications may leave later; otherwise return False: nothing was done."""
        subscribers = self._subscribers.get(name) if self._is_open else None
        if subscribers is None or self._dispatcher.depth:
            return False
        started = self._clock()
        if started >= self._deadlines.next:  # subscriptions have to end first
            return False
        if not subscribers.by_socket:
            return self._take_without(subscribers, params)
        compiled = subscribers.compiled
        if (compiled is None or compiled is not self._compiled) and not self._begin_with(subscribers, started):
            return False
        dispatcher, held = self._dispatcher, self.raises
        dispatcher.serial = serial = dispatcher.serial + 1
        held.append((serial, self._wall(), params, started))
        if len(held) >= self._step or started - held[0][3] >= HOLD:
            self.flush()
        return True

    def _take_without(self, subscribers: EventSubscribers, params: Params) -> bool:
        """Raise without subscribers: the record comes behind those of the raises that are held now."""
        dispatcher, counters = self._dispatcher, subscribers.counters
        dispatcher.serial = serial = dispatcher.serial + 1
        counters.raised += 1
        counters.last = record = Raised(serial, self._wall(), subscribers.event.name, params, NO_SUBSCRIBERS, (), ())
        if self._written is not None:
            self._written.append(record)
        if not self.raises:
            self._journal.append(record, params.text_size)
            return True
        self._between.setdefault(self.raises[-1][0], []).append((record, params.text_size))
        self._others += 1
        if self._others >= MOST:
            self.flush()
        return True

    def _begin_with(self, subscribers: EventSubscribers, now: float) -> bool:
        """Go on with another plan; returns whether its first raise may be held, too: the last one was of its event."""
        goes_on, compiled = subscribers is self._served, subscribers.compiled
        if compiled is not None and (subscribers.waiting or not compiled.holds):
            if not goes_on:
                return False
            self._goes_on = True  # receivers that have no room may have it again
            self._dispatcher.end_waiting(subscribers, now)
            if subscribers.compiled is compiled:
                return False
        self.flush()
        compiled = subscribers.compiled or self._dispatcher.compile(subscribers)
        if not compiled.holds:
            return False
        size = compiled.plan.size
        self._step = min(MOST, max(MOST_NOTIFICATIONS // size, FEW if size <= MANY else 1))
        self._served, self._compiled = subscribers, compiled
        return goes_on

    def flush(self) -> None:
        """Send what is held, and write its records."""
        held, compiled, served = self.raises, self._compiled, self._served
        if not held or compiled is None or served is None:
            return
        self.raises, self._goes_on = [], self._goes_on or len(held) > 1
        self._saved = min(MOST_SAVED, self._saved + WAIT_EACH * len(held) * compiled.plan.size)
        try:
            payloads = compiled.encode_many([params for _, _, params, _ in held])
        except Exception:
            _log.error("%d raises of %s are lost: their payloads could not be written", len(held), served.event.name)
            raise
        failed = _NOTHING if (send := compiled.many) is None else self._send(send, payloads)
        sizes = list(map(len, payloads))
        if failed or self._between or not _have_room(compiled.outboxes, len(held), sum(sizes)):
            self._write_each(held, payloads, failed)
            return
        now, event, plan, counters = self._clock(), served.event.name, compiled.plan, served.counters
        queued = compiled.queue_latencies
        if send is None:
            latencies = [queued] * len(held)
        else:
            latencies = [(now - started, *queued) if queued else (now - started,) for _, _, _, started in held]
        records = [
            Raised(serial, at, event, params, plan, (payload,), took)
            for (serial, at, params, _), payload, took in zip(held, payloads, latencies)  # noqa: B905 - for speed
        ]
        counters.raised += len(records)
        counters.last = records[-1]
        if self._written is not None:
            self._written += records
        cost = compiled.record_cost
        self._journal.extend(records, [size + cost for size in sizes] if cost else sizes)
        if compiled.outboxes:
            self._put(held, event, payloads, compiled.outboxes)

    def _put(self, held: Sequence[_Held], event: str, payloads: Sequence[bytes], outboxes: Sequence[Outbox]) -> None:
        """Put notifications into outboxes, which have room for them."""
        self.queued += len(held)
        origin, since, size = self._dispatcher.origin, [started for _, _, _, started in held], sum(map(len, payloads))
        notifications = [
            Notification(origin, serial, at, event, params, payload)
            for (serial, at, params, _), payload in zip(held, payloads)  # noqa: B905 - for speed
        ]
        for outbox in outboxes:
            outbox.put_all(notifications, since, size)

    def _write_each(
        self, held: Sequence[_Held], payloads: Sequence[bytes], failed: Mapping[int, Sequence[tuple[int, str]]]
    ) -> None:
        """Write the records of what was sent, queued or failed one by one, and of the raises between."""
        compiled, served, now = self._compiled, self._served, self._clock()
        assert compiled is not None
        assert served is not None
        sends, queued = compiled.many is not None, compiled.queue_latencies
        for number, ((serial, at, params, started), payload) in enumerate(zip(held, payloads, strict=True)):
            failures = failures_of(0, found) if (found := failed.get(number)) else NO_FAILURES
            outcome = Served(compiled, (payload,), (now - started, *queued) if sends else queued, failures)
            size = compiled.record_cost + len(payload)
            record = self._dispatcher.record_served(served, (serial, at, params), outcome, size)
            if self._written is not None:
                self._written.append(record)
            self.queued += record.plan.queued > 0
            self._write_between(serial)

    def _send(self, send: ManyFanOut, payloads: Sequence[bytes]) -> Mapping[int, Sequence[tuple[int, str]]]:
        """Send the payloads; returns what failed, as the transport tells it."""
        try:
            return send(payloads, self._wait_for_room)
        except Exception as error:  # noqa: BLE001 - a transport's bug must not reach the script
            assert self._compiled is not None
            return dict.fromkeys(range(len(payloads)), failed_group(self._compiled.plan.groups[0], error))

    def _wait_for_room(self, wait: Callable[[], bool]) -> bool:
        """Wait until a receiver has room, if there is time left for it; returns whether it has."""
        if self._saved <= 0 or self.waited >= self._most_waited:
            return False
        since = self._clock()
        has_room = wait()
        took = self._clock() - since
        self._saved -= took
        self.waited += took
        return has_room

    def _write_between(self, serial: int) -> None:
        """Write the records of the raises without subscribers that came behind a held one."""
        for record, size in self._between.pop(serial, ()):
            self._others -= 1
            self._journal.append(record, size)


def _have_room(outboxes: Sequence[Outbox], number: int, size: int) -> bool:
    """Say whether each outbox has room for so many notifications; what one reserves may be taken from another."""
    return all(each.has_room_for(number, size, reserve=True) for each in outboxes) and (
        len(outboxes) < 2 or all(each.has_room_for(number, size, reserve=False) for each in outboxes)
    )
