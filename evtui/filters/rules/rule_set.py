"""Watch rules together: records and the time go in, what fires comes out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from evtui.core.ports import Status
from evtui.core.records import Raised, Record, Retrying, Settled
from evtui.core.values import Socket
from evtui.filters.rules.counted_rows import CountedRecord, OpenRaises, RowCounter
from evtui.filters.rules.rule_state import Queue, RuleState
from evtui.filters.rules.rule_types import QueueRule, Rule

MAX_RULES: Final = 50
"""Rules at most."""


class Fired(Struct, frozen=True):
    """That a rule fired."""

    name: str
    text: str
    at: float
    """Wall seconds."""
    times: int
    """How often it has fired."""
    record: Record | None = None
    """What made it fire; None when that was the time or a queue."""
    socket: Socket | None = None
    """The subscriber of the delivery that made it fire."""


class WatchedRule:
    """A rule by its name: whether it is on, and its past."""

    def __init__(self, name: str, rule: Rule, raises: OpenRaises, now: float) -> None:
        self.name = name
        self.rule = rule
        self.is_on = True
        self.last_at: float | None = None
        """Wall seconds at which it fired last."""
        self.state = RuleState(rule, now)
        condition = rule.condition
        self.counter = None if isinstance(condition, QueueRule) else RowCounter(condition.wanted, raises)


class RuleSet:
    """All rules; at most `MAX_RULES`. `take` costs the number of rules for each record."""

    def __init__(self, rules: Mapping[str, Rule], now: float) -> None:
        """`now` is the monotonic second from which on silence counts."""
        self._raises = OpenRaises()
        self.rules = [WatchedRule(name, rule, self._raises, now) for name, rule in rules.items()]

    @property
    def asks_for_queues(self) -> bool:
        """Say whether a rule that is on looks at queues."""
        return any(each.is_on and each.counter is None for each in self.rules)

    def set_rule(self, name: str, rule: Rule, now: float) -> bool:
        """Add a rule, or put it in place of the one with its name; returns false when there are too many."""
        made = WatchedRule(name, rule, self._raises, now)
        for place, each in enumerate(self.rules):
            if each.name == name:
                self.rules[place] = made
                return True
        if len(self.rules) >= MAX_RULES:
            return False
        self.rules.append(made)
        return True

    def remove(self, name: str) -> None:
        """Take a rule away."""
        self.rules = [each for each in self.rules if each.name != name]

    def rename(self, name: str, other: str) -> None:
        """Give a rule another name; the rule that has it is taken away."""
        if name != other:
            self.remove(other)
            for each in self.rules:
                if each.name == name:
                    each.name = other

    def switch(self, name: str, now: float) -> None:
        """Switch a rule off, or on again with nothing remembered but how often it fired."""
        for each in self.rules:
            if each.name == name:
                each.is_on = not each.is_on
                fired = each.state.fired
                each.state = RuleState(each.rule, now)
                each.state.fired = fired

    def take(self, records: Sequence[Record], times: Sequence[float], wall: float) -> Iterator[Fired]:
        """Take records, each with the monotonic second at which it happened, oldest first; yields what fires."""
        watched = [(each, each.counter) for each in self.rules if each.is_on and each.counter is not None]
        for record, now in zip(records, times, strict=True):
            if isinstance(record, Raised):
                if record.is_test:
                    continue
                self._raises.take(record)
            counted, is_change = CountedRecord(record), isinstance(record, Settled | Retrying)
            for each, counter in watched:
                rows, socket = counter.count_change(counted, wall) if is_change else counter.count(counted, wall)
                if rows and each.state.hit(now, rows):
                    yield _fire(each, record.at, record, socket)

    def look(self, now: float, wall: float, status: Status | None = None) -> Iterator[Fired]:
        """Take note of the time, and of the queues if they are told; yields what fires."""
        for each in self.rules:
            if not each.is_on:
                continue
            condition = each.state.condition
            if isinstance(condition, Queue) and status is not None:
                condition.look(now, status.queued, percent_full(status))
            if each.state.look(now):
                yield _fire(each, wall)


def percent_full(status: Status) -> float | None:
    """Return what waits in all queues as percent of what they may hold; None when that is not told."""
    use = status.queue_use
    return 100 * use.bytes / use.limit if use.limit else None


def _fire(rule: WatchedRule, at: float, record: Record | None = None, socket: Socket | None = None) -> Fired:
    rule.last_at = at
    return Fired(rule.name, rule.rule.text, at, rule.state.fired, record, socket)
