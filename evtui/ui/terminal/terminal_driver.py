"""How the console ends when no key ended it: by a signal, without its terminal, by an uncaught error."""

import asyncio
import logging
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from typing import Any, Final, TextIO

from rich.text import Text
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.worker import WorkerFailed

from evtui.codecs.display_text import display_safe
from evtui.ui.terminal.terminal_input import TerminalInput

logger = logging.getLogger(__name__)

_READ: Final = 4096
_KEYS_AT_ONCE: Final = 8
"""Keys that are given to the console before it must have taken them: what else runs in its loop gets its turn."""
_TICK: Final = 0.1
"""Seconds after which a lone escape is looked for, as in Textual."""

_SIGNALS: Final = signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT

KILLED = 128
"""The exit status after a signal is this plus the number of the signal."""


class TerminalOutput:
    """The output of a terminal, which accepts what is written after the terminal has gone.

    The error would end Textual's writer thread, and closing the driver would wait for that thread for ever.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write a text, or nothing when the terminal has gone."""
        with suppress(OSError):
            return self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what was written, or nothing when the terminal has gone."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return the file descriptor of the terminal."""
        return self._file.fileno()


class TidyDriver(LinuxDriver):
    """Textual's driver for a terminal. It also clears the alternate screen before it leaves it.

    Otherwise tmux 3.3 shows the old content when its window was resized in between.
    """

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)  # pyright: ignore[reportUnknownMemberType]
        self._file: Any = TerminalOutput(self._file)

    def run_input_thread(self) -> None:
        """Pass on keys until the console ends. Textual's own loop ends the console at a byte that is not UTF-8."""
        terminal = TerminalInput()
        while not self.exit_event.is_set():
            readable, _, _ = select.select([self.fileno], [], [], _TICK)
            data = self._read_terminal() if readable else b""
            for number, message in enumerate(chain(terminal.read(data, final=not data), terminal.tick()), 1):
                if self.exit_event.is_set():
                    return
                self.process_message(message)
                if number % _KEYS_AT_ONCE == 0:
                    self._wait_for_console()
            if readable and not data:
                self.exit_event.wait(_TICK)

    def _wait_for_console(self) -> None:
        """Wait until the console has taken the keys so far: a flood of them waits in the terminal, not in the loop."""
        taken = threading.Event()
        self._app.call_later(taken.set)
        while not (taken.wait(_TICK) or self.exit_event.is_set()):
            pass

    def _read_terminal(self) -> bytes:
        try:
            return os.read(self.fileno, _READ)
        except OSError:  # it hung up: `terminal_is_gone` finds that
            return b""

    def stop_application_mode(self) -> None:
        """Restore the terminal."""
        self.write("\x1b[2J\x1b[H")
        super().stop_application_mode()

    def _sigcont_application(self, *_: object) -> None:
        """Begin again after a stop.

        SIGCONT also comes without one that the driver noticed: after SIGSTOP, and from a terminal that hangs up. Its
        threads run on then, and a second pair of them would never be ended.
        """
        if self._key_thread is None or not self._key_thread.is_alive():
            super()._sigcont_application()  # pyright: ignore[reportUnknownMemberType]
        elif self._auto_restart:
            self._loop.call_soon_threadsafe(self._take_terminal_again)

    def _take_terminal_again(self) -> None:
        if self._app.is_running and not terminal_is_gone():
            self.suspend_application_mode()
            self.resume_application_mode()
            self._app.refresh()

    def _get_terminal_size(self) -> tuple[int, int]:
        # Textual uses COLUMNS and LINES, which do not change with the window.
        try:
            size = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return (size.columns, size.lines) if size.columns and size.lines else super()._get_terminal_size()


async def watch_signals(leave: Callable[[int], object], reload: Callable[[], bool]) -> None:
    """Call `leave` with an exit status on a signal that ends the process; runs until cancelled.

    SIGHUP calls `reload` if the terminal still answers, and `leave` only when that returns that there is nothing to
    reload: a terminal that hangs up sends SIGHUP too. The terminals of screen and tmux may hang up only after the
    signal; `terminal_is_gone` finds that.
    """

    def receive(number: int) -> None:
        if not (number == signal.SIGHUP and _terminal_answers() and reload()):
            leave(KILLED + number)

    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, receive, number)
    try:
        await loop.create_future()  # until it is cancelled
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def terminal_is_gone() -> bool:
    """Say whether the terminal of stdin hung up. Reading it would then return nothing, again and again."""
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
    """Return the file descriptor of stdin, None when it is closed."""
    stdin = sys.__stdin__
    try:
        return None if stdin is None else stdin.fileno()
    except (OSError, ValueError):
        return None


def crash_report(error: BaseException | None) -> Text:
    """Log an error with its traceback, without local variables, and return the text that is shown."""
    if isinstance(error, WorkerFailed):
        error = error.error
    logger.critical("the console crashed", exc_info=error)
    what = "an unknown error" if error is None else f"{type(error).__name__}: {error}"
    advice = "Start it with --log-file FILE to keep the traceback of the next crash."
    return Text(f"evtui crashed: {display_safe(what, 500)}\n{advice}")
