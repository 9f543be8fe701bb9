"""Large trees made without the collector going over them again and again while they grow."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


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
