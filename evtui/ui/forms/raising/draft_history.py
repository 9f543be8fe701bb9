"""The drafts that were sent, in this run and earlier ones, to go back to as in a shell."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from evtui.ui.forms.raising.raise_draft import RaiseDraft

MAX_DRAFTS: Final = 500
"""Drafts that are remembered; the oldest are forgotten first."""


class DraftHistory:
    """The sent drafts, oldest first, and the place in them; the draft that is not sent yet is behind the last."""

    def __init__(self) -> None:
        self._drafts: deque[RaiseDraft] = deque(maxlen=MAX_DRAFTS)
        self._back = 0
        """How many drafts the place is before the unsent one."""
        self._unsent = RaiseDraft()

    def add(self, draft: RaiseDraft) -> None:
        """Remember a draft that was sent, unless it is the newest already, and go to the end."""
        if not self._drafts or self._drafts[-1] != draft:
            self._drafts.append(draft)
        self._back = 0

    def begin_with(self, earlier: Sequence[RaiseDraft]) -> None:
        """Put the drafts of earlier runs, oldest first, before those of this one."""
        kept = [*earlier, *self._drafts]
        self._drafts = deque(kept[-MAX_DRAFTS:], maxlen=MAX_DRAFTS)

    def newest_first(self) -> tuple[RaiseDraft, ...]:
        """List the drafts without repeats, newest first."""
        return tuple(dict.fromkeys(reversed(self._drafts)))

    def rest(self) -> None:
        """Go to the end: the draft that is shown was edited."""
        self._back = 0

    def walk(self, current: RaiseDraft, step: int) -> RaiseDraft | None:
        """Go one draft back (1) or forward (-1) and return it, None when there is none."""
        target = self._back + step
        if not 0 <= target <= len(self._drafts):
            return None
        if self._back == 0:
            self._unsent = current
        self._back = target
        return self._drafts[-target] if target else self._unsent
