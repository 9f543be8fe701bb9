"""Keep garbage collections short: a full one searches all objects, and no client is served in that time.

Nearly all objects of a server stay: its code, its subscriptions. They are exempted ("frozen") when they have been
searched once and that took long. Reference counts still free an exempted object, except in a reference cycle, such as
that of an outbox whose subscription has ended. So now and then all are searched again.
"""

import gc
from typing import Final

from evtui.core.ports import Clock

LONGEST: Final = 0.02
"""Seconds of processor time of a full collection after which the objects that it found are exempted."""

SEARCH_ALL_AFTER: Final = 16
"""Long collections after which the exempted objects are searched again, once."""


class ShortCollections:
    """Watches the full collections of this process; `start` begins."""

    def __init__(self, clock: Clock) -> None:
        """`clock` tells seconds of processor time."""
        self._clock = clock
        self._began = 0.0
        self._long = 0

    def start(self) -> None:
        """Exempt what there is, enable the garbage collector, and watch it."""
        gc.freeze()
        gc.enable()
        gc.callbacks.append(self.watch)

    def watch(self, phase: str, info: dict[str, int]) -> None:
        """Note the begin or the end of a collection, as `gc.callbacks` tells of it."""
        if info["generation"] < 2:
            return
        if phase == "start":
            self._began = self._clock()
        elif self._clock() - self._began > LONGEST:
            self._long += 1
            if self._long % SEARCH_ALL_AFTER:
                gc.freeze()
            else:
                gc.unfreeze()
