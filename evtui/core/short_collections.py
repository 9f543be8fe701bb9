"""Keep garbage collections short: a full one searches all objects, and no client is served in that time.

Nearly all objects of a server stay: its code, its subscriptions, the consoles of viewers. They are exempted ("frozen")
when they have been searched once and that took long. Reference counts still free an exempted object, except in a
reference cycle. So all are searched again now and then while that is short, and when it is long only after there are
twice as many as the last search left: what is kept by mistake stays bounded, and the pauses are few.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from evtui.core.ports import Clock

LONGEST: Final = 0.02
"""Seconds of processor time of a full collection after which the objects that it found are exempted."""

SEARCH_ALL_AFTER: Final = 16
"""Long collections after which the exempted objects are searched again, once, if that is short or there are many."""

SHORT: Final = 0.1
"""Seconds of processor time that such a search may take."""

GROWTH: Final = 2
"""How many times as many objects as were left there are when all are searched however long it takes."""

_FIRST_GUESS: Final = 5e-7
"""Seconds for each object, before a search of all was measured."""


class _Staying:
    """Objects that are known to stay for some time, and to leave no reference cycles."""

    objects = 0


_STAYING: Final = _Staying()


@contextmanager
def objects_that_stay(objects: int) -> Generator[None]:
    """Let a number of objects that a block makes, and frees at its end, bring no search of all."""
    _STAYING.objects += objects
    try:
        yield
    finally:
        _STAYING.objects -= objects


class ShortCollections:
    """Watches the full collections of this process; `start` begins."""

    def __init__(self, clock: Clock, *, for_each: float = _FIRST_GUESS) -> None:
        """`clock` tells seconds of processor time; `for_each` is how many it takes to search an object, at first."""
        self._clock = clock
        self._began = 0.0
        self._long = 0
        self._left = 0
        """How many objects the last search of all left."""
        self._for_each = for_each
        self._searched = 0
        """How many objects are searched next, if that is all."""

    def start(self) -> None:
        """Exempt what there is, enable the garbage collector, and watch it."""
        gc.freeze()
        self._left = gc.get_freeze_count()
        gc.enable()
        gc.callbacks.append(self.watch)

    def watch(self, phase: str, info: dict[str, int]) -> None:
        """Note the begin or the end of a collection, as `gc.callbacks` tells of it."""
        if info["generation"] < 2:
            return
        if phase == "start":
            self._began = self._clock()
            return
        spent = self._clock() - self._began
        if self._searched:
            self._note_search(spent)
        elif spent > LONGEST:
            self._long += 1
            gc.freeze()
            if self._long % SEARCH_ALL_AFTER == 0:  # to count them takes a tenth of the time of a search
                self._search_if_due(gc.get_freeze_count())

    def _search_if_due(self, exempted: int) -> None:
        if exempted * self._for_each < SHORT or exempted - _STAYING.objects > GROWTH * self._left:
            self._searched = exempted
            gc.unfreeze()

    def _note_search(self, spent: float) -> None:
        self._for_each = spent / self._searched
        self._searched = 0
        gc.freeze()
        self._left = max(0, gc.get_freeze_count() - _STAYING.objects)
