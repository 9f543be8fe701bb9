"""Facts about this process that the process commands show; bootstrap passes them in."""

import time

from msgspec import Struct

from evtui.core.ports import Clock


class About(Struct, frozen=True):
    """This process, as `version`, `uptime`, `arg`, `pwd` and `ps` show it."""

    server: str
    """`evtui (0.1.0 (x86_64/linux))`."""
    argv: tuple[str, ...]
    cwd: str
    pid: int
    started: float
    """Wall seconds."""
    wall: Clock
    """The clock of wall seconds."""

    def uptime(self) -> dict[str, str]:
        """Return the time now, the time of the start, and the whole seconds between."""
        now = self.wall()
        return {
            "Now": time.ctime(now),
            "Up since": time.ctime(self.started),
            "Up time": f"{int(now) - int(self.started)} [sec]",
        }
