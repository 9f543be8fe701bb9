"""Facts about this process that the process commands and the statistics show; bootstrap passes them in."""

import time
from collections.abc import Callable

from msgspec import Struct

from evtui.core.ports import Clock
from evtui.mi.load_meter import LoadMeter


class MemoryUse(Struct, frozen=True):
    """The memory of this process, in bytes."""

    limit: int
    """What it may use: the memory of the host, or less where its control group sets a limit."""
    used: int
    """What is in use now: its resident memory."""
    peak: int
    """The most that was in use."""


class About(Struct, frozen=True):
    """This process, as `version`, `uptime`, `arg`, `pwd`, `ps` and `get_statistics` show it."""

    server: str
    """`evtui (0.1.0 (x86_64/linux))`."""
    argv: tuple[str, ...]
    cwd: str
    pid: int
    started: float
    """Wall seconds."""
    wall: Clock
    """The clock of wall seconds."""
    load: LoadMeter | None = None
    memory: Callable[[], MemoryUse | None] = lambda: None
    """None where the system does not tell."""

    def seconds_up(self) -> int:
        """Return the whole seconds since the start."""
        return int(self.wall()) - int(self.started)

    def uptime(self) -> dict[str, str]:
        """Return the time now, the time of the start, and the whole seconds between."""
        return {
            "Now": time.ctime(self.wall()),
            "Up since": time.ctime(self.started),
            "Up time": f"{self.seconds_up()} [sec]",
        }
