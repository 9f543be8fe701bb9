"""The parts of the comparison that need no server of OpenSIPS: its configuration, its clients, its receivers."""

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.benchmarks.server import bench_server
from tests.benchmarks.server.compared_server import ComparedServer, evtui_command, running
from tests.benchmarks.server.loader import compiled, receivers
from tests.benchmarks.server.measures import ASKING, SCRIPTED, asking, scripted, told
from tests.limits import HANG
from tests.paths import ROOT


@pytest.fixture(scope="module")
def program() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as folder:
        made = compiled(Path(folder))
        if made is None:
            pytest.skip("no C compiler here")
        yield made


def test_evtui_does_all_that_is_compared(program: Path) -> None:
    """Each receiver gets each notification, and each client an OK for each request."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evtui-t-")))
        server = stack.enter_context(running(folder / "run", evtui_command, folder / "modules"))
        teller = stack.enter_context(told())
        teller.subscribe(server)
        before = server.processor_seconds()
        for each in SCRIPTED:
            work = scripted(stack, each._replace(times=20), teller, program, [server], quiet=HANG)
            assert work(server).lost == (0.0 if each.subscribers else None), each
        assert _raised(server) >= {f"E_{each.what.upper()}" for each in SCRIPTED if each.what != "empty"}
        for ask in ASKING:
            assert asking(ask._replace(trips=40), program)(server).rate > 0
        assert before < server.processor_seconds() < HANG


def _raised(server: ComparedServer) -> set[str]:
    """Which events of the script are in the list of events: those that a raise or a subscription made."""
    return {event["name"] for event in server.call("events_list", [])["Events"]}


@pytest.mark.parametrize("scheme", ["udp", "unix"])
def test_receivers_count_what_came_since_the_last_time(program: Path, scheme: str) -> None:
    family = socket.AF_INET if scheme == "udp" else socket.AF_UNIX
    with (
        tempfile.TemporaryDirectory(prefix="evtui-t-") as folder,
        receivers(program, scheme, 3, Path(folder), quiet=HANG) as counted,
        socket.socket(family, socket.SOCK_DGRAM) as sender,
    ):
        assert counted.taken(0) == 0
        for times in (1, 4):
            for address in counted.sockets:
                _, *where = address.split(":")
                for _ in range(times):
                    sender.sendto(b"x", (where[0], int(where[1])) if scheme == "udp" else where[0])
            assert counted.taken(3 * times) == 3 * times
        assert counted.taken(0) == 0


def test_what_does_not_come_is_not_waited_for_for_ever(program: Path, tmp_path: Path) -> None:
    with receivers(program, "udp", 1, tmp_path, quiet=0.05) as counted:
        assert counted.taken(1) == 0


def test_without_a_server_each_line_says_so() -> None:
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "tests.benchmarks", "server", "--json", str(report)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=HANG, check=True)
        found = json.loads(report.read_text(encoding="utf-8"))
    assert found["lines"] == []
    wanted = [
        f"{measure.label} / the C server: no server was given (--reference DIR)" for measure in bench_server.MEASURES
    ]
    assert found["not_measured"] == wanted
    assert [line for line in done.stdout.splitlines() if line.startswith("not measured: ")] == 2 * [
        f"not measured: {each}" for each in wanted
    ]


def test_a_directory_that_holds_no_server_is_named(tmp_path: Path) -> None:
    (tmp_path / "modules").mkdir()
    assert bench_server.why_not(tmp_path) == f"{tmp_path} holds no opensips"
    (tmp_path / "modules").rmdir()
    assert bench_server.why_not(tmp_path) == f"{tmp_path} holds no opensips and no modules"
