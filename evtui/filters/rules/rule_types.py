"""The watch rules, as values."""

from typing import Final, TypeAlias

from msgspec import Struct

from evtui.filters.decisions import Filter

ONCE_SECONDS: Final = 60.0
"""A rule that is only a filter fires again after so many seconds without a row that it shows."""


class OftenRule(Struct, frozen=True, eq=False):
    """More than so many rows that a filter shows in so many seconds: `failed > 3 in 10 s`."""

    wanted: Filter
    least: int
    """The rows that are enough, from 1."""
    within: float


class SilenceRule(Struct, frozen=True, eq=False):
    """No row that a filter shows for so many seconds: `no E_HEARTBEAT for 60 s`."""

    wanted: Filter
    span: float


class QueueRule(Struct, frozen=True, eq=False):
    """What waits in all queues together: `queue > 80 %` of what they may hold, or `queue > 500` notifications."""

    sign: str
    level: float
    is_percent: bool
    span: float = 0.0
    """The seconds for which it has to be so."""


Condition: TypeAlias = OftenRule | SilenceRule | QueueRule


class Rule(Struct, frozen=True, eq=False):
    """A condition, and after how many seconds it is told again while it stays true; None is never."""

    text: str
    condition: Condition
    every: float | None = None
