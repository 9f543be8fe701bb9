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

_NEWS: Final = {"time", "event", "news"}
"""All members of an export's line about an event, such as that it was published."""

_TYPES: Final = frozenset(get_args(LineType)) - {"raised"}


class FoldedLines:
    """The raises that were seen."""

    def __init__(self, *, attributes_alone: bool = False) -> None:
        """With `attributes_alone` a line may hold the attributes themselves: few members show that evtui wrote it."""
        self._seen: dict[tuple[Json, str, str], None] = {}
        self._is_recording = not attributes_alone
        """Whether a `type` is that of a line of a recording, and not an attribute."""

    def why_skipped(self, members: Mapping[str, Json]) -> str | None:
        """Say why a line is not raised; None when it is a raise of its own.

        Only lines with a time are looked at: those that evtui wrote.
        """
        time, serial = members.get("time"), members.get("serial")
        if not isinstance(time, str | float | int):
            return None
        self._is_recording |= members.get("type") == "header" and "recording" in members
        if why := self._why_no_raise(members):
            return why
        if not isinstance(serial, int) or "params" not in members:
            return None
        key = serial, str(time), dumps(members.get("event"))
        if key in self._seen:
            return "the same raise as a line before"
        self._seen[key] = None
        if len(self._seen) > MAX_SERIALS:
            del self._seen[next(iter(self._seen))]
        return None

    def _why_no_raise(self, members: Mapping[str, Json]) -> str:
        """Say why a line is about no raise that was done; empty when it is about one."""
        kind, news = members.get("type"), members.get("news")
        if "params" in members:
            if members.get("test") is True or news == TEST_TEXT:
                return "a test notification"
            if isinstance(news, str) and news.startswith("refused"):
                return "a raise that was refused"
        elif _is_export_line(set(members)):
            return "not a raise"
        is_of_recording = self._is_recording or {"event", "socket"} <= set(members)
        return "not a raise" if is_of_recording and isinstance(kind, str) and kind in _TYPES else ""


def _is_export_line(names: set[str]) -> bool:
    """Say whether a line without parameters is one of an export: about a change, or the end of a delivery."""
    if {"event", "subscriber"} <= names:
        return bool({"news", "outcome"} & names)
    return names == _NEWS
