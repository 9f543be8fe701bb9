"""Painted lines that are small: each of their caches is made when something is kept in it.

Textual makes seven for each line (`Strip`), of which most stay empty: a third of the memory of a console, and of the
objects that the garbage collector searches.
"""

from typing import Any, Final, cast

import textual.strip
from textual.cache import FIFOCache
from textual.strip import Strip

_CACHES: Final = tuple(name for name in Strip.__slots__ if name.endswith("_cache") and name != "_render_cache")


class _CacheOnUse:
    """Stands for a slot of a line: holds the size of the cache until that is used."""

    def __init__(self, slot: Any) -> None:
        self._slot = slot

    def __get__(self, strip: Strip | None, owner: type[Strip]) -> Any:
        if strip is None:
            return self
        held = self._slot.__get__(strip)
        if type(held) is int:
            held = FIFOCache[Any, Any](held)
            self._slot.__set__(strip, held)
        return held

    def __set__(self, strip: Strip, held: object) -> None:
        self._slot.__set__(strip, held)


def lighten_strips() -> None:
    """Let the lines that are painted from now on in this process be small."""
    if not isinstance(vars(Strip)[_CACHES[0]], _CacheOnUse):
        cast("Any", textual.strip).FIFOCache = _size
        for name in _CACHES:
            setattr(Strip, name, _CacheOnUse(vars(Strip)[name]))


def _size(maxsize: int) -> int:
    """Stand for a cache of this size."""
    return maxsize
