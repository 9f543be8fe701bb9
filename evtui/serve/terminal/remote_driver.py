"""The driver of a console whose terminal is elsewhere: no file, no signal, no thread of this process belongs to it."""

from contextlib import ExitStack
from typing import Any, BinaryIO, Final, TextIO

import anyio
from rich.color import ColorSystem
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import (
    KITTY_DISAMBIGUATE_ESCAPE_CODES,
    KITTY_REPORT_ALL_KEYS,
    KITTY_REPORT_ASSOCIATED_TEXT,
)
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.messages import InBandWindowResize

from evtui.serve.terminal.colour_depth import writer_for
from evtui.serve.terminal.remote_terminal import RemoteTerminal
from evtui.ui.terminal.terminal_input import TerminalInput

_KITTY: Final = KITTY_DISAMBIGUATE_ESCAPE_CODES | KITTY_REPORT_ALL_KEYS | KITTY_REPORT_ASSOCIATED_TEXT

_MOUSE: Final = (1000, 1003, 1015, 1006)

BEGIN: Final = "".join(
    (
        "\x1b[?1049h",  # the alternate screen
        *(f"\x1b[?{mode}h" for mode in _MOUSE),
        "\x1b[?25l",  # no cursor
        "\x1b[?1004h",  # tell of the focus
        f"\x1b[>{_KITTY}u",
        "\x1b[?2026$p",  # ask for synchronised output
        "\x1b[?2004h",  # mark pasted texts
        "\x1b[?7l",  # do not wrap lines
    )
)
"""What makes a terminal ready, as Textual's own driver writes it."""

END: Final = "".join(
    (
        "\x1b[2J\x1b[H",
        "\x1b[?2004l",
        "\x1b[?7h",
        *(f"\x1b[?{mode}l" for mode in _MOUSE),
        "\x1b[<u",
        "\x1b[?1049l",
        "\x1b[?25h",
        "\x1b[?1004l",
    )
)
"""What restores it."""

_TICK: Final = 0.11
"""Seconds without a byte after which an escape is a key, and not the begin of a sequence: Textual waits for 0.1."""

_QUIET_TICKS: Final = 2
"""Looks after the last byte until nothing can be waiting for more."""

_KEYS_AT_ONCE: Final = 8
"""Keys that are given to the console before it must have taken them."""

_PATIENCE: Final = 1.0
"""Seconds until the next keys are given to a console that has not taken those before."""


class RemoteDriver(Driver):
    """Paints into a remote terminal, and gives the console what is typed there."""

    def __init__(
        self,
        app: App[Any],
        *,
        terminal: RemoteTerminal,
        depth: ColorSystem = ColorSystem.TRUECOLOR,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._terminal = terminal
        self._is_begun = False
        self._output: list[str] = []
        self._written = writer_for(depth)
        self._paused: ExitStack | None = None
        """Holds back what would be laid out and painted."""

    # The console's side

    def write(self, data: str) -> None:
        """Write a text; it is sent with the next `flush`, or at the end of the turn of the event loop."""
        if not self._output:
            self._loop.call_soon(self.flush)
        self._output.append(data)

    def flush(self) -> None:
        """Send what was written."""
        if self._output:
            text = "".join(self._output)
            self._output.clear()
            self._terminal.write(self._written(text).encode(errors="replace"))

    def start_application_mode(self) -> None:
        """Make the terminal ready."""
        self._is_begun = True
        self._terminal.near = self
        self.write(BEGIN)
        self.flush()
        self.resized()
        if not self._terminal.is_painted:
            self.pause()

    def stop_application_mode(self) -> None:
        """Restore the terminal."""
        if self._is_begun:
            self._is_begun = False
            self.write(END)
            self.flush()

    def disable_input(self) -> None:
        """Take no more keys."""
        self._terminal.near = None

    def close(self) -> None:
        """Send what is left."""
        self.flush()
        self._go_on()

    def send_message(self, message: Message) -> None:
        """Give the console a message: it runs in this event loop."""
        self._app.post_message(message)

    def process_message(self, message: Message) -> None:
        """Take what came in. The size is what the door says; one that is typed counts for nothing."""
        if not isinstance(message, Resize | InBandWindowResize):
            super().process_message(message)

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Open nothing: the browser would be one of the server's host."""

    def deliver_binary(self, binary: BinaryIO | TextIO, **_: Any) -> None:
        """Write no file: it would be one of the server's host."""
        binary.close()

    # The terminal's side

    def begin(self) -> None:
        """Make a terminal ready that was attached, and paint all."""
        if self._is_begun:
            self.write(BEGIN)
            self.paint()

    def pause(self) -> None:
        """Let the console lay out and paint nothing: all that changes waits for `paint`."""
        if self._paused is None:
            self._paused = ExitStack()
            self._paused.enter_context(self._app.batch_update())

    def paint(self) -> None:
        """Paint all anew, and go on painting."""
        self._app.call_later(self._paint_all)

    def resized(self) -> None:
        """Tell the console of the size."""
        size = Size(self._terminal.size.columns, self._terminal.size.lines)
        self.send_message(Resize(size, size))

    def _paint_all(self) -> None:
        if not self._terminal.is_painted:  # it was paused again meanwhile
            return
        self._go_on()
        if self._app.screen_stack:
            self._app.screen.refresh()

    def _go_on(self) -> None:
        if self._paused is not None:
            self._paused.close()
            self._paused = None

    # What is typed

    async def pass_keys(self) -> None:
        """Give the console what is typed, until the terminal hung up."""
        terminal, typed = self._terminal, TerminalInput()
        try:
            while not terminal.hung_up.is_set():
                await terminal.typed()
                await self._pass_burst(typed)
        finally:
            typed.close()

    async def _pass_burst(self, typed: TerminalInput) -> None:
        """Pass on what is there, and then what was waiting for more."""
        ticks = 0
        while ticks < _QUIET_TICKS or typed.is_in_paste:
            data = self._terminal.read()
            ticks = 0 if data else ticks + 1
            for number, message in enumerate(typed.read(data, final=not data), 1):
                self.process_message(message)
                if number % _KEYS_AT_ONCE == 0:
                    await self._taken()
            for message in typed.tick():
                self.process_message(message)
            if self._terminal.hung_up.is_set():
                return
            with anyio.move_on_after(_TICK):
                await self._terminal.typed()

    async def _taken(self) -> None:
        """Wait until the console has taken the keys so far: a flood of them waits in the terminal, not in its queue."""
        taken = anyio.Event()
        if self._app.call_later(taken.set):
            with anyio.move_on_after(_PATIENCE):
                await taken.wait()
