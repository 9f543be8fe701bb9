"""What the tests start: processes with default signals, and reads that end."""

import signal
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import IO, Any, AnyStr

from tests.limits import HANG

_IGNORED_BY_OTHERS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def give_children_default_signals() -> None:
    """Give what this process starts default signals, also when the parent of this process ignores some.

    `nohup` ignores SIGHUP, and a shell ignores SIGINT and SIGQUIT of what it runs in the background. A child inherits
    that; a handler is not inherited. So a handler that does nothing takes the place of each ignored signal.
    """
    for number in _IGNORED_BY_OTHERS:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _ignore)


@contextmanager
def bounded(process: "subprocess.Popen[Any]", seconds: float = HANG) -> Generator[None]:
    """Kill a process that has not said within some seconds what a test reads: then the read ends too."""
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def read_line(process: "subprocess.Popen[AnyStr]", stream: IO[AnyStr] | None) -> AnyStr:
    """Read a line of a process; when it hangs it is killed, and what it wrote until then is returned."""
    assert stream is not None
    with bounded(process):
        return stream.readline()


def read_all(process: "subprocess.Popen[AnyStr]", stream: IO[AnyStr] | None) -> AnyStr:
    """Read what a process writes until it ends; when it hangs it is killed."""
    assert stream is not None
    with bounded(process):
        return stream.read()


def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass
