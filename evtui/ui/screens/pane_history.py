"""The panes that were active before, for the way back."""

from collections import deque
from typing import Generic

from evtui.ui.panes import PaneName

MAX_VISITS = 32
"""Panes that are remembered; the oldest are forgotten first."""


class PaneHistory(Generic[PaneName]):
    """The panes that were left, the last one first to come back."""

    def __init__(self) -> None:
        self._left: deque[PaneName] = deque(maxlen=MAX_VISITS)

    def leave(self, pane: PaneName) -> None:
        """Remember a pane that is left for another."""
        self._left.append(pane)

    def back(self) -> PaneName | None:
        """Return the pane that was left last and forget it, None when there is none."""
        return self._left.pop() if self._left else None
