"""Raises that were refused: each is a record in the journal, and is counted."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from evtui.core.errors import NestingError
from evtui.core.ports import Clock
from evtui.core.records import RefusalCause, Refused
from evtui.core.values import MAX_EVENT_NAME, Params
from evtui.engine.journal import Journal
from evtui.engine.subscriptions.event_subscribers import EventSubscribers

MAX_REASON: Final = 500
"""Characters of a reason that are kept."""


class RefusedRaises:
    """Records and counts refused raises. `wall` tells wall seconds."""

    def __init__(self, journal: Journal, subscribers: Mapping[str, EventSubscribers], wall: Clock) -> None:
        self._journal = journal
        self._subscribers = subscribers
        self._wall = wall
        self.of_unknown = 0
        """Those of events that are not published."""
        self.by_cause: Counter[RefusalCause] = Counter()

    def add(self, name: str, params: Params, cause: RefusalCause, reason: str) -> None:
        """Record and count a raise that was refused. `reason` says in words what is wrong."""
        self.by_cause[cause] += 1
        subscribers = self._subscribers.get(name)
        if subscribers is None:
            self.of_unknown += 1
        else:
            subscribers.count_refused(is_nested=cause == "nested")
        record = Refused(self._wall(), name[:MAX_EVENT_NAME], params, reason[:MAX_REASON], cause)
        self._journal.append(record, params.text_size)

    def nested(self, name: str, params: Params, limit: int) -> NestingError:
        """Record and count a raise inside `limit` others, and return the error that says so."""
        error = NestingError(name, limit)
        self.add(name, params, "nested", str(error))
        return error
