"""Time from start to the first paint of the console against a minimal Textual application, as whole processes.

Each runs under a pseudo-terminal of its own; the first paint is the moment the text it draws first has arrived there.
"""

import os
import pty
import select
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.pairs import say

ROUNDS = 9
SIZE = (120, 40)

MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("FIRST PAINT")
Minimal().run()
"""


def main() -> None:
    """Print the ratio."""
    runtime = Path(tempfile.mkdtemp(prefix="evtui-bench-"))
    environment = os.environ | {"XDG_RUNTIME_DIR": str(runtime), "TERM": "xterm-256color", "HOME": str(runtime)}
    runtime.chmod(0o700)
    try:
        ours = [sys.executable, "-m", "evtui"]
        theirs = [sys.executable, "-c", MINIMAL]
        pairs = [
            (_first_paint(ours, b"E_CORE_THRESHOLD", environment), _first_paint(theirs, b"FIRST", environment))
            for _ in range(ROUNDS)
        ]
    finally:
        shutil.rmtree(runtime)
    our, their = sorted(pair[0] for pair in pairs)[ROUNDS // 2], sorted(pair[1] for pair in pairs)[ROUNDS // 2]
    more = f"{our * 1000:.0f} ms; minimal {their * 1000:.0f} ms"
    say("first paint / minimal Textual app", sorted(a / b for a, b in pairs), "at most 1.3", more)


def _first_paint(command: list[str], marker: bytes, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, environment | {"COLUMNS": str(SIZE[0]), "LINES": str(SIZE[1])})
    try:
        return _wait_for(terminal, marker, started)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def _wait_for(terminal: int, marker: bytes, started: float) -> float:
    seen = b""
    while marker not in seen:
        ready, _, _ = select.select([terminal], [], [], 30)
        if not ready:
            message = f"{marker!r} was not painted; the terminal shows {seen[-500:]!r}"
            raise TimeoutError(message)
        seen += os.read(terminal, 65536)
    return time.perf_counter() - started
