"""What is wrong in a watch rule while it is typed, and what may be written in it."""

from collections.abc import Sequence

from evtui.core.errors import BadRuleError
from evtui.core.ports import Clock
from evtui.filters.filter_suggestions import Suggestion
from evtui.filters.filter_values import quoted
from evtui.filters.rules.parse_rule import parse_rule
from evtui.filters.rules.rule_types import Rule
from evtui.ui.stream.filters.filter_typing import FilterTyping
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_rows import StreamRow, event_of, reason_of, socket_of


class RuleTyping:
    """Knows the language of rules; satisfies `widgets.prompt.TypingAid`."""

    def __init__(self, filters: FilterTyping, wall: Clock) -> None:
        """`filters` knows the names and values of the records."""
        self._filters = filters
        self._wall = wall

    def read(self, text: str) -> Rule:
        """Read a rule. raises BadRuleError."""
        return parse_rule(text, self._wall())

    def problem(self, text: str) -> BadRuleError | None:
        """Say what is wrong in a rule; nothing while there is no text."""
        if not text.strip():
            return None
        try:
            self.read(text)
        except BadRuleError as error:
            return error
        return None

    def usable(self, text: str) -> str | None:
        """Return the text when it is a rule; an unfinished one is of no use."""
        return text if self.problem(text) is None else None

    def offers(self, text: str, cursor: int) -> Sequence[Suggestion]:
        """List what may be written at the cursor."""
        return self._filters.offers(text, cursor)


def proposed_rule(filters: StreamFilter, row: StreamRow | None, event: str | None) -> str:
    """Propose a rule of the filters that are on, of a row, or of an event."""
    shown = [part.wanted.text for part in filters.parts if part.mode == "in" and part.origin != "marked"]
    if shown:
        text = shown[0] if len(shown) == 1 else " and ".join(f"({each})" for each in shown)
        return f"{text} > 3 in 10 s"
    if row is not None:
        return f"{_row_filter(row)} > 3 in 10 s"
    return "failed > 3 in 10 s" if event is None else f"no event={quoted(event)} for 60 s"


def _row_filter(row: StreamRow) -> str:
    """Write a filter that shows a row and those like it."""
    parts = [f"event={quoted(event)}"] if (event := event_of(row)) else []
    if reason_of(row) is not None and (socket := socket_of(row)) is not None:
        parts += [f"to={quoted(str(socket))}", "failed"]
    return " ".join(parts) or "failed"
