"""Large trees that the garbage collector does not go over again and again: not while they grow, nor afterwards."""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

MUCH: Final = 100_000
"""Objects that a collection would be felt to go over."""


@contextmanager
def collections_off() -> Generator[None]:
    """Leave the garbage collector off: over a tree of a million nodes it takes longer than making them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def set_apart() -> None:
    """Leave all there is to reference counts when much was made since the last collection.

    A full collection over a million nodes stops everything for a second. What is set apart and refers to itself is
    never freed: whoever drops such a thing must break its circles.
    """
    if gc.get_count()[0] > MUCH:
        gc.freeze()
