"""The drafts that were sent in this session, to walk through as in a shell."""

from collections import deque
from typing import Final

from evtui.ui.raise_form.draft import Draft

MAX_DRAFTS: Final = 200
"""Drafts that are remembered; the oldest go first."""


class History:
    """Drafts, oldest first, and the place of whoever walks through them; the unsent draft waits at the end."""

    def __init__(self) -> None:
        self._drafts: deque[Draft] = deque(maxlen=MAX_DRAFTS)
        self._back = 0
        """How many drafts back from the unsent one."""
        self._unsent = Draft()

    def add(self, draft: Draft) -> None:
        """Remember a draft, once when it is the newest already, and stand behind it."""
        if not self._drafts or self._drafts[-1] != draft:
            self._drafts.append(draft)
        self._back = 0

    def rest(self) -> None:
        """Stand at the end again: what is shown now was edited."""
        self._back = 0

    def walk(self, current: Draft, step: int) -> Draft | None:
        """Go one draft back (1) or forward (-1); None when there is no further one."""
        target = self._back + step
        if not 0 <= target <= len(self._drafts):
            return None
        if self._back == 0:
            self._unsent = current
        self._back = target
        return self._drafts[-target] if target else self._unsent
