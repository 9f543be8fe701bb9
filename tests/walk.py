"""The walk of docs/walk.md, done in a real terminal: `python -m tests.walk` writes the page anew from its screens.

Each step presses keys and waits until the console shows what the step is about, so that a step that no longer works
fails. The screens are those of tmux, 80 cells wide; what differs between two runs, such as ports, is not masked.
"""

import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.tmux_window import Window, tmux_window
from tests.paths import ROOT

PAGE: Final = ROOT / "docs" / "walk.md"
SIZE: Final = (80, 24)
NOBODY: Final = "unix:/tmp/nobody.sock"
_PORT: Final = 9000
"""Where the subscriber of the page listens."""


class Step(Struct, frozen=True):
    """One step: what it is for, the keys as tmux names them, and what is on the screen then."""

    title: str
    keys: Sequence[str]
    shows: str
    told: str = ""
    """What the page says of the keys; empty when the keys say it."""


CONSOLE: Final = (
    Step("Read the tour", (), "Tour", "The first console of a user shows five lines. `esc` ends the tour."),
    Step("Choose the event", ("Escape", "2"), "E_MY_EVENT",
         "`esc`, `2`: the catalogue, with the event of `--event` at its top."),
    Step(
        "Subscribe a socket", ("s", "type:udp:127.0.0.1:{port}", "Enter"), "Subscribed udp:127.0.0.1:",
        "`s`, the socket, `enter`.",
    ),
    Step(
        "Raise the event", ("r", "F4", "type:ip=192.0.2.1 count:=3", "Enter"), "✓ 1 sent",
        "`r`, `F4` for the quick line, `ip=192.0.2.1 count:=3`, `enter`. The form shows the bytes and the result.",
    ),
    Step(
        "Let a delivery fail", ("Escape", "2", "s", f"type:{NOBODY}", "Enter", "wait:Subscribed unix", "r", "F5"),
        "✗ 1 failed", f"`esc`, `2`, `s`, `{NOBODY}`, `enter`; `r`, `F5`: nothing listens there.",
    ),
    Step("Find what failed", ("Escape", "1", "f", "type:failed", "Enter"), "1 Stream 1/5",
         "`esc`, `1` for the stream, `f`, `failed`, `enter`."),
    Step("See the reason", ("Up", "Enter"), "outcome", "`↑`, `enter`: the detail of the failed delivery."),
    Step("Keep the filter", ("Escape", "1", "F", "s", "type:lost ones", "Enter"), "saved as lost ones",
         "`esc`, `1`, `F` for the list of filters, `s`, a name, `enter`."),
    Step("Ask why a subscriber got nothing", ("Escape", "3", "Home", "Down", "W"), "What to do",
         "`esc`, `3`, `↓` to the subscriber, `W`."),
    Step("Record", ("Escape", "C-r"), "● REC", "`esc`, `ctrl+r`."),
    Step("Raise while it is recorded", ("2", "r", "F5"), "#3 at", "`2`, `r`, `F5`."),
    Step("End the recording", ("Escape", "C-r"), "saved to", "`esc`, `ctrl+r` again: the hint names the file."),
    Step("Export", ("1", "e", "Enter"), "written to", "`1`, `e`, `enter`: the rows as JSON lines."),
)  # fmt: skip

RECORDING: Final = (
    Step("Look at the recording", ("1",), "Nothing was raised up to this moment",
         "`q` leaves. `evtui open FILE --paused` shows the recording, standing still at its begin."),
    Step("Scrub", (".", "."), "ENOENT", "`.` goes a record on, `,` one back, `J` to a time such as `50%`."),
)  # fmt: skip


def screens(evtui: Evtui, size: tuple[int, int] = SIZE, port: int = 0) -> Iterator[tuple[Step, str]]:
    """Do the steps, and yield each with the screen after it; the subscriber listens at a port, 0 for any.

    raises AssertionError: a step does not work any more.
    """
    state = evtui.directory / ".local" / "state"
    evtui.environ["XDG_STATE_HOME"] = str(state)
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as subscriber:
        subscriber.bind(("127.0.0.1", port))
        own = str(subscriber.getsockname()[1])
        with _window(evtui, size, "--event", "E_MY_EVENT") as window:
            window.wait_for("● LIVE")
            for step in CONSOLE:
                yield step, _do(window, step, own)
            window.keys("q")
            window.wait_for("ended 0")
        (recording,) = (state / "evtui").glob("recording-*")
        with _window(evtui, size, "open", str(recording), "--paused") as window:
            window.wait_for("RECORDING")
            for step in RECORDING:
                yield step, _do(window, step, own)
            window.keys("q")
            window.wait_for("ended 0")
        _received(subscriber)
        replayed = evtui.run("replay", str(recording), "--max", "--to", f"udp:127.0.0.1:{own}")
        assert (replayed.status, len(_received(subscriber))) == (0, 1), replayed


def page(evtui: Evtui) -> str:
    """Write the page."""
    parts = [_HEAD]
    for step, screen in screens(evtui, port=_PORT):
        shown = "\n".join(line.rstrip() for line in screen.rstrip().splitlines())
        parts.append(f"## {step.title}\n\n{step.told}\n\n```text\n{shown}\n```\n")
    return "\n".join([*parts, _END])


_HEAD = """# A walk through the console

From a subscription to a replay, in a terminal of 80 columns and 24 lines: what to press, and what is on the screen
then. `uv run --group dev just walk` does the walk in a real terminal and writes this page; a test does the same steps.

```sh
uv run evtui --event E_MY_EVENT
```
"""

_END = """## Replay

`q`, then `evtui replay FILE --max --to udp:127.0.0.1:9000` raises what was recorded once more, for this socket only.
"""


def _window(evtui: Evtui, size: tuple[int, int], *arguments: str) -> AbstractContextManager[Window]:
    kept = {
        name: value for name, value in evtui.environ.items() if name.startswith(("HOME", "XDG_", "PATH", "NO_COLOR"))
    }
    environ = {**kept, "TERM": "tmux-256color", "LANG": "C.UTF-8"}
    directory = evtui.directory / arguments[0].strip("-")  # each has a tmux of its own: the one before may still end
    directory.mkdir()
    return tmux_window(directory, *size, [sys.executable, "-m", "evtui", *arguments], environ)


def _do(window: Window, step: Step, port: str) -> str:
    for key in step.keys:
        kind, sign, text = key.partition(":")
        if sign and kind == "wait":
            window.wait_for(text)
        elif sign:
            window.type(text.format(port=port))
            window.wait_for(text.format(port=port)[-12:])
        else:
            window.keys(key)
        if key == "Escape":  # with the next key at once it would be alt and that key
            window.wait_for(_is_closed)
    return window.wait_for(step.shows)


def _is_closed(shown: str) -> bool:
    """Say whether neither the raise form nor a dialog has the keys, and the tour has ended."""
    return "q quit" in shown and "esc closes" not in shown and "esc ends it" not in shown


def _received(subscriber: socket.socket) -> list[bytes]:
    """Take what has arrived at the subscriber."""
    subscriber.setblocking(False)  # datagrams on loopback are there when their sender has ended
    found: list[bytes] = []
    while True:
        try:
            found.append(subscriber.recv(1 << 16))
        except BlockingIOError:
            return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="evtui-w-") as directory:
        PAGE.write_text(page(Evtui(Path(directory))), encoding="utf-8")
