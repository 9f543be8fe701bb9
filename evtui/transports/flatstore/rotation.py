"""When a flat file is rotated, and the name of the next one."""

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Struct

Reason: TypeAlias = Literal["count", "size", "period", "mi"]
"""Why a file was rotated; a parameter of E_FLATSTORE_ROTATION."""

ROTATION_EVENT: Final = "E_FLATSTORE_ROTATION"

ASIDE: Final = ".%Y%m%d-%H%M%S"
"""What is added to the name of a full file when the configuration has no suffix: local time."""

_TIME = re.compile(r"\$time\(([^)]{0,200})\)")


class Rotated(Struct, frozen=True):
    """A file was rotated: the parameters of E_FLATSTORE_ROTATION."""

    timestamp: int
    """Wall seconds."""
    reason: Reason
    filename: str
    """The file that is written from now on."""
    old_filename: str
    """Where the earlier lines are; empty when another program had moved the file."""

    def params(self) -> Mapping[str, int | str]:
        """Return the parameters of E_FLATSTORE_ROTATION, in the order of OpenSIPS."""
        return {
            "timestamp": self.timestamp,
            "reason": self.reason,
            "filename": self.filename,
            "old_filename": self.old_filename,
        }


class Rotation(Struct, frozen=True):
    """The bounds of a file, 0 for none, and the suffix of the names."""

    size: int = 0
    """Bytes. A file is larger only when a single line is."""
    period: int = 0
    """Seconds since the file was opened; checked when a line is written."""
    count: int = 0
    """Lines that were written by this process."""
    suffix: str | None = None
    """A strftime format, also as `$time(FORMAT)`: added to the name of the file that is written, as in OpenSIPS.
    None: the written file keeps its name, and a full one is renamed."""

    def due(self, size: int, lines: int, age: float, line: int) -> Reason | None:
        """Return why a file must be rotated before a line of `line` bytes is written into it; None when it need not."""
        if self.count and lines >= self.count:
            return "count"
        if self.size and size and size + line > self.size:
            return "size"
        return "period" if self.period and size and age >= self.period else None

    def name(self, path: str, now: float) -> str:
        """Return the name of the file that is written from now on."""
        return path if self.suffix is None else path + _stamp(_TIME.sub(r"\1", self.suffix), now)


def move_aside(path: str, now: float) -> str:
    """Rename a full file to a name that does not exist yet; returns the name. raises OSError."""
    aside = free_name(path + _stamp(ASIDE, now))
    os.rename(path, aside)  # noqa: PTH104 - text: a name may hold bytes that are not UTF-8
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


def _stamp(format_: str, now: float) -> str:
    return time.strftime(format_, time.localtime(now)).replace("/", "-")  # %D and %x write slashes
