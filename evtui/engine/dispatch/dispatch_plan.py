"""Dispatch plans, compiled: whom a raise of one event serves, and the calls that do it.

A plan is compiled at the first raise after the subscriptions of an event changed, and used by all raises until they
change again. Neighbours whose sinks have the same group and the same codec become one call, so that 10,000 UDP
subscribers cost a few system calls. Subscriptions with a queue come after them, each with a call of its own. Each codec
of the plan writes the payload once, for all subscribers that get it.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import Final, Protocol

from evtui.codecs.jsonrpc import Pairs
from evtui.codecs.payload import EventEncoder, ManyEncoder, event_encoder, many_encoder
from evtui.core.ports import Clock
from evtui.core.records import DispatchGroup, DispatchPlan, Failure
from evtui.core.transport import FanOut, ManyFanOut, Sink, SinkGroup
from evtui.core.values import Params
from evtui.engine.destination import NotificationQueue
from evtui.engine.journal import LATENCY_COST
from evtui.engine.outbox.outbox import Outbox
from evtui.engine.subscriptions.active_subscription import ActiveSubscription

_log = logging.getLogger(__name__)

NO_FAILURES: Final[tuple[Failure, ...]] = ()


class ManyGroup(SinkGroup, Protocol):
    """A group that can send several payloads by one call."""

    def fan_out_many(self, sinks: Sequence[Sink], fan_out: FanOut) -> ManyFanOut | None:
        """Compile sinks, and their call for one payload, into such a call; None: it would save nothing."""
        ...


class CompiledPlan:
    """A plan with the calls that carry it out; `queue_latencies` stand for the groups that are only queued."""

    __slots__ = (
        "_encode_many",
        "_event",
        "_holds_queues",
        "_make_many",
        "_many",
        "encode",
        "encoders",
        "fan_outs",
        "in_place",
        "lone",
        "outboxes",
        "plan",
        "queue_latencies",
        "queues",
        "record_cost",
    )

    def __init__(
        self,
        event: str,
        plan: DispatchPlan,
        encoders: tuple[EventEncoder, ...],
        fan_outs: tuple[tuple[FanOut, int], ...],
        queues: tuple[tuple[NotificationQueue, int], ...],
        make_many: Callable[[], ManyFanOut | None] | None,
    ) -> None:
        """The numbers beside the calls are places in `encoders`; `make_many` makes the call for many payloads."""
        self._event = event
        self.plan = plan
        self.encoders = encoders
        self.fan_outs = fan_outs
        self.queues = queues
        self.encode = encoders[0] if len(encoders) == 1 else None
        """The codec of a plan that has one."""
        self._encode_many: ManyEncoder | None = None
        self.lone = fan_outs[0][0] if len(fan_outs) == 1 and not queues else None
        """The call of a plan that has one and no queue."""
        self._make_many = make_many if len(fan_outs) == 1 else None
        self._many: ManyFanOut | None = None
        outboxes = [queue for queue, _ in queues if isinstance(queue, Outbox) and not queue.is_durable]
        self.outboxes = tuple(outboxes)
        """The queues of a plan that may be held."""
        self._holds_queues = len(encoders) == 1 and len(outboxes) == len(queues)
        self.queue_latencies: tuple[float, ...] = (0.0,) * len(queues)
        self.record_cost = max(0, len(fan_outs) + len(queues) - 1) * LATENCY_COST
        """Bytes that a record with this plan counts for the latencies of its groups, besides the first."""
        direct = (socket.scheme for group in plan.groups if not group.queued for socket in group.sockets)
        self.in_place = Counter(direct)
        """The subscribers that are served in place, by scheme."""

    @property
    def encode_many(self) -> ManyEncoder:
        """Return the codec of a plan that has one, for many raises."""
        if self._encode_many is None:
            self._encode_many = many_encoder(self.plan.codecs[0], self._event)
        return self._encode_many

    @property
    def many(self) -> ManyFanOut | None:
        """Return the call of a plan that has one, for many payloads; None where its transport has no such call.

        It is made when it is first asked for: most plans never need it.
        """
        if self._make_many is not None:
            self._many, self._make_many = self._make_many(), None
        return self._many

    @property
    def holds(self) -> bool:
        """Say whether raises with this plan may leave together: it runs no script, and keeps nothing on disk."""
        return self._holds_queues and (not self.fan_outs or self.many is not None)

    def encode_all(self, params: Params, pairs: Pairs | None) -> tuple[tuple[bytes, ...], int]:
        """Write the payload of each codec; returns them, and the bytes that a record counts for them."""
        payloads = tuple([encode(params, pairs) for encode in self.encoders])
        return payloads, self.record_cost + (sum(map(len, payloads)) if payloads else params.text_size)

    def send_to_groups(
        self, payloads: Sequence[bytes], clock: Clock, started: float
    ) -> tuple[tuple[float, ...], tuple[Failure, ...]]:
        """Send in place to all groups; returns the latency of each group since `started`, and what failed."""
        latencies: list[float] = []
        failures: tuple[Failure, ...] = ()
        for send, codec in self.fan_outs:
            try:
                failed = send(payloads[codec])
            except Exception as error:  # noqa: BLE001 - a transport's bug must not reach the caller
                failed = failed_group(self.plan.groups[len(latencies)], error)
            if failed:
                failures += failures_of(len(latencies), failed)
            latencies.append(clock() - started)
        return (*latencies, *self.queue_latencies), failures


def failures_of(group: int, failed: Sequence[tuple[int, str]]) -> tuple[Failure, ...]:
    """Write down which deliveries of a group failed: what its call returned."""
    return tuple([Failure(group, place, reason) for place, reason in failed])


def compile_plan(event: str, newest_first: Sequence[ActiveSubscription]) -> CompiledPlan:
    """Compile the plan of subscriptions in the order they are served; notes in each which group it belongs to."""
    codecs: dict[str, int] = {}
    groups: list[DispatchGroup] = []
    fan_outs: list[tuple[FanOut, int]] = []
    make_many: Callable[[], ManyFanOut | None] | None = None
    queues: list[tuple[NotificationQueue, int]] = []
    direct = [(each, sink) for each in newest_first if (sink := each.destination.sink) is not None]
    for number, (_, neighbours) in enumerate(groupby(direct, _served_together)):
        members = list(neighbours)
        first, first_sink = members[0]
        codec = codecs.setdefault(first.codec, len(codecs))
        for subscription, _ in members:
            subscription.group_number = number
        groups.append(DispatchGroup(tuple(each.subscription.socket for each, _ in members), codec))
        sinks = [sink for _, sink in members]
        fan_out = first_sink.group.fan_out(sinks)
        fan_outs.append((fan_out, codec))
        make = getattr(first_sink.group, "fan_out_many", None)  # a `ManyGroup`, asked in a tenth of the time
        make_many = None if make is None else partial(make, sinks, fan_out)
    for each in newest_first:
        if (queue := each.destination.queue) is not None:
            codec = codecs.setdefault(each.codec, len(codecs))
            groups.append(DispatchGroup((each.subscription.socket,), codec, queued=True))
            queues.append((queue, codec))
    plan = DispatchPlan(tuple(codecs), tuple(groups), len(newest_first), len(queues))
    encoders = tuple([event_encoder(codec, event) for codec in codecs])
    return CompiledPlan(event, plan, encoders, tuple(fan_outs), tuple(queues), make_many)


def _served_together(item: tuple[ActiveSubscription, Sink]) -> tuple[object, str]:
    subscription, sink = item
    return sink.group, subscription.codec


def failed_group(group: DispatchGroup, error: Exception) -> list[tuple[int, str]]:
    """Log that a transport failed to send, and return the failure of each subscriber of the group."""
    _log.warning("a transport failed to send %s", group.sockets[0], exc_info=error)
    reason = f"{type(error).__name__}: {error}"
    return [(place, reason) for place in range(len(group.sockets))]
