"""This process as it describes itself at its start."""

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from evtui.core.known_versions import VERSION
from evtui.core.ports import Clock
from evtui.mi.commands.about import About, MemoryUse
from evtui.mi.load_meter import LoadMeter


def about_this_process(load: LoadMeter, wall: Clock, memory: Callable[[], MemoryUse | None]) -> About:
    """Describe the process that calls this, at its start; `wall` tells wall seconds."""
    system = f"{platform.machine()}/{platform.system().lower()}"
    server = f"evtui ({VERSION} ({system}))"
    return About(server, tuple(sys.argv), str(Path.cwd()), os.getpid(), wall(), wall, load, memory)
