"""The status of queued deliveries, which becomes known long after their raise was read.

A raise is read once, as one `Raised` record. Its deliveries over queued transports are not settled then; the result
of each arrives later, in a record of its own. Rows and forms that show a raise share one `QueuedDeliveries`, and
`DeliveryTracker` writes into it what those later records say.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias
from weakref import WeakValueDictionary

from msgspec import Struct

from evtui.core.records import (
    DispatchPlan,
    Expired,
    Outcome,
    Raised,
    RaiseKey,
    Record,
    Refreshed,
    Retrying,
    Settled,
    Subscribed,
    Unsubscribed,
    raise_key,
)
from evtui.core.values import Socket
from evtui.core.viewers.viewer_mark import is_viewer

MAX_RETRYING = 1024
"""Destinations that are remembered as being retried; the one that has been longest is forgotten first."""

DeliveryStatus: TypeAlias = Outcome | Literal["queued", "retrying"]
"""How a delivery stands: its outcome, or that it has none yet."""

RetryingBySocket: TypeAlias = dict[Socket, Retrying]


def is_of_viewer(record: Record) -> bool:
    """Say whether a record is a change of a viewer's subscription; a viewer renews each of them every 40 s."""
    match record:
        case Subscribed() | Refreshed() | Unsubscribed() | Expired():
            return is_viewer(record.subscription)
        case _:
            return False


class QueuedDeliveries(Struct, weakref=True):
    """The queued deliveries of one raise, by socket. All rows of the raise share it, and it changes with time."""

    plan: DispatchPlan
    retrying: RetryingBySocket
    """The destinations that are being retried, of all raises: one dict for all."""
    open: int
    """How many deliveries are not settled."""
    ends: dict[Socket, Settled] = {}
    number: int = 0
    """The number of the first row of the raise."""

    def status(self, socket: Socket) -> DeliveryStatus:
        """Return the status of the delivery to one socket."""
        if (end := self.ends.get(socket)) is not None:
            return end.outcome
        return "retrying" if socket in self.retrying else "queued"

    def retry(self, socket: Socket) -> Retrying | None:
        """Return the last failed attempt at the destination of a delivery, None when it is settled or not retried."""
        return None if socket in self.ends else self.retrying.get(socket)

    def stamp(self, socket: Socket) -> object:
        """Return a value that changes whenever the delivery to one socket has to be shown in another way."""
        if (end := self.ends.get(socket)) is not None:
            return end.outcome
        retry = self.retrying.get(socket)
        return None if retry is None else (retry.attempt, retry.reason)


class DeliveryTracker:
    """Finds the queued deliveries of a raise by its key, as long as a row or a form holds them."""

    def __init__(self) -> None:
        self._by_key: WeakValueDictionary[RaiseKey, QueuedDeliveries] = WeakValueDictionary()
        self._retrying: RetryingBySocket = {}
        self._first_serials: dict[str, int] = {}
        """The serial of the first raise of each server."""
        self.changed: set[RaiseKey] = set()
        """Keys of the raises of which a delivery was settled since this set was emptied last."""
        self.retrying_changed = False
        """Whether a destination began or ended to be retried: the status of any open delivery may have changed."""

    def of(self, record: Raised, number: int = 0) -> QueuedDeliveries | None:
        """Return the queued deliveries of a raise, the same each time; None when it has none.

        `number` is that of its first row, when it gets one.
        """
        if not record.plan.queued:
            return None
        key = raise_key(record)
        known = self._by_key.get(key)
        if known is None or known.plan is not record.plan:  # a later run, in the same recording, counts from 1 again
            known = QueuedDeliveries(record.plan, self._retrying, record.plan.queued, number=number)
            self._by_key[key] = known
        elif number:  # the form that raised it asked before
            known.number = number
        return known

    def numbers(self, keys: Iterable[RaiseKey], *, retrying: bool) -> Iterator[int]:
        """Return the numbers of the first rows of raises; with `retrying`, of all whose deliveries are open, too."""
        for key in keys:
            if (known := self._by_key.get(key)) is not None:
                yield known.number
        if retrying:
            yield from [known.number for known in self._by_key.values() if known.open]

    def take(self, record: Settled | Retrying) -> None:
        """Write down that a delivery was settled, or that an attempt at a destination failed.

        A destination is no longer retried as soon as a delivery to it was sent or acknowledged.
        """
        if isinstance(record, Retrying):
            self._remember_retry(record)
            return
        if record.outcome in {"sent", "acknowledged"} and self._retrying.pop(record.socket, None) is not None:
            self.retrying_changed = True
        key = raise_key(record)
        known = self._by_key.get(key)
        if known is not None and record.socket not in known.ends:
            known.ends[record.socket] = record
            known.open -= 1
            self.changed.add(key)

    def count_rows(self, records: Sequence[Record]) -> list[int]:
        """Count the rows that each record gets. A change of a viewer's subscription gets none.

        A settled delivery or a failed attempt changes the rows of its raise. It gets a row of its own only when there
        are none: the raise happened before this console began or before a restart, or the destination is the member of
        a virtual socket.
        """
        plans: dict[RaiseKey, DispatchPlan] = {}
        sizes: list[int] = []
        for record in records:
            if isinstance(record, Raised):
                self._first_serials.setdefault(record.server, record.serial)
                sizes.append(record.plan.size or 1)
                if record.plan.queued:
                    plans[raise_key(record)] = record.plan
            elif isinstance(record, Settled):
                key = raise_key(record)
                first = self._first_serials.get(key[0])
                is_older = first is None or record.serial < first
                sizes.append(is_older and key not in plans and key not in self._by_key)
            elif isinstance(record, Retrying):
                sizes.append(not self._has_rows(record, plans))
            else:
                sizes.append(not is_of_viewer(record))
        return sizes

    def _has_rows(self, record: Retrying, plans: dict[RaiseKey, DispatchPlan]) -> bool:
        for serial in (record.first, record.last):
            key = record.socket.server, serial
            known = self._by_key.get(key)
            plan = plans.get(key) if known is None else known.plan
            if plan is not None and any(record.socket in run.sockets for run in plan.groups if run.queued):
                return True
        return False

    def _remember_retry(self, record: Retrying) -> None:
        self._retrying.pop(record.socket, None)
        self._retrying[record.socket] = record
        self.retrying_changed = True
        while len(self._retrying) > MAX_RETRYING:
            del self._retrying[next(iter(self._retrying))]
