"""The real clocks of this process, for everything that reads the time."""

import time
from typing import Final

import anyio

from evtui.core.clocks import Clocks

REAL_CLOCKS: Final = Clocks(time.monotonic, time.time, time.thread_time, anyio.sleep)
