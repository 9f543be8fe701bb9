"""Patterns as in a shell, for the names of events and for values: matched in bounded time, wherever they come from.

`fnmatch` reads a pattern in a time that grows with the square of its length, or faster: one of 10,000 `[` takes
seconds.
"""

import fnmatch
import re
from functools import lru_cache
from typing import Final

MAX_WILDCARD: Final = 256
"""Characters of the longest pattern. The name of an event has 64 bytes at most."""

_KEPT: Final = 256
"""Patterns that are kept compiled."""


def matches(text: str, pattern: str) -> bool:
    """Say whether a text matches a pattern, with upper and lower case apart.

    A pattern that is too long stands for itself alone.
    """
    if len(pattern) > MAX_WILDCARD:
        return text == pattern
    return _compiled(pattern).match(text) is not None


@lru_cache(maxsize=_KEPT)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern))
