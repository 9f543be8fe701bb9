"""What became of the queued deliveries of a raise: written when their records come, long after the raise was read."""

from collections.abc import Sequence
from typing import Literal, TypeAlias
from weakref import WeakValueDictionary

from msgspec import Struct

from evtui.core.records import DispatchPlan, Outcome, Raised, Record, Retrying, Settled
from evtui.core.values import Socket

MAX_TROUBLES = 1024
"""Destinations whose trouble is remembered; the one that had it longest is forgotten first."""

Standing: TypeAlias = Outcome | Literal["queued", "retrying"]
"""How a delivery stands: ended in one way, or still under way."""

Troubles: TypeAlias = dict[Socket, Retrying]


class DeliveryStatus(Struct, weakref=True):
    """The queued deliveries of one raise, by socket. Shared by its rows, and changes while they are shown."""

    plan: DispatchPlan
    troubles: Troubles
    """Of all destinations: shared by all fates."""
    open: int
    """How many have not ended."""
    ends: dict[Socket, Settled] = {}

    def standing(self, socket: Socket) -> Standing:
        """Say how the delivery to one socket stands."""
        if (end := self.ends.get(socket)) is not None:
            return end.outcome
        return "retrying" if socket in self.troubles else "queued"

    def trouble(self, socket: Socket) -> Retrying | None:
        """Return why the delivery to one socket is held up, None when it is not or has ended."""
        return None if socket in self.ends else self.troubles.get(socket)

    def stamp(self, socket: Socket) -> object:
        """Return what differs as soon as the delivery to one socket is shown in another way."""
        if (end := self.ends.get(socket)) is not None:
            return end.outcome
        trouble = self.troubles.get(socket)
        return None if trouble is None else (trouble.attempt, trouble.reason)


class DeliveryStatuses:
    """Finds the fate of a raise by its serial, for as long as a row or a form holds it."""

    def __init__(self) -> None:
        self._fates: WeakValueDictionary[int, DeliveryStatus] = WeakValueDictionary()
        self._troubles: Troubles = {}
        self._first: int | None = None
        self.changed: set[int] = set()
        """Serials of raises that stand otherwise than when this was emptied last."""
        self.shaken = False
        """Whether a destination came into trouble or out of it: any delivery may stand otherwise."""

    def of(self, record: Raised) -> DeliveryStatus | None:
        """Return the fate of a raise, a new one when it is new; None when nobody was queued."""
        if not record.plan.waiting:
            return None
        fate = self._fates.get(record.serial)
        if fate is None:
            fate = self._fates[record.serial] = DeliveryStatus(record.plan, self._troubles, record.plan.waiting)
        return fate

    def take(self, record: Settled | Retrying) -> None:
        """Write an end into its fate; take note of a destination's trouble, which a delivery to it ends."""
        if isinstance(record, Retrying):
            self._remember(record)
            return
        if record.outcome in {"sent", "acknowledged"} and self._troubles.pop(record.socket, None) is not None:
            self.shaken = True
        fate = self._fates.get(record.serial)
        if fate is not None and record.socket not in fate.ends:
            fate.ends[record.socket] = record
            fate.open -= 1
            self.changed.add(record.serial)

    def sizes(self, records: Sequence[Record]) -> list[int]:
        """Count the rows each record gets of its own.

        An end or a trouble gets one only when the raise it belongs to was never seen: it happened before this console
        began, or before a restart; and the trouble of one member of a virtual socket, which no row is about.
        """
        plans: dict[int, DispatchPlan] = {}
        sizes: list[int] = []
        for record in records:
            if isinstance(record, Raised):
                if self._first is None:
                    self._first = record.serial
                sizes.append(record.plan.size or 1)
                if record.plan.waiting:
                    plans[record.serial] = record.plan
            elif isinstance(record, Settled):
                old = self._first is None or record.serial < self._first
                sizes.append(old and record.serial not in plans and record.serial not in self._fates)
            elif isinstance(record, Retrying):
                sizes.append(not self._on_hand(record, plans))
            else:
                sizes.append(1)
        return sizes

    def _on_hand(self, record: Retrying, plans: dict[int, DispatchPlan]) -> bool:
        for serial in (record.first, record.last):
            fate = self._fates.get(serial)
            plan = plans.get(serial) if fate is None else fate.plan
            if plan is not None and any(record.socket in run.sockets for run in plan.runs if run.waits):
                return True
        return False

    def _remember(self, record: Retrying) -> None:
        self._troubles.pop(record.socket, None)
        self._troubles[record.socket] = record
        self.shaken = True
        while len(self._troubles) > MAX_TROUBLES:
            del self._troubles[next(iter(self._troubles))]
