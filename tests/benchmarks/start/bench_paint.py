"""Time from start to the first paint of the console against a minimal Textual application, as whole processes.

Each runs under a pseudo-terminal of its own; the first paint is the moment the text it draws first has arrived there.
The minimal application imports the widget classes of Textual that the console has on its first screen. Processor time
says the same on a machine that others use, too. The console's contents are what its engine says, which is opened after
the first paint.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.benchmarks.loads.terminal import under_terminal
from tests.benchmarks.pairs import say

ROUNDS = 11
SIZE = 120, 40

MINIMAL = """
from textual.app import App, ComposeResult
from textual.command import Provider
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.scroll_view import ScrollView
from textual.suggester import Suggester
from textual.widgets import Input, Label, Static
class Minimal(App):
    def compose(self) -> ComposeResult:
        yield Static("FIRST PAINT")
Minimal().run()
"""


class Moment(NamedTuple):
    """When a text had arrived: seconds since the start, and seconds of processor time."""

    wall: float
    processor: float


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory(prefix="evtui-bench-") as runtime:
        environment = os.environ | {"XDG_RUNTIME_DIR": runtime, "HOME": runtime, "TERM": "xterm-256color"}
        rounds = [_round(environment) for _ in range(ROUNDS + 1)][1:]
    for part, label in enumerate(("time", "processor time")):
        for place, limit in ((0, "at most 1.5"), (1, "at most 2.3")):
            ours, theirs = [each[place][part] for each in rounds], [each[2][part] for each in rounds]
            what = ("first paint", "contents")[place]
            more = f"{statistics.median(ours) * 1000:.0f} ms; minimal app {statistics.median(theirs) * 1000:.0f} ms"
            ratios = sorted(our / their for our, their in zip(ours, theirs, strict=True))
            say(f"{what} / minimal Textual app, {label}", ratios, limit, more)


def _round(environment: Mapping[str, str]) -> tuple[Moment, Moment, Moment]:
    console = [sys.executable, "-m", "evtui"]
    first, contents = _moments(console, (b"STARTING", b"not used"), environment)
    (minimal,) = _moments([sys.executable, "-c", MINIMAL], (b"FIRST PAINT",), environment)
    return first, contents, minimal


def _moments(command: list[str], markers: Sequence[bytes], environment: Mapping[str, str]) -> list[Moment]:
    started, moments = time.perf_counter(), list[Moment]()
    with under_terminal(command, environment, *SIZE) as terminal:
        for marker in markers:
            terminal.wait_for(marker)
            moments.append(Moment(time.perf_counter() - started, terminal.processor_seconds()))
    return moments
