"""What is wrong in a filter while it is typed, and what may be written in it."""

from collections.abc import Callable, Sequence
from typing import Final

from evtui.core.errors import BadFilterError
from evtui.core.ports import Clock
from evtui.core.records import Record
from evtui.filters.decisions import Filter
from evtui.filters.filter_suggestions import Suggestion, suggest
from evtui.filters.parse_filter import load_language, parse_filter

_UNFINISHED: Final = 6
"""Pieces at the end of a filter that may be unfinished."""


class FilterTyping:
    """Knows the filter language and the records; satisfies `widgets.prompt.TypingAid`."""

    def __init__(self, records: Callable[[], Sequence[Record]], wall: Clock) -> None:
        """`records` returns those that names and values are suggested from, oldest first."""
        self._records = records
        self._wall = wall

    async def load(self) -> None:
        """Load the language in a thread, so that the first letter that is typed need not wait for it."""
        from anyio import to_thread  # on first use: the console is painted before it is loaded

        await to_thread.run_sync(load_language)

    def read(self, text: str) -> Filter | None:
        """Read a filter; None when it is blank. raises BadFilterError."""
        return parse_filter(text, self._wall()) if text.strip() else None

    def problem(self, text: str) -> BadFilterError | None:
        """Say what is wrong in a filter; what is wrong before an open bracket ends rather than that it is open."""
        error = self._error(text)
        if error is not None and error.column > len(text.rstrip()):
            within = self._error(_closed(text))
            if within is not None and within.column <= len(text.rstrip()):
                return within
        return error

    def usable(self, text: str) -> str | None:
        """Return the text as far as it is a filter, while its end is still being typed; None when it is wrong.

        `event=E_CALL and not` is as far as that `event=E_CALL`.
        """
        for _ in range(_UNFINISHED):
            error = self.problem(text)
            if error is None:
                return text
            if error.column <= len(text.rstrip()):
                return None
            if self._error(_closed(text)) is None:
                return _closed(text)
            text = _without_last_piece(text)
        return None

    def offers(self, text: str, cursor: int) -> Sequence[Suggestion]:
        """List what may be written at the cursor."""
        return suggest(text, cursor, self._records())

    def _error(self, text: str) -> BadFilterError | None:
        try:
            self.read(text)
        except BadFilterError as error:
            return error
        return None


def _closed(text: str) -> str:
    """Return a text with its brackets closed, as far as they are not in quotes."""
    return text + ")" * max(0, text.count("(") - text.count(")"))


def _without_last_piece(text: str) -> str:
    """Leave out the last word, comparison or opening bracket of a text."""
    kept = text.rstrip()
    if kept.endswith("("):
        return kept[:-1]
    end = len(kept)
    while end and not kept[end - 1].isspace() and kept[end - 1] not in "()":
        end -= 1
    return kept[:end] if end < len(kept) else text
