"""Errors out of task groups, and a shutdown that ends."""

import logging
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, cast

SHUTDOWN_LIMIT: Final = 5.0
"""Seconds everything together may take to stop."""

_log = logging.getLogger(__name__)


@contextmanager
def lone_error() -> Generator[None]:
    """Raise a lone error of a task group as itself, as a caller who knows of no tasks expects."""
    try:
        yield
    except BaseExceptionGroup as group:
        lone = _lone(group)
        raise lone from lone.__cause__


def _lone(group: BaseExceptionGroup[BaseException]) -> BaseException:
    if len(group.exceptions) != 1:
        return group
    error = group.exceptions[0]
    return _lone(cast("BaseExceptionGroup[BaseException]", error)) if isinstance(error, BaseExceptionGroup) else error


def limit_shutdown(limit: float = SHUTDOWN_LIMIT) -> None:
    """End the process after `limit` seconds whatever still runs, such as a name server that does not answer."""
    timer = threading.Timer(limit, _give_up, (limit,))
    timer.daemon = True
    timer.start()


def _give_up(limit: float) -> None:
    left = [thread.name for thread in threading.enumerate() if thread is not threading.current_thread()]
    _log.error("not stopped after %g s, leaving %s", limit, ", ".join(left))
    os._exit(1)
