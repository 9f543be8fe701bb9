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

from evtui.ui.terminal_input import LARGEST, MAX_PASTE, SILENT_TICKS, TerminalInput
from tests.functional.evtui_process import Evtui
from tests.functional.pty_process import PtyProcess
from tests.limits import HANG
from tests.paths import ROOT

SEED = 9
KEYS = int(os.environ.get("EVTUI_TEST_KEYS", "10000"))
"""Random bytes that are typed; 100,000 take some minutes."""
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


def hostile_bytes(count: int, seed: int = SEED) -> bytes:
    """Make random bytes, half of them parts of escape sequences; none leaves the console."""
    dice = random.Random(seed)
    data = bytearray()
    while len(data) < count:
        data += dice.choice(PARTS) if dice.random() < 0.5 else bytes([dice.randrange(256)])
    return bytes(data).translate(LEAVING)


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


def test_a_pasted_text_is_bounded_and_ends_though_its_end_never_comes() -> None:
    terminal = TerminalInput()
    assert not list(terminal.read(b"\x1b[200~"))
    for _ in range(MAX_PASTE // 100_000 + 1):
        assert not list(terminal.read(b"q" * 100_000))
    (paste,) = (message for message in terminal.read(b"\x1b[201~a") if isinstance(message, Paste))
    assert MAX_PASTE - 10 <= len(paste.text) <= MAX_PASTE
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


def test_a_console_that_gets_random_bytes_stays_alive_and_answers(evtui: Evtui) -> None:
    data = hostile_bytes(KEYS).replace(b"200~", b"201~")  # else most of it would be pasted text
    with console(evtui) as process:
        for start in range(0, len(data), 500):
            process.press(data[start : start + 500])
            process.wait_until_taken(1.0)
            assert process.process.poll() is None, log_of(evtui).read_text()[-3000:]
        assert_answers(evtui)
        assert process.process.poll() is None, log_of(evtui).read_text()[-3000:]
        assert "crashed" not in log_of(evtui).read_text()
