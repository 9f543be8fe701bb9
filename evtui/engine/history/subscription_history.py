"""What happened to each subscription, also after it has ended, in bounded memory.

The journal forgets a subscription when enough events are raised. This history forgets only when other subscriptions
change: it keeps `MAX_CHANGES` changes in all, and forgets first the subscription whose last change is the oldest.
Renewals that follow each other are one change with a count, so a client that renews for days needs one. Of a wildcard
subscription only its last change is kept: it tells why an event that was published later found no subscriber.
"""

from collections import OrderedDict
from typing import Final, TypeAlias

from msgspec import Struct

from evtui.core.records import Expired, Refreshed, Subscribed, Unsubscribed
from evtui.core.values import Socket
from evtui.engine.journal import Journal

MAX_CHANGES: Final = 20_000
"""Changes that are kept of all subscriptions."""

MAX_OF_ONE: Final = 100
"""Changes that are kept of one subscription."""

SubscriptionRecord: TypeAlias = Subscribed | Refreshed | Unsubscribed | Expired


class Change(Struct, frozen=True, gc=False):
    """One change of a subscription, or several renewals that followed each other."""

    record: SubscriptionRecord
    """The last one."""
    first_at: float
    """Wall seconds of the first one."""
    place: int
    """Records that were written to the journal before the first one."""
    count: int = 1


class SubscriptionHistory:
    """The changes of each subscription."""

    def __init__(self, journal: Journal, most: int = MAX_CHANGES) -> None:
        self._journal = journal
        self._most = most
        self._kept = 0
        self._by_key: OrderedDict[tuple[str, Socket], tuple[tuple[Change, ...], Change]] = OrderedDict()
        """The earlier changes of each subscription, and its last one, which a renewal replaces."""
        self._wildcards: OrderedDict[Socket, OrderedDict[str, SubscriptionRecord]] = OrderedDict()
        self._wildcards_kept = 0

    def tell(self, record: SubscriptionRecord) -> None:
        """Write a change to the journal, and keep it."""
        self._add(record, self._journal.written)
        self._journal.append(record)

    def note_wildcard(self, record: SubscriptionRecord) -> None:
        """Keep what happened last to a wildcard subscription, whose event is the pattern."""
        socket, pattern = record.subscription.socket, record.subscription.event
        own = self._wildcards.pop(socket, None) or OrderedDict()
        self._wildcards[socket] = own
        self._wildcards_kept += pattern not in own
        own[pattern] = record
        own.move_to_end(pattern)
        if len(own) > MAX_OF_ONE:
            own.popitem(last=False)
            self._wildcards_kept -= 1
        while self._wildcards_kept > self._most and len(self._wildcards) > 1:
            self._wildcards_kept -= len(self._wildcards.popitem(last=False)[1])

    def wildcards(self, socket: Socket) -> tuple[SubscriptionRecord, ...]:
        """Return what happened last to each wildcard subscription of a socket, the latest at the end."""
        own = self._wildcards.get(socket)
        return () if own is None else tuple(own.values())

    def of(self, event: str, socket: Socket) -> tuple[Change, ...]:
        """Return the changes of a subscription, oldest first."""
        kept = self._by_key.get((event, socket))
        return () if kept is None else (*kept[0], kept[1])

    def last_socket(self, event: str) -> Socket | None:
        """Return the socket whose subscription to an event changed last; None when none is remembered."""
        return next((socket for name, socket in reversed(self._by_key) if name == event), None)

    def find(self, event: str, shown: str) -> Socket | None:
        """Find the socket that a listing prints like a text."""
        return next((socket for name, socket in self._by_key if name == event and str(socket) == shown), None)

    def __len__(self) -> int:
        return self._kept

    def _add(self, record: SubscriptionRecord, place: int) -> None:
        key = record.subscription.event, record.subscription.socket
        # Tuples, which the garbage collector does not search: there is one for each subscription.
        by_key = self._by_key
        kept = by_key.get(key)
        if kept is None:
            by_key[key] = (), Change(record, record.at, place)
            self._kept += 1
        else:
            by_key.move_to_end(key)
            earlier, last = kept
            if isinstance(record, Refreshed) and isinstance(last.record, Refreshed):
                by_key[key] = earlier, Change(record, last.first_at, last.place, last.count + 1)
                return
            if len(earlier) == MAX_OF_ONE - 1:
                earlier = earlier[1:]
            else:
                self._kept += 1
            by_key[key] = (*earlier, last), Change(record, record.at, place)
        while self._kept > self._most and len(by_key) > 1:
            self._forget()

    def _forget(self) -> None:
        """Forget the subscription whose last change is the oldest."""
        _, (earlier, _) = self._by_key.popitem(last=False)
        self._kept -= len(earlier) + 1
