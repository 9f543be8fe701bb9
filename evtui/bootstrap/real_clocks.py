"""The real clocks of this process, for everything that reads the time, and the limit of its shutdown."""

import os
import threading
import time
from typing import Final

from evtui.core.clocks import Clocks


async def _sleep(seconds: float) -> None:
    import anyio  # on first use: a command that asks a server one question needs no event loop

    await anyio.sleep(seconds)


REAL_CLOCKS: Final = Clocks(time.monotonic, time.time, time.thread_time, _sleep)

SHUTDOWN_LIMIT: Final = 5.0
"""Seconds in which the whole program must stop."""


def limit_shutdown(limit: float = SHUTDOWN_LIMIT) -> None:
    """End the process with status 1 after `limit` seconds, even if a thread still runs, such as a name look-up."""
    timer = threading.Timer(limit, _exit, (limit,))
    timer.daemon = True
    timer.start()


def _exit(limit: float) -> None:
    import logging  # on first use: a client command writes no log

    running = [thread.name for thread in threading.enumerate() if thread is not threading.current_thread()]
    logging.getLogger(__name__).error(
        "not stopped after %g s: evtui ends while these threads run: %s", limit, ", ".join(running)
    )
    os._exit(1)
