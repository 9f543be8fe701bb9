"""Time from start to the first paint of the console against a minimal Textual application, as whole processes.

Each runs under a pseudo-terminal of its own; the first paint is the moment the text it draws first has arrived there.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping

from tests.benchmarks.pairs import say
from tests.benchmarks.terminal import under_terminal

ROUNDS = 11
SIZE = 120, 40

MINIMAL = """
from textual.app import App, ComposeResult
from textual.widgets import Static
class Minimal(App):
    def compose(self) -> ComposeResult:
        yield Static("FIRST PAINT")
Minimal().run()
"""


def main() -> None:
    """Print the ratio."""
    with tempfile.TemporaryDirectory(prefix="evtui-bench-") as runtime:
        environment = os.environ | {"XDG_RUNTIME_DIR": runtime, "HOME": runtime, "TERM": "xterm-256color"}
        pairs = [_pair(environment) for _ in range(ROUNDS + 1)][1:]
    our, their = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    more = f"{our * 1000:.0f} ms; minimal app {their * 1000:.0f} ms"
    say("first paint / minimal Textual app", sorted(a / b for a, b in pairs), "at most 1.3", more)


def _pair(environment: Mapping[str, str]) -> tuple[float, float]:
    ours = _first_paint([sys.executable, "-m", "evtui"], b"not used", environment)
    return ours, _first_paint([sys.executable, "-c", MINIMAL], b"FIRST PAINT", environment)


def _first_paint(command: list[str], marker: bytes, environment: Mapping[str, str]) -> float:
    started = time.perf_counter()
    with under_terminal(command, environment, *SIZE) as terminal:
        terminal.wait_for(marker)
        return time.perf_counter() - started
