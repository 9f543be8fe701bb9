"""Read the text of a watch rule: a filter of `parse_filter`, with how often or how long. One grammar has both."""

import re
from typing import Any, Final

from evtui.core.errors import BadFilterError, BadRuleError
from evtui.filters.comparisons import OUTCOMES
from evtui.filters.decisions import Decision, Filter
from evtui.filters.filter_builder import FilterBuilder
from evtui.filters.filter_values import duration, number
from evtui.filters.parse_filter import build
from evtui.filters.rules.rule_types import ONCE_SECONDS, OftenRule, QueueRule, Rule, SilenceRule

_NO_TIME: Final = re.compile(r"([a-z-]{1,20})\s*>=?\s*[0-9]{1,20}", re.IGNORECASE)

MOST_ROWS: Final = 20_000
"""Rows that a rule counts at most: it remembers when each of them came."""

LONGEST_SPAN: Final = 7 * 86_400.0
SHORTEST_SPAN: Final = 0.1
"""Seconds of the longest and of the shortest time in a rule."""


def parse_rule(text: str, now: float) -> Rule:
    """Read a watch rule; `now` is the wall second that times of the day are read at.

    raises BadRuleError, and no other exception, whatever the text is.
    """
    try:
        condition, *every = build(text, "rule", _RuleBuilder(now, text.strip()))
    except BadFilterError as error:
        raise BadRuleError(error.column, error.why) from error
    return Rule(text.strip(), condition, *every)


class _RuleBuilder(FilterBuilder):
    """Called by the parser; the methods of filters are inherited."""

    def __init__(self, now: float, text: str) -> None:
        super().__init__(now)
        self._text = text

    def rule(self, parts: list[Any]) -> list[Any]:
        """Read a condition, and how often it is told again."""
        return [parts[0], *map(_span, parts[1:])]

    def often(self, parts: list[Any]) -> OftenRule:
        """Read a filter, a number of rows, and a time."""
        wanted, often, span = parts
        digits = often.lstrip(">= \t\r\n").replace(",", "").replace("_", "")
        least = (int(digits) if len(digits) < 9 else MOST_ROWS) + (0 if ">=" in often else 1)
        if not 1 <= least <= MOST_ROWS:
            raise BadFilterError(often.start_pos + 1, f"a rule counts 1 to {MOST_ROWS:,} rows")
        return OftenRule(self._filter(wanted), least, _span(span))

    def silent(self, parts: list[Any]) -> SilenceRule:
        """Read a filter and a time."""
        return SilenceRule(self._filter(parts[0]), _span(parts[1]))

    def queue(self, parts: list[Any]) -> QueueRule:
        """Read what waits in the queues, and a time."""
        level = parts[0]
        sign = level[:2] if level[1:2] == "=" else level[:1]
        digits = level[len(sign) :].replace(",", "").replace("_", "").strip()
        is_percent = digits.endswith("%")
        value = number(digits.rstrip("% \t\r\n"))
        if value is None or (is_percent and value > 100):
            raise BadFilterError(level.start_pos + 1, "queue compares with a number, or with 0 to 100 %")
        return QueueRule(sign, float(value), is_percent, *map(_span, parts[1:]))

    def once(self, parts: list[Any]) -> OftenRule:
        """Read a filter alone. `failed > 3` would be one of a parameter `failed`, which no one means."""
        alone = _NO_TIME.fullmatch(self._text)
        if alone is not None and alone[1].casefold() in OUTCOMES:
            raise BadFilterError(len(self._text) + 1, f"in what time is missing: {self._text} in 10 s")
        return OftenRule(self._filter(parts[0]), 1, ONCE_SECONDS)

    def _filter(self, decision: Decision) -> Filter:
        return Filter(self._text, decision)


def _span(token: Any) -> float:
    """Read a time in seconds; blanks before its unit are allowed."""
    try:
        seconds = duration("".join(token.split()).replace(",", ""))
    except ValueError as error:
        raise BadFilterError(token.start_pos + 1, "a time has one of the units ms, s, min, h and d: 10 s") from error
    if not SHORTEST_SPAN <= seconds <= LONGEST_SPAN:
        raise BadFilterError(token.start_pos + 1, "a time in a rule is 100 ms to 7 days")
    return seconds
