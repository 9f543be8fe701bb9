"""`evtui replay`: each raise once, on a server or to a socket, in its own time, with a filter; its counts are true."""

import json
import signal
import time
from pathlib import Path

import pytest

from evtui.core.records import DispatchGroup, DispatchPlan, Raised, Refused
from evtui.core.values import NO_PARAMS, Params, Socket
from evtui.storage.recording.recording_writer import RecordingWriter
from evtui.storage.recording.rotated_files import RotatedFiles
from tests.fakes.recording_fakes import states
from tests.functional.processes.evtui_process import Evtui, Receiver
from tests.functional.processes.waiting import until

THREE = DispatchPlan(("jsonrpc",), (DispatchGroup(tuple(Socket("udp", f"127.0.0.1:{n}") for n in (1, 2, 3)), 0),), 3)


def record(path: Path, count: int = 10, seconds: float = 0.05) -> str:
    """Record raises to three subscribers each, and one that was refused."""
    writer = RecordingWriter(RotatedFiles(path, 1), 1 << 30, "test")
    writer.write((), states(0.0))
    raises = [
        Raised(n, n * seconds, "E_TEST" if n % 2 else "E_OTHER", Params((n,), ("n",)), THREE, (b"{}",), (0.0,))
        for n in range(1, count + 1)
    ]
    writer.write([*raises, Refused(1.0, "E_TEST", NO_PARAMS, "no", "read-only")], None)
    writer.close(1.0)
    return str(path)


def numbers(receiver: Receiver, count: int) -> list[int]:
    return [json.loads(receiver.receive())["params"]["n"] for _ in range(count)]


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_each_raise_is_raised_once_on_a_server(evtui: Evtui, receiver: Receiver, name: str) -> None:
    path = record(evtui.directory / name)
    with evtui.serving("--event", "E_TEST", "--event", "E_OTHER", "--subscribe", f"E_* {receiver.socket}"):
        ran = evtui.run("replay", path, "--max", "--json")
        assert ran.status == 0, ran.err
        assert (ran.json["raised"], ran.json["no_subscribers"], ran.json["refused"]) == (10, 0, 0)
        assert numbers(receiver, 10) == list(range(1, 11))
        assert "raised 10" in ran.err


def test_raise_from_a_recording_raises_once_for_every_serial(evtui: Evtui, receiver: Receiver) -> None:
    path = record(evtui.directory / "r.jsonl")
    with evtui.serving("--event", "E_TEST", "--event", "E_OTHER", "--subscribe", f"E_* {receiver.socket}"):
        ran = evtui.run("raise", "--from", path, "--json")
        assert ran.status == 0, ran.err
        assert (ran.json["raised"], ran.json["skipped"]) == (10, len(Path(path).read_text().splitlines()) - 10)
        assert numbers(receiver, 10) == list(range(1, 11))
        assert "lines skipped, which are not raises of their own" in ran.err


def test_it_keeps_the_time_of_the_recording_or_is_faster(evtui: Evtui, receiver: Receiver) -> None:
    path = record(evtui.directory / "r.jsonl", 5, 0.2)
    begin = time.monotonic()
    assert evtui.run("replay", path, "--to", receiver.socket).status == 0
    assert time.monotonic() - begin > 0.8
    begin = time.monotonic()
    assert evtui.run("replay", path, "--to", receiver.socket, "--speed", "0.5").status == 0
    assert time.monotonic() - begin > 1.6
    assert numbers(receiver, 10) == [1, 2, 3, 4, 5] * 2


def test_a_filter_chooses(evtui: Evtui, receiver: Receiver) -> None:
    path = record(evtui.directory / "r.jsonl")
    ran = evtui.run("replay", path, "--to", receiver.socket, "--max", "--filter", "event=E_TEST and n>=5", "--json")
    assert ran.status == 0, ran.err
    assert numbers(receiver, 3) == [5, 7, 9]
    assert ran.json["raised"] == 3


def test_what_a_server_refuses_and_what_has_no_subscribers_is_counted(evtui: Evtui) -> None:
    path = record(evtui.directory / "r.jsonl")
    with evtui.serving("--event", "E_TEST"):
        ran = evtui.run("replay", path, "--max", "--json")
        assert ran.status == 1
        assert (ran.json["no_subscribers"], ran.json["refused"]) == (5, 5)


def test_a_socket_that_takes_nothing_is_told(evtui: Evtui) -> None:
    path = record(evtui.directory / "r.jsonl", 3)
    ran = evtui.run("replay", path, "--to", "unix:/nonexistent/socket", "--max", "--json")
    assert ran.status == 1
    assert (ran.json["raised"], ran.json["failed"]) == (3, 3)
    assert "3 notifications were not delivered" in ran.err


def test_damage_is_told_and_all_before_it_is_raised(evtui: Evtui, receiver: Receiver) -> None:
    path = Path(record(evtui.directory / "r.jsonl"))
    lines = path.read_bytes().split(b"\n")
    lines[7] = b"rubbish"
    path.write_bytes(b"\n".join(lines))
    ran = evtui.run("replay", str(path), "--to", receiver.socket, "--max")
    assert ran.status == 1
    assert "damaged at line 8" in ran.err
    assert numbers(receiver, 4) == [1, 2, 3, 4]


async def test_ctrl_c_ends_it_and_tells_how_far_it_came(evtui: Evtui, receiver: Receiver) -> None:
    path = record(evtui.directory / "r.jsonl", 1000, 1.0)
    process = evtui.start("replay", path, "--to", receiver.socket, "--json")
    assert json.loads(receiver.receive())["params"]["n"] == 1
    process.send_signal(signal.SIGINT)
    await until(lambda: process.poll() is not None)
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert json.loads(out)["cancelled"] is True


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["none.jsonl"], "No such file"),
        (["r.jsonl", "--filter", "event="], "column"),
        (["r.jsonl", "--to", "pigeon:home"], "pigeon"),
        (["r.jsonl", "--to", "udp:127.0.0.1:9", "--mi", "udp:127.0.0.1:8"], "exclude each other"),
        (["r.jsonl", "--speed", "0"], "--speed"),
    ],
)
def test_a_wrong_command_line_is_refused_with_the_part(evtui: Evtui, arguments: list[str], why: str) -> None:
    record(evtui.directory / "r.jsonl")
    ran = evtui.run("replay", *arguments)
    assert ran.status == 2
    assert why in ran.err


def test_an_export_and_a_recording_are_raised_once_from_standard_input(evtui: Evtui, receiver: Receiver) -> None:
    recording = Path(record(evtui.directory / "r.jsonl", 2)).read_text()
    export = "".join(
        f'{{"time":"2026-11-30T00:00:0{n}","event":"E_TEST","params":{{"n":{n}}},"subscriber":"udp:{s}","serial":{n}}}\n'
        for n in (7, 8)
        for s in (1, 2, 3)
    )
    change = '{"time":"2026-11-30T00:00:09","event":"E_TEST","subscriber":"udp:1","news":"expired"}\n'
    with evtui.serving("--event", "E_TEST", "--event", "E_OTHER", "--subscribe", f"E_* {receiver.socket}"):
        ran = evtui.run("raise", "--stdin-jsonl", "--json", stdin=recording + export + change)
        assert ran.status == 0, ran.err
        results = [json.loads(line) for line in ran.lines]
        assert sum("skipped" not in result for result in results) == 4
        assert numbers(receiver, 4) == [1, 2, 7, 8]
