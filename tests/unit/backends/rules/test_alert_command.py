"""The command of the user's: without a shell, in bounded time, at most so many at once, its failures counted."""

import json
import logging
import os
import sys
from pathlib import Path

import anyio
import pytest

from evtui.backends.rules.alert_command import AlertCommand, CommandRules, alert_environ
from evtui.core.values import Params, Socket
from evtui.filters.rules.rule_set import Fired
from tests.functional.processes.waiting import until
from tests.limits import HANG
from tests.unit.ui.records import HOSTILE, raised

RECORD = raised("E_A", Params(("$(touch x); `id`", HOSTILE), ("ip", "x")), failed=(0,))
FIRED = Fired("slow; rm", "failed > 3 in 10 s", 1_790_000_000.0, 2, RECORD, RECORD.plan.groups[0].sockets[0])
WRITE = "import os, sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read() + os.environb[b'EVTUI_RULE'])"


async def run(words: list[str], fired: Fired = FIRED, *, times: int = 1, timeout: float = 30.0) -> AlertCommand:
    started: list[AlertCommand] = []
    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as tasks:
            started.append(AlertCommand(CommandRules(words, timeout, 2), os.environ, tasks))
            for _ in range(times):
                started[0].start(fired)
    return started[0]


async def test_it_gets_what_happened_as_json_and_in_its_environment(tmp_path: Path) -> None:
    out = tmp_path / "out; touch y"
    command = await run([sys.executable, "-c", WRITE, str(out)])
    line, name = out.read_bytes().split(b"\n")
    assert name == b"slow; rm"
    found = json.loads(line)
    assert (found["rule"], found["condition"], found["times"]) == ("slow; rm", "failed > 3 in 10 s", 2)
    assert found["params"]["ip"] == "$(touch x); `id`"
    assert found["reason"] == "ECONNREFUSED: Connection refused"
    assert (command.started, command.failed) == (1, 0)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize(("words", "why"), [
    ([sys.executable, "-c", "raise SystemExit(3)"], "ended with exit status 3"),
    (["/nonexistent/alert"], "No such file or directory"),
    ([sys.executable, "-c", "import sys; sys.stdin.close(); sys.exit(1)"], "ended with exit status 1"),
])  # fmt: skip
async def test_a_failure_is_counted_and_logged(words: list[str], why: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        command = await run(words)
    assert command.failed == 1
    assert why in caplog.text


async def test_one_that_takes_too_long_is_killed_with_all_that_it_began(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pid = tmp_path / "pid"
    child = f"import subprocess, sys, time; p = subprocess.Popen(['sleep', '600']); open({str(pid)!r}, 'w').write(str(p.pid)); p.wait()"  # noqa: E501 - a program
    with caplog.at_level(logging.WARNING):
        command = await run([sys.executable, "-c", child], timeout=3.0)
    assert "was killed after 3 s" in caplog.text
    assert command.failed == 1
    status = Path(f"/proc/{pid.read_text()}/stat")
    await until(lambda: not status.exists() or status.read_text().split()[2] == "Z")


async def test_no_more_than_the_bound_run_at_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        command = await run([sys.executable, "-c", "import sys; sys.stdin.read()"], times=5)
    assert (command.started, command.skipped) == (2, 3)
    assert "2 of them run: 3 so far" in caplog.text


async def test_values_that_an_environment_cannot_hold_are_left_out() -> None:
    environ = alert_environ(Fired("a\0b", "x" * 9000, 0.0, 1, raised("E_\udc80"), Socket("udp", "h:1")))
    assert environ["EVTUI_RULE"] == "ab"
    assert len(environ["EVTUI_CONDITION"]) == 4096
    assert os.fsencode(environ["EVTUI_EVENT"]) == b"E_\x80"
    command = await run([sys.executable, "-c", ""], Fired("a\0b", "x", 0.0, 1))
    assert command.failed == 0
