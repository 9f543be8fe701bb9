"""What the process commands tell, passed in by whoever knows it."""

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
    """Tells wall seconds."""

    def uptime(self) -> dict[str, str]:
        """Tell when it is, since when we run, and the whole seconds between."""
        now = self.wall()
        return {
            "Now": time.ctime(now),
            "Up since": time.ctime(self.started),
            "Up time": f"{int(now) - int(self.started)} [sec]",
        }
