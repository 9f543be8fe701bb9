"""The dispatcher: serves the subscribers of one raise, as the dispatch plan of the event says, and records it."""

from typing import Final

from evtui.codecs.jsonrpc import Pairs
from evtui.core.ports import Clock
from evtui.core.records import Raised
from evtui.core.transport import Notification
from evtui.core.values import Params
from evtui.engine.dispatch.dispatch_plan import NO_FAILURES, CompiledPlan, failed_group, failures_of
from evtui.engine.journal import FAILURE_COST, PLAN_COST, Journal
from evtui.engine.numbering import Numbering
from evtui.engine.outbox.busy_sinks import BusySinks, Served
from evtui.engine.subscriptions.event_subscribers import EventSubscribers

MAX_NESTED: Final = 100
"""Raises that may be under way inside each other (docs/opensips-behaviour.md 2.2)."""


class EventDispatcher:
    """Serves subscribers. `clock` is monotonic, `wall` tells wall seconds."""

    def __init__(self, numbering: Numbering, journal: Journal, busy: BusySinks, clock: Clock, wall: Clock) -> None:
        self.origin = numbering.origin
        self.serial = numbering.last
        """The serial of the last raise."""
        self.depth = 0
        """Raises within each other, by local handlers. A script run that waits takes its depth with it."""
        self._journal = journal
        self._busy = busy
        self._clock, self._wall = clock, wall

    def next_notification(self) -> tuple[str, int]:
        """Return the run of the engine and the serial of one more notification."""
        self.serial += 1
        return self.origin, self.serial

    def deliver(self, subscribers: EventSubscribers, params: Params, pairs: Pairs | None, started: float) -> Raised:
        """Do the steps 2 to 6 of a raise, which began at `started`."""
        if subscribers.waiting:
            self.end_waiting(subscribers, started)
        self.serial = serial = self.serial + 1
        at, event = self._wall(), subscribers.event.name
        compiled = subscribers.compiled or self.compile(subscribers)
        if (encode := compiled.encode) is not None:  # the usual case, for speed without lists
            payloads: tuple[bytes, ...] = (encode(params, pairs),)
            size = compiled.record_cost + len(payloads[0])
        else:
            payloads, size = compiled.encode_all(params, pairs)
        self.depth += 1
        latencies, failures = compiled.queue_latencies, NO_FAILURES
        if (send := compiled.lone) is not None:  # the usual case, too
            try:
                failed = send(payloads[0])
            except Exception as error:  # noqa: BLE001 - a transport's bug must not reach the caller
                failed = failed_group(compiled.plan.groups[0], error)
            latencies = (self._clock() - started,)
            failures = failures_of(0, failed) if failed else NO_FAILURES
        elif compiled.fan_outs:
            latencies, failures = compiled.send_to_groups(payloads, self._clock, started)
        if failures:
            outcome = Served(compiled, payloads, latencies, failures)
            record = self.record_served(subscribers, (serial, at, params), outcome, size)
            self.depth -= 1
            return record
        record = Raised(serial, at, event, params, compiled.plan, payloads, latencies, failures)
        subscribers.counters.raised += 1
        subscribers.counters.last = record
        self._journal.append(record, size)
        for queue, codec in compiled.queues:
            queue.put(Notification(self.origin, serial, at, event, params, payloads[codec]))
        self.depth -= 1
        return record

    def end_waiting(self, subscribers: EventSubscribers, now: float) -> None:
        """Let the queues of receivers without room send what they can, and end those that were empty for a while."""
        self._busy.end_due(subscribers, now)

    def record_served(
        self, subscribers: EventSubscribers, raised: tuple[int, float, Params], served: Served, size: int
    ) -> Raised:
        """Record a raise that was served in place, and queue it; a failure that may wait for room counts as queued.

        `raised`: its serial, wall seconds and parameters; `size`: bytes that its record counts without the failures.
        """
        serial, at, params = raised
        if served.failures:
            served = self._busy.take_failures(subscribers, served)
        compiled, payloads, latencies, failures = served
        record = Raised(serial, at, subscribers.event.name, params, compiled.plan, payloads, latencies, failures)
        subscribers.counters.raised += 1
        subscribers.counters.last = record
        self._journal.append(record, size + len(failures) * FAILURE_COST)
        for queue, codec in compiled.queues:
            queue.put(Notification(self.origin, serial, at, record.event, params, payloads[codec]))
        return record

    def compile(self, subscribers: EventSubscribers) -> CompiledPlan:
        """Compile the plan anew; the next record counts it."""
        compiled = subscribers.compile()
        self._journal.charge(compiled.plan.size * PLAN_COST)
        return compiled
