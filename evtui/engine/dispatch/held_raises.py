"""Raises of a script that leave together: many notifications in few system calls.

A script that raises in a loop raises thousands of times before any other task has its turn. For all others it is the
same whether a notification leaves at once or together with those that follow. So a raise is held when

- it belongs to a slice of a run: from where the run goes on to where it stops, nothing else runs;
- its script does not read the code of the raise, which tells whether a notification could not be sent;
- all subscribers of its event are served by one call whose transport can send many payloads (`CompiledPlan.many`): any
  number over UDP, one over UNIX;
- the last raise to subscribers was one of the same event: a script that raises now and then holds nothing.

The raises that are held are sent when they are many, when the first of them is `HOLD` old, when the run pauses, waits
or ends, and before all that shows a difference: before other raises, before anything else is written into the journal
or changes subscriptions, before counters are read. The record of a raise is made after it was sent, with its failures
and its latency; its serial and its wall time are of the raise. A raise without subscribers keeps its place among the
others.

A UNIX receiver has room for ten datagrams. When it has none, what is left waits for the next attempt, a few raises
later: `LONG` at most, and not beyond the slice. Then it is raised as if it had not been held, which gives the receiver
a queue for a while (`outbox.busy_sinks`).
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from evtui.core.ports import Clock
from evtui.core.records import NO_SUBSCRIBERS, Raised
from evtui.core.transport import BUSY
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

FEW: Final = 8
"""Raises that are sent together to a receiver that may have no room: Linux lets ten datagrams wait at a UNIX socket."""

MOST_WAITING: Final = 64
"""Raises that wait at most for room at their receiver."""

HOLD: Final = 0.0005
"""Seconds after which the next raise sends what is held."""

LONG: Final = 0.001
"""Seconds that a raise waits at most for room at its receiver."""

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
        self._step = self._next = 0
        """How many raises are sent together, and how many are held when that is tried next."""
        self._hold = HOLD
        self.raises: list[_Held] = []
        self._between: dict[int, list[tuple[Raised, int]]] = {}
        """The raises without subscribers, with their size, by the serial of the held one before them."""
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
        compiled = subscribers.compiled
        if compiled is not None and compiled.many is None:
            return False
        started = self._clock()
        if started >= self._deadlines.next:  # subscriptions have to end first
            return False
        if compiled is None:
            return not subscribers.by_socket and self._take_without(subscribers, params)
        if compiled is not self._compiled or (encode := compiled.encode) is None:
            return self._begin_with(compiled, subscribers)
        dispatcher, held = self._dispatcher, self.raises
        dispatcher.serial = serial = dispatcher.serial + 1
        held.append((serial, self._wall(), params, encode(params, None), started))
        if len(held) >= self._next or started - held[0][4] >= self._hold:
            self._send_some(started)
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
        self._between.setdefault(self.raises[-1][0], []).append((record, params.text_size))
        self._others += 1
        if self._others >= MOST:
            self.flush()
        return True

    def _begin_with(self, compiled: CompiledPlan, subscribers: EventSubscribers) -> bool:
        """Return False, as the first raise with a plan is sent at once; the next ones may be held."""
        self.flush()
        self._hold = HOLD
        self._step = FEW if compiled.patient else min(MOST, MOST_NOTIFICATIONS // compiled.plan.size)
        self._served, self._next = subscribers, self._step
        self._compiled = compiled if self._step > 1 else None
        return False

    def flush(self) -> None:
        """Send what is held, and write its records. What finds no room is raised like one that is not held."""
        for serial, at, params, _, started in self._send_held():
            assert self._served is not None
            self._dispatcher.deliver(self._served, params, None, started, (serial, at))
            self._write_between(serial)

    def send_some(self) -> None:
        """Send what is held; only what finds no room may be held longer."""
        if self.raises:
            self._send_some(self._clock())

    def _send_some(self, now: float) -> None:
        """Send what is held. What finds no room is tried again after some raises, until it is old."""
        if (
            self._compiled is None
            or not self._compiled.patient
            or len(self.raises) >= MOST_WAITING
            or now - self.raises[0][4] >= LONG
        ):
            self.flush()
        else:
            self.raises = self._send_held()
        self._next = len(self.raises) + self._step
        self._hold = LONG if self.raises else HOLD

    def _send_held(self) -> list[_Held]:
        """Send what is held, and write the records of what was sent or failed; returns those that find no room."""
        held, compiled, served = self.raises, self._compiled, self._served
        if not held or compiled is None or served is None:
            return []
        self.raises = []
        rest: list[_Held] = []
        failed = _send(compiled, [payload for _, _, _, payload, _ in held])
        if failed and compiled.patient:
            held, rest = _with_room(held, failed)
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
            if self._between:
                self._write_between(serial)
        return rest

    def _write_between(self, serial: int) -> None:
        """Write the records of the raises without subscribers that came behind a held one."""
        for record, size in self._between.pop(serial, ()):
            self._others -= 1
            self._journal.append(record, size)


def _with_room(held: list[_Held], failed: Mapping[int, Sequence[tuple[int, str]]]) -> tuple[list[_Held], list[_Held]]:
    """Cut off the raises that found no room: from the first of them on nothing was sent."""
    for number in range(len(held)):
        if any(reason.startswith(BUSY) for _, reason in failed.get(number, ())):
            return held[:number], held[number:]
    return held, []


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
