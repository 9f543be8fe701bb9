"""Nothing that a stranger sends reaches a terminal raw: not by a command, a log, a traceback, an error or a reply."""

import io
import logging
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TypeAlias

import click
import pytest

from evtui.cli import output
from evtui.cli.commands import app
from evtui.codecs.display_text import display_lines, display_safe
from evtui.codecs.jsonvalue import Members, loads
from evtui.storage.log_format import SafeFormatter
from tests.functional.processes.evtui_process import Evtui, free_port
from tests.functional.processes.pty_process import PtyProcess
from tests.paths import ROOT
from tests.processes import read_line

HOSTILE = "\x1b]52;c;eA==\x07\r\u202e\x9b2J\x85\u200b\x7f\u2066"
RunHere: TypeAlias = Callable[..., bytes]

RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def assert_safe(written: str | bytes) -> None:
    text = written if isinstance(written, str) else written.decode()
    assert not (found := RAW.search(text)), repr(text[max(0, found.start() - 60) : found.end() + 20])


def commands() -> Iterator[tuple[str, click.Command]]:
    """Walk all commands, those of groups too; the program itself has the empty name."""
    todo: list[tuple[str, click.Command]] = [("", app)]
    while todo:
        name, command = todo.pop(0)
        yield name, command
        if isinstance(command, click.Group):
            todo += [(f"{name} {each}".strip(), command.commands[each]) for each in command.commands]


def command_lines() -> Iterator[tuple[str, ...]]:
    """Write each command with hostile words: as its arguments, as each option's value, as an option, as a command."""
    for name, command in commands():
        words = tuple(name.split())
        given = tuple(HOSTILE for each in command.params if isinstance(each, click.Argument))
        yield (*words, f"--{HOSTILE}")
        if isinstance(command, click.Group) or given:
            yield (*words, *(given or (HOSTILE,)), "--mi", "unix:/nonexistent" + HOSTILE) if name not in {
                "script check", "script run",
            } else (*words, HOSTILE)  # fmt: skip
        for option in command.params:
            if isinstance(option, click.Option) and not option.is_flag:
                refused: tuple[str, ...] = (
                    ("--payload", HOSTILE) if name in {"", "serve"} else ("--mi", "unix:/nonexistent")
                )
                refused = () if name.startswith(("script", "config")) else refused
                yield (*words, *given, option.opts[-1], HOSTILE, *refused)


@pytest.mark.parametrize("words", [*command_lines()], ids=lambda words: ascii(" ".join(words))[:60])
def test_a_command_line_that_is_hostile_is_shown_safely(words: tuple[str, ...], run_here: RunHere) -> None:
    written = run_here(*words)
    assert written
    assert_safe(written)


def test_what_a_server_tells_is_shown_safely_by_every_command(evtui: Evtui) -> None:
    where = f"unix:{evtui.directory}/{HOSTILE}"
    with evtui.serving("--event", HOSTILE, EVTUI_TRANSPORTS_DATAGRAM_UNIX_ROOTS=str(evtui.directory)) as server:
        for words in (
            ("subscribe", HOSTILE, where), ("events",), ("subscribers",), ("raise", HOSTILE, HOSTILE),
            ("mi", "events_list"), ("mi", HOSTILE), ("mi", "help", HOSTILE), ("unsubscribe", HOSTILE, where),
        ):  # fmt: skip
            ran = evtui.run(*words)
            assert_safe(ran.out + ran.err)
        assert_safe(server.stop().err)


def test_json_on_a_terminal_is_escaped_and_means_the_same(evtui: Evtui) -> None:
    command = [sys.executable, "-m", "evtui", "events", "--json", HOSTILE]
    environ = {**evtui.environ, "PYTHONPATH": str(ROOT)}
    with evtui.serving("--event", HOSTILE), closing(PtyProcess(command, environ)) as process:
        assert process.wait() == 0
    assert_safe(process.written.replace(b"\r\n", b"\n"))
    listed = loads(process.written.decode())
    assert isinstance(listed, list)
    assert isinstance(listed[0], Members)
    assert dict(listed[0])["name"] == HOSTILE


def test_what_a_script_logs_of_a_message_is_made_safe(evtui: Evtui) -> None:
    script, port = evtui.directory / "x.cfg", free_port()
    script.write_text('route { xlog("before $hdr(X) after\\n"); }')
    message = (
        f"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n"
        f"To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nX: {HOSTILE.replace(chr(13), '')}\r\n"
        "Content-Length: 0\r\n\r\n"
    )
    with evtui.serving("--script", str(script), "--sip", f"udp:127.0.0.1:{port}") as server:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(message.encode(), ("127.0.0.1", port))
        while "after" not in (line := read_line(server.process, server.process.stderr)):
            assert line
        assert "before ␛]52" in line
        assert_safe(line + server.stop().err)


def test_the_log_has_no_control_character_and_no_line_that_looks_like_a_record() -> None:
    error = ValueError(f"bad\n2026-01-01 CRITICAL forged {HOSTILE}")
    caught = (ValueError, error, None)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "said %s", (f"{HOSTILE}\nforged",), caught)
    written = SafeFormatter("%(levelname)s %(message)s").format(record)
    assert_safe(written)
    first, *others = written.split("\n")
    assert first.startswith("ERROR said ␛]52")
    assert all(line.startswith("  ") for line in others)


def test_lines_and_tabs_stay_and_a_long_text_is_cut() -> None:
    assert display_lines("a\tb\nc") == "a\tb\nc"
    assert display_lines(HOSTILE) == display_safe(HOSTILE)
    assert display_lines("é" * 100, 10) == "é" * 9 + "…"


def test_an_error_that_nothing_caught_is_shown_safely(capsys: pytest.CaptureFixture[str]) -> None:
    from evtui.__main__ import _print_traceback  # pyright: ignore[reportPrivateUsage]

    _print_traceback(KeyError, KeyError(f"{HOSTILE} rabbitmq:u:hunter2@h"), None)
    written = capsys.readouterr().err
    assert written.startswith("KeyError: ")
    assert "hunter2" not in written
    assert_safe(written)


def test_data_is_made_safe_whatever_a_command_forgets(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(open(1, "wb", closefd=False), "utf-8"))  # noqa: SIM115
        output.data(HOSTILE)
    assert_safe(capfdbinary.readouterr().out)
