"""When a watch rule fires. Time is monotonic seconds; it is told with each row and each look at the clock.

A rule fires when its condition becomes true. While it stays true it fires again only after `every`. It has recovered
when its condition was not true for its calm time: then it can fire again. The calm time of `> 3 in 10 s` is these 10 s,
that of a queue 10 s; silence is over with the first row. Each step takes a time that does not depend on what came
before, and the rows that are remembered are at most those that the rule counts.
"""

import operator
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol, assert_never

from evtui.filters.rules.rule_types import OftenRule, QueueRule, Rule, SilenceRule

QUEUE_CALM: Final = 10.0
"""Seconds for which what waits has to be below the level of a rule until it has recovered."""

_ORDERS: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)


class _Condition(Protocol):
    def hit(self, now: float, rows: int) -> None:
        """Take rows that its filter shows."""
        ...

    def is_true(self, now: float) -> bool:
        """Say whether it holds now."""
        ...

    def is_calm(self, now: float) -> bool:
        """Say whether it did not hold for its calm time."""
        ...


class _Often:
    """Remembers when the newest rows came, as many as are enough."""

    def __init__(self, rule: OftenRule) -> None:
        self._within = rule.within
        self._times: deque[float] = deque(maxlen=rule.least)
        self._least = rule.least
        self._held_until: float | None = None
        """When the oldest of those that made it hold last leaves the window."""

    def hit(self, now: float, rows: int) -> None:
        for _ in range(min(rows, self._least)):
            self._times.append(now)
        if self.is_true(now):
            self._held_until = self._times[0] + self._within

    def is_true(self, now: float) -> bool:
        return len(self._times) == self._least and now - self._times[0] < self._within

    def is_calm(self, now: float) -> bool:
        return self._held_until is None or now - self._held_until >= self._within


class _Silence:
    """Remembers when the last row came; before the first one, when the rule began."""

    def __init__(self, rule: SilenceRule, now: float) -> None:
        self._span = rule.span
        self._last = now

    def hit(self, now: float, rows: int) -> None:  # noqa: ARG002 - other conditions count them
        self._last = now

    def is_true(self, now: float) -> bool:
        return now - self._last >= self._span

    def is_calm(self, now: float) -> bool:
        return not self.is_true(now)


class Queue:
    """Remembers since when what waits is beyond the level, or since when it is not."""

    def __init__(self, rule: QueueRule) -> None:
        self._rule = rule
        self._beyond: float | None = None
        self._within: float | None = None

    def look(self, now: float, queued: int | None, percent: float | None) -> None:
        """Take what waits: notifications, and percent of the bound; None is not told, and is not beyond anything."""
        value = percent if self._rule.is_percent else queued
        if value is not None and _ORDERS[self._rule.sign](value, self._rule.level):
            self._beyond, self._within = now if self._beyond is None else self._beyond, None
        else:
            self._beyond, self._within = None, now if self._within is None else self._within

    def hit(self, now: float, rows: int) -> None:
        """Take no rows: it looks at queues."""

    def is_true(self, now: float) -> bool:
        """Say whether it is beyond the level for long enough."""
        return self._beyond is not None and now - self._beyond >= self._rule.span

    def is_calm(self, now: float) -> bool:
        """Say whether it is not beyond it for long enough."""
        return self._within is not None and now - self._within >= QUEUE_CALM


class RuleState:
    """One rule with its past."""

    def __init__(self, rule: Rule, now: float) -> None:
        self.rule = rule
        self.is_firing = False
        """Whether it fired and has not recovered."""
        self.rows = 0
        """Rows that its filter showed."""
        self.fired = 0
        self.condition: _Condition = _condition(rule, now)
        self._fired_at = now

    def hit(self, now: float, rows: int) -> bool:
        """Take rows that its filter shows; returns whether it fires."""
        before = self.look(now)
        self.rows += rows
        self.condition.hit(now, rows)
        return self.look(now) or before

    def look(self, now: float) -> bool:
        """Take note of the time; returns whether it fires."""
        if self.condition.is_true(now):
            every = self.rule.every
            if self.is_firing and (every is None or now - self._fired_at < every):
                return False
            self.is_firing, self._fired_at = True, now
            self.fired += 1
            return True
        if self.is_firing and self.condition.is_calm(now):
            self.is_firing = False
        return False


def _condition(rule: Rule, now: float) -> _Condition:
    match rule.condition:
        case OftenRule():
            return _Often(rule.condition)
        case SilenceRule():
            return _Silence(rule.condition, now)
        case QueueRule():
            return Queue(rule.condition)
        case _:
            assert_never(rule.condition)
