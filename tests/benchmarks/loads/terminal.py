"""A program under a pseudo-terminal of its own, as whole-process benchmarks need one."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60.0
"""Seconds after which a program is taken for stuck that has not drawn what it should."""


class Terminal:
    """The other end of a program's terminal."""

    def __init__(self, child: int, terminal: int) -> None:
        self._child = child
        self._terminal = terminal
        self.seen = bytearray()

    def wait_for(self, marker: bytes) -> None:
        """Read until the marker has been drawn.

        raises TimeoutError: nothing is drawn any more and the marker was not.
        """
        until = time.monotonic() + PATIENCE
        while marker not in self.seen:
            if not self.drain(PATIENCE) or time.monotonic() > until:
                message = f"{marker!r} was not drawn; the last was {bytes(self.seen[-500:])!r}"
                raise TimeoutError(message)

    def drain(self, seconds: float) -> bool:
        """Take what the program has drawn, waiting at most so long for it; False when there was nothing."""
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        if not ready:
            return False
        try:
            self.seen += os.read(self._terminal, 1 << 16)
        except OSError:  # EIO: the program is gone
            return False
        return True

    def processor_seconds(self) -> float:
        """Return the processor time that the program has used."""
        tasks = Path(f"/proc/{self._child}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def drain_until_exit(self, seconds: float) -> None:
        """Play the terminal until the program ends, which measures for so long."""
        until = time.monotonic() + seconds + PATIENCE
        while os.waitid(os.P_PID, self._child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            self.drain(0.05)
            if time.monotonic() > until:
                message = "the program does not end"
                raise TimeoutError(message)


@contextmanager
def under_terminal(
    command: Sequence[str], environment: Mapping[str, str], columns: int, lines: int
) -> Generator[Terminal]:
    """Start a program under a terminal of that size; it is killed at the end of the block."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.execvpe(command[0], list(command), dict(environment))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    try:
        yield Terminal(child, terminal)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def report_of(command: Sequence[str], report: Path, home: Path, seconds: float, size: tuple[int, int]) -> bytes:
    """Run a console that measures for so many seconds, and return the report that it leaves.

    raises RuntimeError: it left none. TimeoutError: it does not end.
    """
    environment = os.environ | {"HOME": str(home), "TERM": "xterm-256color"}
    with under_terminal(command, environment, *size) as terminal:
        terminal.drain_until_exit(seconds)
        if not report.exists():
            message = f"the console left no report: {bytes(terminal.seen[-2000:])!r}"
            raise RuntimeError(message)
    return report.read_bytes()
