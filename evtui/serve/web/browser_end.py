"""The far end of a terminal that is a web page: what is painted goes over a WebSocket, no faster than it is painted.

The page says how many bytes it has painted. When more than `WINDOW` are under way, the console paints nothing until the
page has painted half of them; then it paints the whole screen once. So a slow page, or a slow way to it, delays only
itself, and what waits for it here is at most the window and one painting.
"""

from typing import Final

import anyio
from aiohttp import web

from evtui.core.errors import BadMessageError
from evtui.serve.terminal.remote_terminal import RemoteTerminal, TerminalSize

WINDOW: Final = 256 << 10
"""Bytes under way to a page, from which on its console is painted no more."""

LONGEST_SENT: Final = 32 << 10
"""Bytes of the longest message to a page."""

SIZE_PAUSE: Final = 0.1
"""Seconds from one change of the size to the next: each makes the console draw everything anew."""

_LAST_WORDS: Final = 5.0
"""Seconds in which a page must take what is left when its session is over."""


class BrowserEnd:
    """Satisfies `remote_terminal.FarEnd`."""

    def __init__(self, socket: web.WebSocketResponse, terminal: RemoteTerminal) -> None:
        self._socket = socket
        self._terminal = terminal
        self._given = self._acknowledged = 0
        self._waiting = bytearray()
        self._has_bytes = anyio.Event()
        self._may_read = anyio.Event()
        self._may_read.set()
        self._size = terminal.size
        self._has_size = anyio.Event()

    # What the terminal calls

    def write(self, data: bytes) -> None:
        """Let bytes wait for `send`."""
        self._waiting += data
        self._given += len(data)
        self._has_bytes.set()
        if self._given - self._acknowledged > WINDOW:
            self._terminal.pause()

    def pause_reading(self) -> None:
        """Let `until_read` wait."""
        self._may_read = anyio.Event()

    def resume_reading(self) -> None:
        """End the waiting."""
        self._may_read.set()

    # What the door calls

    def acknowledge(self, painted: int) -> None:
        """Take note of what the page has painted so far. raises BadMessageError: more than it was given, or less."""
        if not self._acknowledged <= painted <= self._given:
            raise BadMessageError("a page says that it painted what it was not sent")
        self._acknowledged = painted
        if self._given - painted <= WINDOW // 2:
            self._terminal.resume()

    def resize(self, size: TerminalSize) -> None:
        """Let a size wait for `pass_sizes`; only the last one counts."""
        self._size = size
        self._has_size.set()

    async def until_read(self) -> None:
        """Wait until the console has taken what was typed."""
        await self._may_read.wait()

    async def pass_sizes(self) -> None:
        """Give the terminal its sizes, until cancelled."""
        while True:
            await self._has_size.wait()
            self._has_size = anyio.Event()
            self._terminal.resize(self._size)
            await anyio.sleep(SIZE_PAUSE)

    async def send(self) -> None:
        """Send what is written, until cancelled. raises ConnectionError: the page has gone."""
        while True:
            await self._has_bytes.wait()
            await self._send_waiting()

    async def send_rest(self, last: str) -> None:
        """Send what is left and a last message, if the page takes them in time."""
        with anyio.move_on_after(_LAST_WORDS):
            await self._send_waiting()
            await self._socket.send_str(last)

    async def _send_waiting(self) -> None:
        while self._waiting:
            part = bytes(self._waiting[:LONGEST_SENT])
            del self._waiting[:LONGEST_SENT]
            await self._socket.send_bytes(part)
        self._has_bytes = anyio.Event()
