"""The garbage collector kept away from large trees: while a script is read and compiled, and afterwards."""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

MANY_OBJECTS: Final = 100_000
"""New objects from which a full collection would delay everything else noticeably."""


@contextmanager
def collection_disabled() -> Generator[None]:
    """Disable the garbage collector: to search a tree of a million nodes takes longer than to make it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def freeze_many() -> None:
    """Exempt all objects from garbage collection when many were made since the last collection.

    A full collection over a million nodes stops the program for a second. Reference counts still free the exempted
    objects, except those in reference cycles: code that drops such an object must break its cycles.
    """
    if gc.get_count()[0] > MANY_OBJECTS:
        gc.freeze()
