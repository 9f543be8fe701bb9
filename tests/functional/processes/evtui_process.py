"""Real evtui processes in a runtime directory of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.functional.processes.forked_process import ForkedProcess, can_fork
from tests.limits import HANG
from tests.processes import read_line


class Ran(NamedTuple):
    """What a command printed and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read what it printed as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """List the lines it printed."""
        return self.out.splitlines()


class Server:
    """A running `evtui serve`."""

    def __init__(self, process: "subprocess.Popen[str]", places: Sequence[str]) -> None:
        self.process = process
        self.places = tuple(places)
        """Where it said it listens: `unix:…`, `fifo:…`, `udp:…`, `http://…/mi`."""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def place(self, scheme: str) -> str:
        """Return where it listens with this scheme."""
        return next(place for place in self.places if place.startswith(f"{scheme}:"))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Ran:
        """Send a signal and wait for its end."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=HANG)
        return Ran(self.process.returncode, out, err)


class Evtui:
    """Runs evtui with its own home, runtime directory and environment, below a short path (UNIX sockets need one)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.runtime = directory / "run"
        self.runtime.mkdir(0o700)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("EVTUI_", "XDG_", "COV_"))}
        self.environ = {
            **kept,
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_CONFIG_HOME": str(directory / "config"),
            "XDG_STATE_HOME": str(directory / "state"),
            "EVTUI_SYSTEM_CONFIG": "",
        }

    @property
    def mi_sock(self) -> Path:
        """The default datagram socket."""
        return self.runtime / "evtui" / "mi.sock"

    @property
    def mi_fifo(self) -> Path:
        """The default FIFO."""
        return self.runtime / "evtui" / "mi.fifo"

    def start(
        self,
        *arguments: str,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        under: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        fresh: bool = False,
    ) -> "subprocess.Popen[str]":
        """Start a command, perhaps under another such as `nohup`, and return at once.

        Most are copies of a process that has imported evtui; `fresh`: a new interpreter, as when a person starts evtui.
        """
        is_copy = not under and not fresh and can_fork(environ or {})
        make = ForkedProcess if is_copy else subprocess.Popen[str]
        return make(
            ["evtui", *arguments] if is_copy else [*under, sys.executable, "-m", "evtui", *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.environ, **(environ or {})},
            cwd=self.directory,
        )

    def run(self, *arguments: str, stdin: str = "", **environ: str) -> Ran:
        """Run a command to its end."""
        process = self.start(*arguments, stdin=subprocess.PIPE, environ=environ)
        out, err = process.communicate(stdin, timeout=HANG)
        return Ran(process.returncode, out, err)

    @contextmanager
    def serving(self, *arguments: str, under: Sequence[str] = (), **environ: str) -> Generator[Server]:
        """Run `evtui serve` from the line that says it is ready until the block ends."""
        process = self.start("serve", *arguments, under=under, environ=environ)
        places: list[str] = []
        try:
            while (line := read_line(process, process.stdout)) != "ready\n":
                assert line, f"serve did not become ready: {process.communicate(timeout=HANG)}"
                places.append(line.rstrip("\n").removeprefix("listening on "))
            yield Server(process, places)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=HANG)


class Receiver:
    """A real UDP socket on loopback, which is not subscribed yet."""

    def __init__(self) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self._sock.settimeout(HANG)
        self.port: int = self._sock.getsockname()[1]
        self.socket = f"udp:127.0.0.1:{self.port}"
        """The socket to subscribe."""

    def receive(self) -> bytes:
        """Wait for one datagram."""
        return self._sock.recv(1 << 16)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


def free_port() -> int:
    """Find a TCP and UDP port that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
