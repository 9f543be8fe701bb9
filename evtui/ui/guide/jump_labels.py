"""The letters that stand for panes and lines while one of them is chosen by its letters."""

from collections.abc import Collection, Sequence
from itertools import product
from typing import Final

from evtui.ui.panes import PANES, SCRIPT_PANES, AnyPane, pane_number

HOME_ROW: Final = "asdfghjkl"
LETTERS: Final = HOME_ROW + "qwertyuiopzxcvbnm"
"""In the order in which they are given out: where the fingers lie comes first."""

_NUMBERED: Final[frozenset[AnyPane]] = frozenset((*PANES, *SCRIPT_PANES))


def pane_letters(panes: Sequence[AnyPane]) -> dict[str, str]:
    """Return the letters of the panes of one screen: those with a number have the same one at each time."""
    letters: dict[str, str] = {pane: HOME_ROW[pane_number(pane) - 1] for pane in panes if pane in _NUMBERED}
    free = [letter for letter in LETTERS if letter not in letters.values()]
    return letters | dict(zip((pane for pane in panes if pane not in letters), free, strict=False))


def line_letters(count: int, taken: Collection[str]) -> list[str]:
    """Return letters for some lines, from the first line on: one each, or two each where one is not enough.

    None begins with a letter that is `taken`, so that no letters are the begin of others. Lines that are more than all
    pairs of letters get none: the list is shorter then.
    """
    free = [letter for letter in LETTERS if letter not in taken]
    if count <= len(free):
        return free[:count]
    seconds = HOME_ROW if count <= len(free) * len(HOME_ROW) else LETTERS
    return ["".join(pair) for pair in product(free, seconds)][:count]
