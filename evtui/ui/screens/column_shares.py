"""The columns of a grid of panes: how much of the width each has, and how a key gives one of them more."""

from collections.abc import Sequence
from typing import Final, Generic

from evtui.ui.panes import PaneName

STEP: Final = 4
"""Percent of the width that one key press moves."""

LEAST: Final = 16
"""Percent of the width that every column keeps."""


class ColumnShares(Generic[PaneName]):
    """The columns of one layout from left to right: the panes in each, and its share of the width in percent."""

    def __init__(self, columns: Sequence[tuple[Sequence[PaneName], int]]) -> None:
        self._first = [share for _, share in columns]
        self.shares = [*self._first]
        self.are_changed = False
        """Whether a key changed any: until then the style sheet says how wide the columns are."""
        self._panes = [panes for panes, _ in columns]

    def widen(self, pane: PaneName, steps: int) -> bool:
        """Give the column of a pane more of the width of its neighbours, or less; returns whether there was room.

        What one step takes, a step back returns: a column between two takes from both alike.
        """
        place = next((number for number, panes in enumerate(self._panes) if pane in panes), None)
        if place is None:
            return False
        neighbours = [number for number in (place - 1, place + 1) if 0 <= number < len(self.shares)]
        wanted = list(self.shares)
        for neighbour in neighbours:
            part = steps * STEP // len(neighbours)
            wanted[neighbour] -= part
            wanted[place] += part
        if min(wanted) < LEAST:
            return False
        self.shares, self.are_changed = wanted, True
        return True

    def reset(self) -> bool:
        """Give each column the width that it has at the first start; returns whether one had another."""
        was_other = self.shares != self._first
        self.shares = [*self._first]
        return was_other

    def take(self, shares: Sequence[int]) -> None:
        """Take the widths that a key gave the columns in an earlier console; wrong ones have no effect."""
        if len(shares) == len(self.shares) and sum(shares) == sum(self.shares) and min(shares) >= LEAST:
            self.shares, self.are_changed = [*shares], True

    @property
    def grid_columns(self) -> str | None:
        """Write the widths as a style; None as long as no key changed them."""
        return " ".join(f"{share}fr" for share in self.shares) if self.are_changed else None
