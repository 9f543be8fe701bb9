"""Parts of Textual that are freed as soon as nothing needs them, and not when a garbage collection finds their cycles.

With 50 consoles there are some thousand a second. Textual remembers in each painted line (`Strip`) how it was divided,
and in a line that is not divided a reference to itself. The entries of its caches refer to each other, also when a
cache was cleared.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from textual.cache import LRUCache
from textual.strip import Strip

_divide = Strip.divide
_clear = LRUCache[Any, Any].clear


def break_cycles_early() -> None:
    """Let these parts of Textual leave no reference cycles, in this process."""
    Strip.divide = _divide_parts  # type: ignore[method-assign, assignment]
    LRUCache.clear = _clear_entries  # type: ignore[method-assign, assignment]


def _divide_parts(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    places = [*cuts]
    return [strip] if places == [strip.cell_length] else _divide(strip, places)


def _clear_entries(cache: LRUCache[Any, Any]) -> None:
    for entry in cache._cache.values():  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        entry.clear()
    _clear(cache)
