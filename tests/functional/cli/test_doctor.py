"""`evtui doctor` on a real host: what works, what does not, and what to do."""

import socket
import sys
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest

from evtui.cli.doctor.terminal_checks import check_terminal
from tests.functional.cli.test_cli_config import write_default_file
from tests.functional.processes.evtui_process import Evtui, Receiver, Server, free_port
from tests.functional.processes.pty_process import PtyProcess
from tests.limits import HANG


def findings(evtui: Evtui, status: int, *arguments: str, **environ: str) -> Mapping[str, Any]:
    """Run it; return its findings by subject."""
    ran = evtui.run("doctor", "--json", *arguments, **environ)
    assert (ran.status, ran.err) == (status, "")
    return {finding["subject"]: finding for finding in ran.json}


def test_a_host_where_all_is_right(evtui: Evtui) -> None:
    found = findings(evtui, 0)
    assert {found[name]["state"] for name in ("configuration", "runtime directory", "spool", "names")} == {"ok"}
    assert found["terminal"]["state"] == found["running evtui"]["state"] == "note"
    lines = evtui.run("doctor").lines
    assert f"✓ runtime directory: {evtui.runtime}/evtui" in lines
    assert "· running evtui: none of this user" in lines


def test_the_evtui_that_runs_is_named_and_its_listeners_are_its_own(evtui: Evtui, serve: Server) -> None:
    assert serve.pid
    with socket.create_server(("127.0.0.1", 0)) as other:
        found = findings(evtui, 0, EVTUI_MI_HTTP=f"127.0.0.1:{other.getsockname()[1]}")
    assert str(evtui.mi_sock) in found["running evtui"]["text"]
    assert (found["mi.http"]["state"], "likely its own" in found["mi.http"]["remedy"]) == ("note", True)


@pytest.mark.parametrize("setting", ["EVTUI_MI_HTTP", "EVTUI_SERVICE_HTTP", "EVTUI_MI_DATAGRAM", "EVTUI_SCRIPT_SIP"])
def test_an_address_that_is_taken_is_wrong(evtui: Evtui, setting: str) -> None:
    kind = socket.SOCK_STREAM if setting.endswith("HTTP") else socket.SOCK_DGRAM
    with closing(socket.socket(socket.AF_INET, kind)) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        subject = setting.removeprefix("EVTUI_").lower().replace("_", ".", 1)
        value = address if setting.endswith("HTTP") else f"udp:{address}"
        found = findings(evtui, 1, **{setting: value})
        assert (found[subject]["state"], "Address already in use" in found[subject]["text"]) == ("wrong", True)
    assert findings(evtui, 0, **{setting: value})[subject]["state"] == "ok"


def test_destinations_are_resolved_and_connected_to(evtui: Evtui, receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as up:
        sockets = {
            receiver.socket: "ok",
            f"tcp:127.0.0.1:{up.getsockname()[1]}": "ok",
            f"tcp:127.0.0.1:{free_port()}": "wrong",
            f"rabbitmq:guest:s3cret@127.0.0.1:{free_port()}/key": "wrong",
            "udp:nosuch.invalid:9000": "wrong",
            "udp:169.254.169.254:80": "wrong",
        }
        lines = [f"E_PIKE_BLOCKED {text}" for text in sockets]
        found = findings(evtui, 1, EVTUI_SUBSCRIBE="\n".join(lines))
    states = {name.removeprefix("destination "): finding["state"] for name, finding in found.items() if " " in name}
    assert {text.replace("s3cret", "***"): state for text, state in sockets.items()}.items() <= states.items()
    assert "s3cret" not in str(found)


def test_what_is_set_wrong_is_named(evtui: Evtui) -> None:
    write_default_file(evtui, 'payload = "xml"\n')
    found = findings(evtui, 1)
    assert "payload" in found["configuration"]["text"]
    assert found["names"]["state"] == "ok", "the other checks are made all the same"


def test_a_file_that_cannot_be_written_is_named(evtui: Evtui) -> None:
    found = findings(evtui, 1, EVTUI_LOG_FILE="/proc/evtui/log")
    assert found["log_file"]["state"] == "wrong"
    assert "/proc" in found["log_file"]["text"]


def test_a_runtime_directory_that_others_can_read_is_wrong(evtui: Evtui) -> None:
    (evtui.runtime / "evtui").mkdir(0o755)
    assert "0700" in findings(evtui, 1)["runtime directory"]["text"]


@pytest.mark.parametrize(
    ("width", "height", "line"), [(50, 15, "✗ size: 50x15"), (70, 24, "· size: 70x24"), (80, 24, "✓ size: 80x24")]
)
def test_on_a_terminal_its_size_is_judged(evtui: Evtui, width: int, height: int, line: str) -> None:
    command = [sys.executable, "-m", "evtui", "doctor"]
    terminal = PtyProcess(command, evtui.environ, width, height)
    try:
        terminal.read_until(b"names:")
        assert line in terminal.written.decode()
    finally:
        terminal.process.kill()
        terminal.process.communicate(timeout=HANG)


@pytest.mark.parametrize(
    ("environ", "subject", "state"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "colours", "ok"),
        ({"TERM": "xterm-256color"}, "colours", "note"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "colours", "note"),
        ({"TERM": "dumb"}, "colours", "wrong"),
        ({}, "colours", "wrong"),
        ({"STY": "1.screen"}, "clipboard", "note"),
    ],
)
def test_the_terminal_is_judged_by_its_environment(environ: Mapping[str, str], subject: str, state: str) -> None:
    assert {finding.subject: finding.state for finding in check_terminal(environ)}[subject] == state


def test_paths_of_sockets_that_cannot_be_made_are_wrong(evtui: Evtui) -> None:
    right, wrong = evtui.directory / "mi.sock", evtui.directory / "none" / "mi.fifo"
    found = findings(evtui, 1, EVTUI_MI_DATAGRAM=f"unix:{right}", EVTUI_MI_FIFO=str(wrong))
    assert {name: found[name]["state"] for name in ("mi.datagram", "mi.watch", "mi.fifo")} == {
        "mi.datagram": "ok", "mi.watch": "ok", "mi.fifo": "wrong"
    }  # fmt: skip
    assert f"there is no directory {wrong.parent}" in found["mi.fifo"]["text"]


def test_metrics_without_their_library_are_told(evtui: Evtui) -> None:
    address = f"127.0.0.1:{free_port()}"
    assert "metrics" not in findings(evtui, 0)
    assert findings(evtui, 0, EVTUI_SERVICE_HTTP=address)["metrics"]["text"] == f"http://{address}/metrics"
