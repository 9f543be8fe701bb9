"""A client that asks a server every 50 ms, and what it had to wait: it runs beside every hostile test.

The pinger is a process of its own, so that the work of a test does not delay it. On a busy machine the server has to
wait for a processor: the kernel counts that time, and it is no wait that a client caused. The pinger measures too how
late it wakes up from its own pauses.

    with Pinger(evtui.mi_sock) as pinger:
        quiet = pinger.watch(1.0)
        attack()
        assert_nobody_waited(pinger.waits(), quiet)
"""

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from tests.limits import HANG
from tests.processes import read_line

WORST_WAIT: Final = 0.25
"""Seconds that a client may have to wait because of another, on a machine that has time for both."""

EVERY: Final = 0.05
"""Seconds between two requests."""

_LATE_FACTOR: Final = 4
"""Turns that a request needs: the server's, the pinger's, and one spare each."""


class Waits(NamedTuple):
    """What the pinger had to wait since it was asked last."""

    worst: float
    """Seconds of the longest wait for the server, without its waits for a processor; a request that is not answered yet
    counts with its age."""
    late: float
    """Seconds that the pinger woke up too late at worst: how busy the machine was."""
    answered: int
    lost: int
    """Requests that a server which is stopping, or has stopped, did not take or answer."""


class Pinger:
    """Asks the server on a UNIX datagram socket every 50 ms while the block runs."""

    def __init__(self, server: Path) -> None:
        self._server = server

    def waits(self) -> Waits:
        """Return the waits since this was asked last, and begin anew."""
        assert self._process.stdin is not None
        self._process.stdin.write("waits\n")
        self._process.stdin.flush()
        line = read_line(self._process, self._process.stdout)
        assert line, "the pinger has ended"
        return Waits(*json.loads(line))

    def watch(self, seconds: float) -> Waits:
        """Return the waits of the next so many seconds, in which the test does nothing."""
        self.waits()
        time.sleep(seconds)
        return self.waits()

    def __enter__(self) -> Self:
        command = [sys.executable, __file__, str(self._server)]
        root = str(Path(__file__).parents[2])
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
        )
        while not self.waits().answered:  # from the first answer on
            time.sleep(EVERY)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate(timeout=HANG)


def assert_nobody_waited(hostile: Waits, quiet: Waits, limit: float = WORST_WAIT) -> None:
    """Check the waits beside a hostile client: shorter than the limit, on a busy machine by as much longer as it is."""
    assert hostile.answered, f"the pinger got no answer: {hostile}"
    assert hostile.worst < longest_allowed(hostile, quiet, limit), f"{hostile}; quiet: {quiet}"


def longest_allowed(hostile: Waits, quiet: Waits, limit: float = WORST_WAIT) -> float:
    """Return the seconds a client may wait: the limit, on a busy machine by as much longer as it is."""
    return limit + _LATE_FACTOR * max(quiet.worst, quiet.late, hostile.late)


class _Asking:
    """The requests of the pinger's process: one at a time, on a socket that is connected to the server."""

    def __init__(self, sock: socket.socket, starved: Callable[[], float]) -> None:
        """`starved` returns the seconds that the server could not run so far because others had the processors."""
        self._socket = sock
        self._starved = starved
        self._starved_before = 0.0
        self._number = 0
        self._asked_at: float | None = None
        self._is_sent = False
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget the waits so far, except that of the request that is not answered yet."""
        self.worst = self.late = 0.0
        self.answered = self.lost = 0

    def waits(self, now: float) -> Waits:
        """Return the waits so far."""
        return Waits(max(self.worst, self._age(now)), self.late, self.answered, self.lost)

    def _age(self, now: float) -> float:
        """Return how long the request has waited, without the time that the server waited for a processor."""
        if self._asked_at is None:
            return 0.0
        return max(0.0, now - self._asked_at - (self._starved() - self._starved_before))

    def step(self, now: float) -> None:
        """Send the next request, or send it again, or take its reply, as far as that is possible now."""
        try:
            if self._asked_at is None:
                self._number += 1
                self._asked_at, self._is_sent, self._starved_before = now, False, self._starved()
            if not self._is_sent:
                request = {"jsonrpc": "2.0", "id": self._number, "method": "pwd"}
                self._socket.send(json.dumps(request).encode())
                self._is_sent = True
            while self.is_waiting:
                self._take(self._socket.recv(1 << 16), now)
        except BlockingIOError:
            return
        except OSError:
            self.lost += 1
            self._asked_at = None

    def _take(self, reply: bytes, now: float) -> None:
        if json.loads(reply).get("id") == self._number and self._asked_at is not None:
            self.worst = max(self.worst, self._age(now))
            self.answered += 1
            self._asked_at = None

    @property
    def is_waiting(self) -> bool:
        """Say whether a request is not answered yet."""
        return self._asked_at is not None

    @property
    def is_sent(self) -> bool:
        """Say whether the server's queue took the request."""
        return self._is_sent


@contextmanager
def _connected(server: str) -> Generator[socket.socket]:
    with (
        tempfile.TemporaryDirectory(prefix="evtui-p-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock,
    ):
        sock.bind(f"{folder}/s")
        sock.connect(server)
        sock.setblocking(False)
        yield sock


def _ask_for_ever(sock: socket.socket, starved: Callable[[], float]) -> None:
    asking, due = _Asking(sock, starved), time.monotonic()
    while True:
        now = time.monotonic()
        if asking.is_waiting or now >= due:
            if not asking.is_waiting:
                asking.late = max(asking.late, now - due)
                due = now + EVERY
            asking.step(now)
            if not asking.is_waiting:
                due = max(due, now)  # a long wait is the server's; late is only what follows a pause of ours
        pause = EVERY if asking.is_waiting else max(0.0, due - time.monotonic())
        readable, _, _ = select.select(
            [sys.stdin, *([sock] if asking.is_sent and asking.is_waiting else [])],
            [sock] if asking.is_waiting and not asking.is_sent else [],
            [],
            pause,
        )
        if sys.stdin in readable:
            if not sys.stdin.readline():
                return
            sys.stdout.write(json.dumps(asking.waits(time.monotonic())) + "\n")
            sys.stdout.flush()
            asking.begin_anew()


def _process_of_server(sock: socket.socket) -> int:
    """Ask the server for its process id."""
    sock.settimeout(HANG)
    sock.send(b'{"jsonrpc":"2.0","id":0,"method":"ps"}')
    pid: int = json.loads(sock.recv(1 << 16))["result"]["Processes"][0]["PID"]
    sock.setblocking(False)
    return pid


def _starved(pid: int) -> float:
    """Return the seconds that the main thread of a process was ready to run and did not get a processor (Linux)."""
    try:
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):  # it has ended, or the kernel does not count
        return 0.0


if __name__ == "__main__":
    with _connected(sys.argv[1]) as connected:
        _ask_for_ever(connected, partial(_starved, _process_of_server(connected)))
