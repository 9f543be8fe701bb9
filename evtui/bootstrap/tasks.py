"""Errors of task groups, and a limit for the shutdown."""

import logging
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, cast

SHUTDOWN_LIMIT: Final = 5.0
"""Seconds in which the whole program must stop."""

_log = logging.getLogger(__name__)


@contextmanager
def unwrap_lone_error() -> Generator[None]:
    """Raise the only error of a task group as itself, not in a group: callers need not know that tasks are used."""
    try:
        yield
    except BaseExceptionGroup as group:
        lone = _only_error(group)
        raise lone from lone.__cause__


def _only_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    if len(group.exceptions) != 1:
        return group
    error = group.exceptions[0]
    return (
        _only_error(cast("BaseExceptionGroup[BaseException]", error))
        if isinstance(error, BaseExceptionGroup)
        else error
    )


def limit_shutdown(limit: float = SHUTDOWN_LIMIT) -> None:
    """End the process with status 1 after `limit` seconds, even if a thread still runs, such as a name look-up."""
    timer = threading.Timer(limit, _exit, (limit,))
    timer.daemon = True
    timer.start()


def _exit(limit: float) -> None:
    running = [thread.name for thread in threading.enumerate() if thread is not threading.current_thread()]
    _log.error("not stopped after %g s, leaving %s", limit, ", ".join(running))
    os._exit(1)
