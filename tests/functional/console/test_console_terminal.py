"""Every way out leaves the terminal as it was: quit, signals, a crash, a terminal that goes away."""

import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.pty_process import PtyProcess
from tests.paths import ROOT

LEFT_SCREEN = b"\x1b[?1049l"
MOUSE_OFF = b"\x1b[?1000l"

Start = Callable[..., PtyProcess]


@pytest.fixture
def start(evtui: Evtui) -> Iterator[Start]:
    begun: list[PtyProcess] = []

    def begin(*command: str, controlling: bool = False) -> PtyProcess:
        environ = {**evtui.environ, "PYTHONPATH": str(ROOT)}
        begun.append(PtyProcess([sys.executable, "-m", *command], environ, controlling=controlling))
        begun[-1].read_until(b"LIVE")
        return begun[-1]

    yield begin
    for process in begun:
        process.close()


def assert_clean(process: PtyProcess) -> None:
    assert process.written.rfind(LEFT_SCREEN) > process.written.rfind(b"\x1b[?1049h")
    assert MOUSE_OFF in process.written
    assert process.after == process.before


def test_q_leaves_with_status_0(start: Start) -> None:
    process = start("evtui", "--demo")
    process.press(b"q")
    assert process.wait() == 0
    assert_clean(process)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_it_with_its_own_status(start: Start, number: signal.Signals) -> None:
    process = start("evtui", "--demo")
    process.process.send_signal(number)
    assert process.wait() == 128 + number
    assert_clean(process)


def test_it_ends_soon_when_the_terminal_goes_away_without_a_signal(start: Start) -> None:
    process = start("evtui", "--demo")
    gone = time.monotonic()
    process.hang_up()
    assert process.wait() == 129
    assert time.monotonic() - gone < 10


def test_a_crash_says_one_line_without_locals_and_ends_with_status_1(start: Start) -> None:
    process = start("tests.functional.processes.crashing_console", "bug")
    assert process.wait() == 1
    assert_clean(process)
    said = process.written[process.written.rfind(LEFT_SCREEN) :]
    assert b"evtui crashed: KeyError" in said
    assert b"hunter2" not in process.written
    assert b"Traceback" not in said
    assert b"\x1b]52" not in process.written


def test_no_hostile_byte_reaches_the_terminal(start: Start) -> None:
    process = start("tests.functional.processes.crashing_console", "fine")
    process.read_until("✗".encode())
    for keys in (b"3", b"2", b"1", b"\r", b"d", b"p", b"h", b"5"):
        process.press(keys)
        process.read_more()
    process.press(b"q")
    assert process.wait() == 0
    # Textual itself asks for a pointer's shape, which ends in BEL.
    written = re.sub(rb"\x1b\]22;\w+\x07", b"", process.written)
    assert b"\x1b]" not in written
    assert b"\x07" not in written
    assert b"\x00" not in written
    assert b"\xe2\x80\xae" not in written
    assert not re.search(rb"\xc2[\x80-\x9f]", written)
    assert "␛]52".encode() in process.written


def test_a_standard_error_that_is_a_file_is_refused_on_the_terminal_and_in_the_file(
    evtui: Evtui, tmp_path: Path
) -> None:
    log = tmp_path / "err.log"
    shell = f'exec "$0" "$@" 2>{log}'
    console = PtyProcess(["sh", "-c", shell, sys.executable, "-m", "evtui"], {**evtui.environ, "PYTHONPATH": str(ROOT)})
    try:
        assert console.wait() == 2
    finally:
        console.close()
    why = "evtui: the console draws on standard error, which is not the terminal"
    assert why in " ".join(console.written.decode().split())
    assert log.read_text().startswith(why)
    assert "\x1b" not in log.read_text()
