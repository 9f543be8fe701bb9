"""When a flat file is full, and what the next one is called."""

import os
import re
import time
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Struct

Reason: TypeAlias = Literal["count", "size", "period", "mi"]
"""Why a file was rotated, as E_FLATSTORE_ROTATION says it."""

ASIDE: Final = ".%Y%m%d-%H%M%S"
"""What a full file is called when the configuration has no suffix: local time."""

_TIME = re.compile(r"\$time\(([^)]*)\)")


class Rotated(Struct, frozen=True):
    """A file was rotated: the parameters of E_FLATSTORE_ROTATION."""

    timestamp: int
    """Wall seconds."""
    reason: Reason
    filename: str
    """The file that is written now."""
    old_filename: str
    """Where the lines before are; empty when somebody else had moved them."""


class Rotation(Struct, frozen=True):
    """The bounds of a file, 0 for none, and the suffix of the names."""

    size: int = 0
    """Bytes: no file is larger, unless a single line is."""
    period: int = 0
    """Seconds, counted from when we opened the file; looked at when a line is written."""
    count: int = 0
    """Lines we wrote."""
    suffix: str | None = None
    """strftime's signs, also as `$time(SIGNS)`: the file that is written carries it, as in the reference.
    None: the written file keeps its name and a full one is moved aside."""

    def due(self, size: int, lines: int, age: float, line: int) -> Reason | None:
        """Say whether a file has to be rotated before a line of so many bytes is written into it."""
        if self.count and lines >= self.count:
            return "count"
        if self.size and size and size + line > self.size:
            return "size"
        return "period" if self.period and size and age >= self.period else None

    def name(self, path: str, now: float) -> str:
        """Return the name of the file that is written from now on."""
        return path if self.suffix is None else path + _stamp(_TIME.sub(r"\1", self.suffix), now)


def move_aside(path: str, now: float) -> str:
    """Rename a full file to a name that nobody has; returns it. raises OSError."""
    aside = free_name(path + _stamp(ASIDE, now))
    os.rename(path, aside)  # noqa: PTH104 - text: a name may hold bytes that are no UTF-8
    return aside


def free_name(path: str) -> str:
    """Return the path, or with `.1`, `.2` … behind it the first that does not exist."""
    found, number = path, 0
    while os.path.lexists(found):
        number += 1
        found = f"{path}.{number}"
    return found


def is_below(path: Path, roots: tuple[Path, ...]) -> bool:
    """Say whether a path without symbolic links is below one of the roots."""
    return any(path.is_relative_to(root.resolve()) for root in roots)


def _stamp(signs: str, now: float) -> str:
    return time.strftime(signs, time.localtime(now)).replace("/", "-")  # %D and %x write slashes
