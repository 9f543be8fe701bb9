"""The ways out that nobody chose: signals, a terminal that went away, an error nobody caught."""

import logging
import os
import select
import signal
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

import anyio
from rich.text import Text
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.worker import WorkerFailed

from evtui.codecs.display_text import display_safe

logger = logging.getLogger(__name__)

KILLED = 128
"""An exit status for a signal is this and its number."""


class Outlet:
    """The terminal's output, which takes what is written after the terminal has gone.

    Textual's writer thread would die of the error, and closing the driver would wait for it for ever.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write a text, or nothing when nobody is there to read it."""
        with suppress(OSError):
            return self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what was written, as long as somebody is there."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return the handle of the terminal."""
        return self._file.fileno()


class TidyDriver(LinuxDriver):
    """Textual's driver for a terminal, which also empties the alternate screen before it leaves it.

    tmux 3.3 shows what stood there when its window was resized meanwhile.
    """

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)  # pyright: ignore[reportUnknownMemberType]
        self._file: Any = Outlet(self._file)

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self.write("\x1b[2J\x1b[H")
        super().stop_application_mode()

    def _get_terminal_size(self) -> tuple[int, int]:
        # Textual believes COLUMNS and LINES, which do not change when the window does.
        try:
            size = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return (size.columns, size.lines) if size.columns and size.lines else super()._get_terminal_size()


async def heed_signals(leave: Callable[[int], object], reload: Callable[[], object] | None) -> None:
    """Call `leave` with an exit status when the process is asked to end; runs until cancelled.

    SIGHUP asks to `reload`, as long as there is something to reload and a terminal: a terminal that hangs up sends it
    too. One that hangs up only after the signal, as those of screen and tmux may, is for who watches the terminal.
    """
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT) as received:
        async for number in received:
            if number == signal.SIGHUP and reload is not None and _terminal_answers():
                reload()
            else:
                leave(KILLED + number)


def terminal_is_gone() -> bool:
    """Say whether the terminal we read from hung up: reading it would then return nothing, at once, for ever."""
    handle = _handle()
    if handle is None:
        return False
    poll = select.poll()
    poll.register(handle, select.POLLHUP | select.POLLERR)
    return any(mask & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, mask in poll.poll(0))


def _terminal_answers() -> bool:
    handle = _handle()
    try:
        return handle is not None and bool(termios.tcgetattr(handle))
    except termios.error:  # EIO: it hung up
        return False


def _handle() -> int | None:
    """Return the handle of what we read from, None when it is closed."""
    stdin = sys.__stdin__
    try:
        return None if stdin is None else stdin.fileno()
    except (OSError, ValueError):
        return None


def crash_report(error: BaseException | None) -> Text:
    """Log an error with its traceback, without locals, and return the line a person sees."""
    if isinstance(error, WorkerFailed):
        error = error.error
    logger.critical("the console crashed", exc_info=error)
    what = "an unknown error" if error is None else f"{type(error).__name__}: {error}"
    return Text(f"evtui crashed: {display_safe(what, 500)}\n--log-file FILE keeps the traceback of the next time.")
