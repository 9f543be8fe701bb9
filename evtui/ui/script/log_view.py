"""The script's log without Textual: a bounded ring of lines, and a view of it that follows or stands still."""

from collections import deque
from typing import Final

from msgspec import Struct

from evtui.core.script_port import ScriptLogPart, ScriptLogRecord
from evtui.ui.state.follow_mode import FollowMode

LIMIT: Final = 5000
"""Lines in the ring."""


class LogLine(Struct, frozen=True, gc=False):
    """One record and its number since the console began."""

    number: int
    record: ScriptLogRecord


class LogView:
    """Lines, newest last. A full ring drops its oldest line; a view that stands still keeps its own copy."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.rows: deque[LogLine] = deque(maxlen=limit)
        self.view: deque[LogLine] = self.rows
        self.mode: FollowMode = "follow"
        self.numbered = 0
        self.new = 0
        """Lines since the view was frozen."""
        self.lost = 0
        """Records that left the log before the console read them."""
        self.cursor = 0
        """Where the next read of the log begins."""

    def take(self, part: ScriptLogPart) -> bool:
        """Add what was read; returns whether there was anything."""
        self.cursor = part.cursor
        self.lost += part.lost
        self.rows.extend(LogLine(self.numbered + place, record) for place, record in enumerate(part.records))
        self.numbered += len(part.records)
        if self.mode != "follow":
            self.new += len(part.records)
        return bool(part.records) or part.lost > 0

    def follow(self) -> None:
        """Let the view follow again, from the newest line on."""
        self.mode, self.view, self.new = "follow", self.rows, 0

    def freeze(self, mode: FollowMode) -> None:
        """Let the view stand still while the ring takes new lines."""
        if self.mode == "follow":
            self.view, self.new = self.rows.copy(), 0
        self.mode = mode

    def clear(self) -> None:
        """Empty the ring and the view; the numbers go on."""
        self.rows.clear()
        self.follow()
