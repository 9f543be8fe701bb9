"""Raises of a script that leave together: many notifications in few system calls.

A script that raises in a loop raises thousands of times before any other task has its turn. For all others it is the
same whether a notification leaves at once or together with those that follow. So a raise is held when

- it belongs to a slice of a run: from where the run goes on to where it stops, nothing else runs;
- its script does not read the code of the raise, which tells whether a notification could not be sent;
- all subscribers of its event are served by one call whose transport can send many payloads (`CompiledPlan.many`);
- the last raise to subscribers was one of the same event: a script that raises now and then holds nothing.

The raises that are held are sent when they are many, when the first of them is `HOLD` old, when the run pauses, waits
or ends, and before all that shows a difference: before other raises, before anything else is written into the journal
or changes subscriptions, before counters are read. The record of a raise is made after it was sent, with its failures
and its latency; its serial and its wall time are of the raise. A raise without subscribers keeps its place among the
others.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from evtui.core.ports import Clock
from evtui.core.records import NO_SUBSCRIBERS, Raised
from evtui.core.values import Params
from evtui.engine.dispatch.dispatch_plan import NO_FAILURES, CompiledPlan, failed_group, failures_of
from evtui.engine.dispatch.event_dispatcher import EventDispatcher
from evtui.engine.journal import FAILURE_COST, Journal
from evtui.engine.subscriptions.event_subscribers import EventSubscribers
from evtui.engine.subscriptions.subscription_table import SubscriptionTable

MOST: Final = 32
"""Raises that are held at most."""

MOST_NOTIFICATIONS: Final = 640
"""Notifications that are held at most: a raise has one for each subscriber."""

HOLD: Final = 0.0005
"""Seconds after which the next raise sends what is held."""

_Held: TypeAlias = tuple[int, float, Params, bytes, float]
"""A raise that is held: serial, wall seconds, parameters, payload, monotonic seconds."""


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
        self._most = 0
        self.raises: list[_Held] = []
        self._between: dict[int, list[tuple[Raised, int]]] = {}
        """The raises without subscribers, with their size, by the number of held ones before them."""
        self._others = 0

    def begin(self) -> None:
        """Begin a slice."""
        self._is_open = True

    def end(self) -> None:
        """End the slice: send what is held."""
        self.flush()
        self._is_open, self._compiled = False, None

    def close(self) -> None:
        """Hold nothing any more: the engine is closed."""
        self.flush()
        self._subscribers = {}

    def take(self, name: str, params: Params) -> bool:
        """Raise an event if its notifications may leave later; otherwise return False: nothing was done."""
        subscribers = self._subscribers.get(name) if self._is_open else None
        if subscribers is None or self._dispatcher.depth:
            return False
        started, compiled = self._clock(), subscribers.compiled
        if started >= self._deadlines.next:  # subscriptions have to end first
            return False
        if compiled is None:
            return not subscribers.by_socket and self._take_without(subscribers, params)
        if compiled is not self._compiled or (encode := compiled.encode) is None:
            return compiled.many is not None and self._begin_with(compiled, subscribers)
        dispatcher, held = self._dispatcher, self.raises
        dispatcher.serial = serial = dispatcher.serial + 1
        held.append((serial, self._wall(), params, encode(params, None), started))
        if len(held) >= self._most or started - held[0][4] >= HOLD:
            self.flush()
        return True

    def _take_without(self, subscribers: EventSubscribers, params: Params) -> bool:
        """Raise without subscribers: the record comes behind those of the raises that are held now."""
        dispatcher, counters = self._dispatcher, subscribers.counters
        dispatcher.serial = serial = dispatcher.serial + 1
        counters.raised += 1
        counters.last = record = Raised(serial, self._wall(), subscribers.event.name, params, NO_SUBSCRIBERS, (), ())
        if not self.raises:
            self._journal.append(record, params.text_size)
            return True
        self._between.setdefault(len(self.raises), []).append((record, params.text_size))
        self._others += 1
        if self._others >= MOST:
            self.flush()
        return True

    def _begin_with(self, compiled: CompiledPlan, subscribers: EventSubscribers) -> bool:
        """Return False, as the first raise with a plan is sent at once; the next ones may be held."""
        self.flush()
        self._served, self._most = subscribers, min(MOST, MOST_NOTIFICATIONS // compiled.plan.size)
        self._compiled = compiled if self._most > 1 else None
        return False

    def flush(self) -> None:
        """Send what is held, and write its records."""
        held, between, compiled, served = self.raises, self._between, self._compiled, self._served
        if not held or compiled is None or served is None:
            return
        self.raises, self._between, self._others = [], {}, 0
        failed = _send(compiled, [payload for _, _, _, payload, _ in held])
        now, event, plan, cost = self._clock(), served.event.name, compiled.plan, compiled.record_cost
        append, counters, failures = self._journal.append, served.counters, NO_FAILURES
        for number, (serial, at, params, payload, started) in enumerate(held):
            size = cost + len(payload)
            if failed:
                failures = failures_of(0, failed.get(number, ()))
                if failures:
                    served.count_failures(plan, failures)
                    size += len(failures) * FAILURE_COST
            record = Raised(serial, at, event, params, plan, (payload,), (now - started,), failures)
            counters.raised += 1
            counters.last = record
            append(record, size)
            if between:
                for other, text_size in between.get(number + 1, ()):
                    append(other, text_size)


def _send(compiled: CompiledPlan, payloads: Sequence[bytes]) -> Mapping[int, Sequence[tuple[int, str]]]:
    """Send the payloads; returns what failed, as the transport tells it."""
    many, lone = compiled.many, compiled.lone
    assert many is not None
    assert lone is not None
    try:
        if len(payloads) > 1:
            return many(payloads)
        failed = lone(payloads[0])
    except Exception as error:  # noqa: BLE001 - a transport's bug must not reach the script
        return dict.fromkeys(range(len(payloads)), failed_group(compiled.plan.groups[0], error))
    return {0: failed} if failed else {}
