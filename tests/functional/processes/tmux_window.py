"""A tmux server of its own with one window, in which a real terminal program runs."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.limits import HANG

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Window:
    """One window: keys go in, the text on the screen comes out."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments],
            capture_output=True, text=True, timeout=HANG, check=False,
        )  # fmt: skip
        return done.stdout

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def resize(self, width: int, height: int) -> None:
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def text(self, *, colours: bool = False) -> str:
        return self.tmux("capture-pane", "-p", *(["-e"] if colours else []))

    @property
    def pid(self) -> int:
        return int(self.tmux("list-panes", "-F", "#{pane_pid}"))

    def wait_for(self, shown: str | Callable[[str], object]) -> str:
        """Wait until a text, or what a function asks for, is on the screen; returns the screen."""

        def wanted(text: str) -> object:
            return shown(text) if callable(shown) else shown in text

        end = time.monotonic() + HANG
        text = ""
        while time.monotonic() < end:
            text = self.text()
            if wanted(text):
                return text
            time.sleep(0.05)
        raise AssertionError(f"not on the screen: {shown}\n{text}")


@contextmanager
def tmux_window(
    directory: Path, width: int, height: int, command: Sequence[str], environ: Mapping[str, str]
) -> Generator[Window]:
    """Run a command in a window; when it ends the window says `ended N` and stays."""
    window = Window(directory / "tmux.sock")
    script = directory / "command.sh"
    quoted = " ".join(f"'{word}'" for word in command)
    script.write_text(f"stty -a > before.txt\n{quoted}\necho ended $?\nstty -a > after.txt\nexec cat\n")
    words = ["env", *(f"{name}={value}" for name, value in environ.items()), "sh", str(script)]
    window.tmux("new-session", "-d", "-x", str(width), "-y", str(height), "-c", str(directory), *words)
    try:
        yield window
    finally:
        sessions = {int(leader) for leader in window.tmux("list-panes", "-a", "-F", "#{pane_pid}").split()}
        window.tmux("kill-server")
        _wait_for_end_of(sessions)


def _wait_for_end_of(sessions: Set[int]) -> None:
    """Wait until all processes of sessions have ended: one that hears of its end may write a last file.

    One that does not end is killed.
    """
    end = time.monotonic() + HANG
    while left := [*_processes_of(sessions)]:
        if time.monotonic() > end:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _processes_of(sessions: Set[int]) -> Iterator[int]:
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, _, _, session, *_ = file.read_text().rpartition(")")[2].split()
            if int(session) in sessions and state != "Z":
                yield int(file.parent.name)
