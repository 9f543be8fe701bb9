"""Finds the lines of exports and recordings that are not raises of their own.

An export has a line for each delivery of a raise, and lines for changes of subscriptions and deliveries; a recording
has lines of other types. Raising each of them again would raise once for every subscriber.
"""

from collections.abc import Mapping
from typing import Final, get_args

from evtui.codecs.jsonvalue import Json, dumps
from evtui.codecs.recording.line_types import LineType
from evtui.filters.record_facts import TEST_TEXT

MAX_SERIALS: Final = 100_000
"""Raises that are remembered. The deliveries of one stand next to each other."""

_TYPES: Final = frozenset(get_args(LineType)) - {"raised"}


class FoldedLines:
    """The raises that were seen."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Json, str, str], None] = {}

    def why_skipped(self, members: Mapping[str, Json]) -> str | None:
        """Say why a line is not raised; None when it is a raise of its own.

        Only lines with a time are looked at: those that evtui wrote.
        """
        time, serial = members.get("time"), members.get("serial")
        if not isinstance(time, str | float | int):
            return None
        if (why := _why_no_raise(members)) or not isinstance(serial, int):
            return why or None
        key = serial, str(time), dumps(members.get("event"))
        if key in self._seen:
            return "the same raise as a line before"
        self._seen[key] = None
        if len(self._seen) > MAX_SERIALS:
            del self._seen[next(iter(self._seen))]
        return None


def _why_no_raise(members: Mapping[str, Json]) -> str:
    """Say why a line is about no raise that was done; empty when it is about one."""
    if members.get("test") is True or members.get("news") == TEST_TEXT:
        return "a test notification"
    if members.get("type") in _TYPES or ("params" not in members and {"serial", "news", "outcome"} & set(members)):
        return "not a raise"
    is_refused = "params" in members and str(members.get("news", "")).startswith("refused")
    return "a raise that was refused" if is_refused else ""
