"""A copy of a process that has imported evtui does what a new process does: most tests start copies."""

import signal
import subprocess
from collections.abc import Sequence

import pytest

from tests.functional.processes.evtui_process import Evtui, Ran
from tests.functional.processes.forked_process import ForkedProcess, can_fork
from tests.limits import HANG
from tests.processes import read_line

COMMANDS: Sequence[tuple[str, ...]] = (
    ("--version",),
    ("--help",),
    ("raise", "--help"),
    ("events",),
    ("no-such-command",),
    ("raise", "E_X", "--no-such-option"),
    ("config", "show", "--json"),
    ("config", "show", "--config", "missing.toml"),
    ("transports", "--json"),
    ("raise", "E_X", "--stdin-jsonl"),
    ("serve", "--read-only", "--mi", "udp:nowhere"),
    ("script", "check", "missing.cfg"),
)


def ran(evtui: Evtui, command: Sequence[str], *, fresh: bool) -> Ran:
    process = evtui.start(*command, stdin=subprocess.PIPE, fresh=fresh)
    assert isinstance(process, ForkedProcess) is not fresh
    out, err = process.communicate('{"a": 1}\n', timeout=HANG)
    return Ran(process.returncode, out, err)


def test_a_copy_prints_and_ends_as_a_new_process(evtui: Evtui) -> None:
    copies = {command: ran(evtui, command, fresh=False) for command in COMMANDS}
    assert copies == {command: ran(evtui, command, fresh=True) for command in COMMANDS}
    assert {copy.status for copy in copies.values()} >= {0, 1, 2}


@pytest.mark.parametrize("fresh", [False, True], ids=["copy", "new process"])
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -9)], ids=["TERM", "INT", "KILL"]
)
def test_a_server_takes_signals(evtui: Evtui, number: signal.Signals, status: int, fresh: bool) -> None:
    process = evtui.start("serve", fresh=fresh)
    while (line := read_line(process, process.stdout)) != "ready\n":
        assert line, process.communicate(timeout=HANG)
    assert process.poll() is None
    process.send_signal(number)
    process.communicate(timeout=HANG)
    assert process.returncode == status
    assert evtui.run("events").status == 1  # it is gone, and what it left keeps nobody from saying so


def test_copies_have_directories_and_variables_of_their_own(evtui: Evtui) -> None:
    (evtui.directory / "here.toml").write_text('events = ["E_HERE"]\n')
    shown = evtui.run("config", "show", "--json", "--config", "here.toml", EVTUI_READ_ONLY="1").json
    assert (shown["events"]["value"], shown["read_only"]["value"]) == (["E_HERE"], True)
    assert evtui.run("config", "show", "--json").json["read_only"]["value"] is False


@pytest.mark.parametrize("name", ["PYTHONUNBUFFERED", "LC_ALL", "LANG", "LD_PRELOAD", "PYTHONHASHSEED"])
def test_what_an_interpreter_reads_at_its_start_needs_a_new_process(name: str) -> None:
    assert not can_fork({"HOME": "/", name: "C"})
    assert can_fork({"HOME": "/"})
