"""The terminal of a viewer: bytes in, bytes out, a size. A door is at its far end, a console at the near one.

The door calls `receive`, `resize`, `pause`, `resume`, `detach` and `hang_up` as it hears from the other side; the
driver of the console calls the rest. Both run in one event loop, and neither waits for the other:

- What is typed waits here, at most `MOST_TYPED` bytes of it: then the door is asked to read no more until the console
  has taken some.
- What is painted goes to the door at once. While the door says that the other side takes nothing, or there is no far
  end, the console lays out and paints nothing, at no size; afterwards it paints the whole screen, once. Other bytes,
  such as a copied text, wait, at most `MOST_WAITING` of them; more are dropped and counted.
"""

from collections import deque
from typing import Final, Protocol

from anyio import Event
from msgspec import Struct

MOST_TYPED: Final = 4 << 10
"""Bytes that were typed and that the console has not taken, from which on no more are read."""

MOST_WAITING: Final = 1 << 20
"""Bytes that wait for a far end that takes nothing; more are dropped."""

READ_AT_ONCE: Final = 1024


class TerminalSize(Struct, frozen=True):
    """Columns and lines of a terminal."""

    columns: int = 80
    lines: int = 24


SMALLEST: Final = TerminalSize(20, 5)
LARGEST: Final = TerminalSize(400, 150)
"""The sizes between which the console is drawn, whatever a terminal says that it has."""


def usable_size(columns: int, lines: int) -> TerminalSize:
    """Return the size at which the console is drawn; a terminal that says nothing (0) is taken for one of 80 by 24."""
    usual = TerminalSize()
    return TerminalSize(
        min(max(columns or usual.columns, SMALLEST.columns), LARGEST.columns),
        min(max(lines or usual.lines, SMALLEST.lines), LARGEST.lines),
    )


class FarEnd(Protocol):
    """What a door offers to the terminal of its viewer."""

    def write(self, data: bytes) -> None:
        """Send bytes; never waits. The door calls `pause` when it has too many that were not taken."""
        ...

    def pause_reading(self) -> None:
        """Read nothing more for now."""
        ...

    def resume_reading(self) -> None:
        """Read again."""
        ...


class NearEnd(Protocol):
    """What a console is to its terminal."""

    def begin(self) -> None:
        """Set up a terminal that was attached, and paint all."""
        ...

    def pause(self) -> None:
        """Paint nothing until `begin` or `paint`."""
        ...

    def paint(self) -> None:
        """Paint all anew, and go on painting."""
        ...

    def resized(self) -> None:
        """Take the size that the terminal has now."""
        ...


class RemoteTerminal:
    """Joins a far end and a near end. It outlives a far end that is lost: another one may be attached."""

    def __init__(self, size: TerminalSize) -> None:
        self.size = size
        self.near: NearEnd | None = None
        self._far: FarEnd | None = None
        self._is_paused = False
        self._is_reading = True
        self._is_size_new = False
        self._typed = bytearray()
        self._has_typed = Event()
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self.taken = 0
        """Bytes that the far end was given."""
        self.dropped = 0
        """Bytes that it did not get, because it took nothing for too long."""
        self.hung_up = Event()
        """Set when no far end will come again."""

    # What a door calls

    def attach(self, far: FarEnd, size: TerminalSize) -> None:
        """Take a far end, in the place of one before; the console is painted there."""
        self._far, self._is_paused, self._is_reading = far, False, True
        self._forget_waiting()
        self.resize(size)
        if self.near is not None:
            self.near.begin()

    def detach(self) -> None:
        """Lose the far end for now: the console goes on unseen."""
        self._far = None
        self._pause_near()

    def hang_up(self) -> None:
        """Lose the far end for good."""
        self.detach()
        self.hung_up.set()
        self._has_typed.set()

    def receive(self, data: bytes) -> None:
        """Take what was typed."""
        self._typed += data
        self._has_typed.set()
        if len(self._typed) >= MOST_TYPED and self._is_reading and self._far is not None:
            self._is_reading = False
            self._far.pause_reading()

    def resize(self, size: TerminalSize) -> None:
        """Take another size."""
        self._is_size_new |= size != self.size
        self.size = size
        self._tell_size()

    def pause(self) -> None:
        """The far end takes nothing more for now."""
        self._is_paused = True
        self._pause_near()

    def resume(self) -> None:
        """The far end takes bytes again: all is painted anew."""
        if not self._is_paused:
            return
        self._is_paused = False
        while self._waiting and not self._is_paused:
            data = self._waiting.popleft()
            self._waiting_bytes -= len(data)
            self._send(data)
        self._tell_size()
        if self.is_painted and self.near is not None:
            self.near.paint()

    # What the console calls

    @property
    def is_painted(self) -> bool:
        """Say whether what is painted now is seen."""
        return self._far is not None and not self._is_paused

    def write(self, data: bytes) -> None:
        """Send bytes, or let them wait for a far end that takes nothing now; without a far end they are lost."""
        if self._far is None:
            return
        if not self._is_paused:
            self._send(data)
        elif self._waiting_bytes + len(data) > MOST_WAITING:
            self.dropped += len(data)
        else:
            self._waiting.append(data)
            self._waiting_bytes += len(data)

    async def typed(self) -> None:
        """Wait until something is typed, or until it hung up."""
        if not self._typed and not self.hung_up.is_set():
            self._has_typed = Event()
            await self._has_typed.wait()

    def read(self) -> bytes:
        """Take some of what was typed; nothing when there is none."""
        data = bytes(self._typed[:READ_AT_ONCE])
        del self._typed[:READ_AT_ONCE]
        if not self._is_reading and len(self._typed) < MOST_TYPED // 2:
            self._is_reading = True
            if self._far is not None:
                self._far.resume_reading()
        return data

    def _pause_near(self) -> None:
        if self.near is not None:
            self.near.pause()

    def _tell_size(self) -> None:
        """Tell of a new size when it is seen: at each the console lays out all anew."""
        if self._is_size_new and self.is_painted and self.near is not None:
            self._is_size_new = False
            self.near.resized()

    def _send(self, data: bytes) -> None:
        if self._far is not None:
            self.taken += len(data)
            self._far.write(data)

    def _forget_waiting(self) -> None:
        self.dropped += self._waiting_bytes
        self._waiting.clear()
        self._waiting_bytes = 0
