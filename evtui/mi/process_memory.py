"""The memory of this process, as Linux tells it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evtui.mi.commands.about import MemoryUse

_SIZES: Final = re.compile(rb"^(VmHWM|VmRSS):\s*([0-9]+) kB$", re.MULTILINE)
_PROC: Final = Path("/proc/self")
_GROUPS: Final = Path("/sys/fs/cgroup")


class ProcessMemory:
    """Reads how much memory this process uses; the limit is read once."""

    def __init__(self, proc: Path = _PROC, groups: Path = _GROUPS) -> None:
        """`proc` has `status` and `cgroup` of this process, `groups` the control groups."""
        self._status = proc / "status"
        self._limit = min((_host_memory(), *_group_limits(proc / "cgroup", groups)))

    def use(self) -> MemoryUse | None:
        """Return the memory in use; None where the system does not tell."""
        try:
            sizes = {name: int(size) << 10 for name, size in _SIZES.findall(self._status.read_bytes())}
            return MemoryUse(self._limit, sizes[b"VmRSS"], sizes[b"VmHWM"])
        except (OSError, KeyError):
            return None


def _host_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _group_limits(own: Path, groups: Path) -> Iterator[int]:
    """Read the limits of the control group of this process, of version 1 or 2, and of those around it."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, path = line.split(":", 2)
        root, name = groups, "memory.max"
        if "memory" in controllers.split(","):
            root, name = groups / "memory", "memory.limit_in_bytes"
        elif number != "0":
            continue
        place = root / path.lstrip("/")
        for directory in (place, *place.parents):
            if not directory.is_relative_to(root):
                break
            yield from _read_limit(directory / name)


def _read_limit(file: Path) -> Iterator[int]:
    try:
        yield int(file.read_text())
    except (OSError, ValueError):  # no such file, or `max`: no limit
        return
