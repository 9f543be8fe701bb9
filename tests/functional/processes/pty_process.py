"""A process on a pseudo-terminal, of which every byte is kept."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Final

from tests.limits import HANG

_LOOKS: Final = 4
"""Looks in a row, three milliseconds apart, that must find no key before it is believed that all are read."""


class PtyProcess:
    """Runs a command in a session of its own, so that the terminal can go away without a signal.

    Where the terminal is the session's `controlling` one, the kernel sends SIGHUP as it goes, as to a login.
    """

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], width: int = 100, height: int = 30, *,
        controlling: bool = False,
    ) -> None:  # fmt: skip
        self._master, slave = pty.openpty()
        if controlling:  # the first terminal that the leader of a session opens
            command = ["sh", "-c", f'exec "$0" "$@" <>{os.ttyname(slave)} >&0 2>&0', *command]
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        os.set_blocking(self._master, False)
        self.before = termios.tcgetattr(slave)
        self.written = b""
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environ, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        self._slave = slave

    def read_until(self, wanted: bytes) -> None:
        """Read until something was written, or the process ends."""
        end = time.monotonic() + HANG
        while wanted not in self.written:
            assert time.monotonic() < end, self.written[-2000:]
            self._read_some()
            assert wanted in self.written or self.process.poll() is None, self.written[-2000:]

    def read_more(self) -> None:
        """Read until something more was written."""
        end, before = time.monotonic() + HANG, len(self.written)
        while len(self.written) == before:
            assert time.monotonic() < end, "nothing is written"
            self._read_some()

    def press(self, keys: bytes) -> None:
        """Type; meanwhile read what is written, else each could wait for the other for ever."""
        end = time.monotonic() + HANG
        while keys:
            assert time.monotonic() < end, "it reads no keys"
            self.read_available()
            select.select([], [self._master], [], 0.05)
            with contextlib.suppress(BlockingIOError):
                keys = keys[os.write(self._master, keys) :]

    def takes(self, keys: bytes, wanted: bytes, most: float) -> bool:
        """Type; say whether something is written then, within so many seconds."""
        self.read_available()
        before, end = len(self.written), time.monotonic() + most
        self.press(keys)
        while wanted not in self.written[before:] and time.monotonic() < end:
            self._read_some()
        return wanted in self.written[before:]

    def read_available(self) -> None:
        """Read what is written now, so that the process never waits for its terminal."""
        while self._master >= 0 and select.select([self._master], [], [], 0)[0]:
            self.written += os.read(self._master, 1 << 16)

    def wait_until_taken(self, most: float) -> None:
        """Wait until the process has read all keys, or has ended, at most so many seconds."""
        end, empty = time.monotonic() + most, 0
        while time.monotonic() < end and empty < _LOOKS and self.process.poll() is None:
            # The system brings keys to the reader a little later: a single look may come too early.
            empty = empty + 1 if fcntl.ioctl(self._slave, termios.FIONREAD, bytes(4)) == bytes(4) else 0
            self.read_available()
            time.sleep(0.003)

    def wait(self) -> int:
        """Read on until the process ends; returns its exit status."""
        end = time.monotonic() + HANG
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            self._read_some()
        self._read_some()
        return self.process.wait()

    @property
    def after(self) -> list[object]:
        """Return the terminal's settings as they are now."""
        return list(termios.tcgetattr(self._slave))

    def hang_up(self) -> None:
        """Let the terminal go away."""
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def close(self) -> None:
        """End what is left."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for handle in {self._master, self._slave} - {-1}:
            os.close(handle)

    def _read_some(self) -> None:
        if self._master < 0:
            time.sleep(0.05)
        elif select.select([self._master], [], [], 0.1)[0]:
            with contextlib.suppress(OSError):
                self.written += os.read(self._master, 1 << 16)
