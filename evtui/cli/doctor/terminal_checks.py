"""Checks of the terminal: its size, colours, text and clipboard."""

import codecs
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from evtui.cli.doctor.host_finding import HostFinding

WANTED_SIZE: Final = (80, 24)
"""Columns and rows from which on the console shows all it has."""
LEAST_SIZE: Final = (60, 20)
_PATIENCE: Final = 2.0
"""Seconds in which tmux must answer."""


def check_terminal(environ: Mapping[str, str]) -> Iterator[HostFinding]:
    """Look at the terminal of this process."""
    missing = [
        name for name, number in (("standard input", 0), ("standard output", 1), ("standard error", 2))
        if not os.isatty(number)
    ]  # fmt: skip
    if missing:
        text = f"not a terminal: {', '.join(missing)}"
        yield HostFinding("terminal", "note", text, "run evtui doctor in the terminal in which you want the console")
    else:
        yield HostFinding("terminal", "ok", environ.get("TERM", "") or "TERM is not set")
        yield _size()
    yield _colours(environ)
    yield _encoding()
    yield _clipboard(environ)


def _size() -> HostFinding:
    columns, rows = os.get_terminal_size(1)
    text = f"{columns}x{rows}"
    if columns < LEAST_SIZE[0] or rows < LEAST_SIZE[1]:
        return HostFinding("size", "wrong", text, "make the window larger: the console needs 60x20")
    if columns < WANTED_SIZE[0] or rows < WANTED_SIZE[1]:
        return HostFinding("size", "note", text, "from 80x24 on the console shows all columns")
    return HostFinding("size", "ok", text)


def _colours(environ: Mapping[str, str]) -> HostFinding:
    term = environ.get("TERM", "")
    if environ.get("NO_COLOR"):
        return HostFinding("colours", "note", "NO_COLOR is set: the console draws without colours")
    if term in {"", "dumb"}:
        return HostFinding(
            "colours", "wrong", f"TERM is {term or 'not set'}", "set TERM, for example to xterm-256color"
        )
    if environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return HostFinding("colours", "ok", "16 million")
    if "256" in term or "direct" in term:
        remedy = "when your terminal can do more: export COLORTERM=truecolor"
        return HostFinding("colours", "note", "256", remedy)
    return HostFinding("colours", "note", f"what {term} has", "the theme `ansi` (ui.theme) keeps to 16 colours")


def _encoding() -> HostFinding:
    name = sys.stdout.encoding if sys.stdout is not None else ""  # pyright: ignore[reportUnnecessaryComparison]
    try:
        is_utf8 = codecs.lookup(name).name == "utf-8"
    except LookupError:
        is_utf8 = False
    if is_utf8:
        return HostFinding("text", "ok", "UTF-8")
    return HostFinding("text", "wrong", f"{name or 'unknown'}, not UTF-8", "set LANG, for example to C.UTF-8")


def _clipboard(environ: Mapping[str, str]) -> HostFinding:
    """Say what is known: whether a terminal takes OSC 52 cannot be asked."""
    if environ.get("TMUX"):
        setting = _tmux_setting("set-clipboard")
        if setting == "off":
            return HostFinding("clipboard", "wrong", "tmux has set-clipboard off", "tmux set -s set-clipboard on")
        return HostFinding("clipboard", "ok", f"tmux passes it on (set-clipboard {setting or 'unknown'})")
    if environ.get("STY"):
        return HostFinding("clipboard", "note", "GNU screen does not pass it on: what `y` copies is in a file too")
    text = "sent with OSC 52: most terminals take it, some only when it is allowed in their settings"
    return HostFinding("clipboard", "note", text, "what `y` copies is in a file too")


def _tmux_setting(name: str) -> str:
    program = shutil.which("tmux")
    if program is None:
        return ""
    command = [program, "show", "-sv", name]
    try:
        shown = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return shown.stdout.strip()
