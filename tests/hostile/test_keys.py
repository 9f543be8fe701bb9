"""Random and hostile bytes typed into the console: it stays alive, answers MI, and the next key works."""

import os
import random
import signal
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from textual.events import Paste

from evtui.ui.terminal import terminal_input
from evtui.ui.terminal.terminal_input import LARGEST, MAX_PASTE, SILENT_TICKS, TerminalInput
from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.pty_process import PtyProcess
from tests.limits import HANG
from tests.paths import ROOT

SEED = int(os.environ.get("EVTUI_TEST_SEED", "9"))
KEYS = int(os.environ.get("EVTUI_TEST_KEYS", "200"))
"""Bytes of each kind that are typed; 100,000 take some minutes."""
LEAVING = bytes.maketrans(b"qQ\x03\x11", b"....")
"""The keys that leave the console on purpose."""
PARTS = (
    b"\x1b", b"\x1b[", b"<0;", b";", b"999999999", b"-1", b"M", b"m", b"u", b"~", b"C", b"R", b"t", b"48;",
    b"?2048;1$y", b"\xe9", b"\xff", b"\xc3", b"200~", b"201~", b"55296", b"1114112", b":", b"I", b"O", b"\r",
    b"\t", b"\x1b[B",
)  # fmt: skip
REFUSED = [
    b"\xe9", b"caf\xe9", b"\x80\xff\xfe", b"\x1b[999999999C", b"\x1b[1114112u", b"\x1b[55296u", b"\x1b[48;0;0;0;0t",
    b"\x1b[48;99999;99999;9;9t", b"\x1b[<0;999999999;999999999M", b"\x1b[<0;-1;-1M", b"\x1b[99999999999999999999u",
    b"\x1b[1;99999999999999u", b"\x1b[?2026;2$y", b"\x1b[200~\xff\x1b[201~", b"\x1b\x1b\x1b[", b"\x1b[0;0;1114112u",
]  # fmt: skip


NUMBERS = (0, 1, 5, 99, -1, 55_296, 1_114_112, 999_999_999, 2**31, 2**63, 10**30)
KNOWN_SIZE = b"\x1b[48;30;100;600;1000t"
"""The report of a terminal of 100 columns and 30 lines: the noise may have reported another."""


def hostile_bytes(count: int, seed: int = SEED) -> bytes:
    """Make random bytes, half of them parts of escape sequences; none leaves the console."""
    dice = random.Random(seed)
    data = bytearray()
    while len(data) < count:
        data += dice.choice(PARTS) if dice.random() < 0.5 else bytes([dice.randrange(256)])
    return bytes(data).translate(LEAVING)


def random_bytes(count: int, seed: int) -> bytes:
    """Make random bytes; none leaves the console."""
    return random.Random(seed).randbytes(count).translate(LEAVING)


def terminal_noise(count: int, seed: int) -> bytes:
    """Make what terminals send, with wrong numbers and without ends: reports, the mouse, pasted text, strings."""
    dice = random.Random(seed)
    data = bytearray()
    while len(data) < count:
        data += _report(dice)
    return bytes(data[:count]).translate(LEAVING)


def _report(dice: random.Random) -> bytes:
    first, second, third, fourth = (str(dice.choice(NUMBERS)).encode() for _ in range(4))
    anything = dice.randbytes(dice.randrange(12))
    return dice.choice([
        b"\x1b[%b%c" % (first, dice.randrange(64, 127)),
        b"\x1b[%b;%b%c" % (first, second, dice.randrange(64, 127)),
        b"\x1b[<%b;%b;%b%c" % (first, second, third, dice.choice(b"Mm")),  # the mouse, in three protocols
        b"\x1b[%b;%b;%bM" % (first, second, third),
        b"\x1b[M" + dice.randbytes(3),
        b"\x1b[%b:%b;%b:%bu" % (first, second, third, fourth),  # the protocol of kitty
        b"\x1b[?%bu" % first,
        b"\x1b[48;%b;%b;%b;%bt" % (first, second, third, fourth),
        b"\x1b[?%b;%b$y" % (dice.choice([b"2026", b"2048"]), first),
        b"\x1b]52;c;" + anything + dice.choice([b"", b"\x07", b"\x1b\\"]),
        b"\x1b" + dice.choice([b"P", b"_", b"^", b"X"]) + anything + dice.choice([b"", b"\x1b\\"]),
        b"\x1b[200~" + anything + dice.choice([b"", b"\x1b[201", b"\x1b[201~", b"\x1b[201~"]),
        dice.choice([b"\x1b[I", b"\x1b[O", b"\x1b", b"\x1b[", b"\x1bO", b"\x1b\x1b[", bytes(3)]),
        dice.choice([b"\xe9", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff"]),
        dice.choice([b"\t", b"\r", b"\x7f", b"\x1b[A", b"\x1b[B", b"\x1b[5~", b"\x1bOP", b"\x1b[1;5C"]),
        bytes(dice.randrange(32, 127) for _ in range(4)),
    ])  # fmt: skip


@contextmanager
def console(evtui: Evtui) -> Generator[PtyProcess]:
    """Run the console on a terminal."""
    command = [sys.executable, "-m", "evtui", "--log-file", str(log_of(evtui))]
    with closing(PtyProcess(command, {**evtui.environ, "PYTHONPATH": str(ROOT)})) as process:
        process.read_until(b"LIVE")
        yield process


def log_of(evtui: Evtui) -> Path:
    return evtui.directory / "log"


def leave(evtui: Evtui, process: PtyProcess) -> None:
    """End the console, which must be alive and have read all keys."""
    process.wait_until_taken(HANG)
    assert process.process.poll() is None, log_of(evtui).read_text()[-3000:]
    process.process.send_signal(signal.SIGTERM)
    assert process.wait() == 128 + signal.SIGTERM, log_of(evtui).read_text()[-3000:]
    assert "crashed" not in log_of(evtui).read_text()


def assert_answers(evtui: Evtui) -> None:
    assert evtui.run("mi", "pwd", "--mi", f"unix:{evtui.mi_sock}").status == 0


@pytest.mark.parametrize("data", REFUSED)
def test_what_is_no_key_is_left_out_and_the_next_key_is_read(data: bytes) -> None:
    terminal = TerminalInput()
    list(terminal.read(data))
    time.sleep(0.11)  # Textual's parser waits so long for more of a sequence, by a clock of its own
    list(terminal.tick())
    list(terminal.read(b"", final=True))
    assert [getattr(message, "key", None) for message in terminal.read(b"a")] == ["a"]


def test_a_byte_that_is_not_utf8_is_replaced_when_nothing_follows_it() -> None:
    terminal = TerminalInput()
    assert not [*terminal.read(b"\xe9")]
    assert [getattr(message, "character", None) for message in terminal.read(b"", final=True)] == ["\ufffd"]
    assert [getattr(message, "character", None) for message in terminal.read("é".encode())] == ["é"]


def test_a_pasted_text_is_bounded_and_ends_though_its_end_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_PASTE == 1 << 20
    bound = 200_000  # a mebibyte takes seconds
    monkeypatch.setattr(terminal_input, "MAX_PASTE", bound)
    terminal = TerminalInput()
    assert not list(terminal.read(b"\x1b[200~"))
    for _ in range(bound // 100_000 + 2):
        assert not list(terminal.read(b"q" * 100_000))
    (paste,) = (message for message in terminal.read(b"\x1b[201~a") if isinstance(message, Paste))
    assert bound - 10 <= len(paste.text) <= bound
    assert not list(terminal.read(b"\x1b[200~qq"))
    given_up = [message for _ in range(SILENT_TICKS) for message in terminal.tick()]
    assert [message.text for message in given_up if isinstance(message, Paste)] == ["qq"]
    assert [getattr(message, "key", None) for message in terminal.read(b"a")] == ["a"]


def test_a_short_pasted_text_arrives_whole_and_the_key_behind_it_too() -> None:
    text = b"\x1b[200~a \x1b[200 b\x1b[201~c"
    for cut in range(len(text)):
        terminal = TerminalInput()
        messages = [*terminal.read(text[:cut]), *terminal.read(text[cut:])]
        pasted = [message.text for message in messages if isinstance(message, Paste)]
        assert pasted[0].startswith("a ")
        assert getattr(messages[-1], "key", None) == "c"


def test_random_bytes_are_read_without_an_error_and_mean_only_what_is_possible() -> None:
    terminal, data = TerminalInput(), hostile_bytes(100_000)
    for start in range(0, len(data), 4096):
        for message in (*terminal.read(data[start : start + 4096]), *terminal.tick()):
            size = getattr(message, "size", None)
            assert size is None or 0 < size.width <= LARGEST


def test_a_console_that_gets_hostile_keys_goes_on(evtui: Evtui) -> None:
    with console(evtui) as process:
        for data in REFUSED:
            process.press(data)
        assert_answers(evtui)
        leave(evtui, process)


def test_a_console_that_got_any_bytes_takes_keys_and_answers(evtui: Evtui) -> None:
    with console(evtui) as process:
        for make in (hostile_bytes, random_bytes, terminal_noise):
            data = make(KEYS, SEED)
            for start in range(0, len(data), 500):
                process.press(data[start : start + 500])
                process.wait_until_taken(HANG)
                assert process.process.poll() is None, log_of(evtui).read_text()[-3000:]
            open_help(process)
        assert_answers(evtui)
        leave(evtui, process)


def open_help(process: PtyProcess) -> None:
    """Leave whatever the noise opened, by keys, and open the help."""
    process.press(b"\x1b\\\x07\x1b[201~" + KNOWN_SIZE)  # the end of whatever the noise left open
    end = time.monotonic() + HANG
    while True:
        process.wait_until_taken(HANG)
        process.press(b"\x1b")
        time.sleep(0.2)  # what follows an escape at once is a part of a sequence
        process.wait_until_taken(HANG)
        if process.takes(b"?", b"esc closes", 1.0):
            return
        assert time.monotonic() < end, process.written[-3000:]
