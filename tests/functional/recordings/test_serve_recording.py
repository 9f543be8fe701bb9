"""`--record`: what a real `serve` did is in the file, also after `kill -9`, rotated, compressed, on a full disk."""

import json
import signal
from contextlib import closing
from pathlib import Path

import pytest

from evtui.codecs.recording.line_types import GapLine, RaisedLine
from tests.fakes.recording_fakes import kinds, read_lines, serials
from tests.functional.processes.evtui_process import Evtui, Receiver
from tests.functional.processes.waiting import until

RAISES = "\n".join(f'{{"event":"E_A","params":{{"n":{number}}}}}' for number in range(1, 51))


def recorded(path: Path) -> int:
    return len(serials(path)) if path.exists() else 0


@pytest.mark.parametrize("name", ["rec.jsonl", "rec.jsonl.gz"])
async def test_what_was_raised_can_be_read_after_kill_9(evtui: Evtui, name: str) -> None:
    path = evtui.directory / name
    secret = "--subscribe", "E_A rabbitmq:user:s3cret@127.0.0.1:9/x"
    with evtui.serving("--event", "E_A", "--record", str(path), *secret, "--subscribe", "E_A udp:127.0.0.1:9") as serve:
        assert evtui.run("raise", "E_A", "--stdin-jsonl", stdin="[]\n").status == 0
        evtui.run("raise", "--stdin-jsonl", stdin=RAISES)
        await until(lambda: recorded(path) == 51)
        serve.process.send_signal(signal.SIGKILL)
    lines = read_lines(path)
    assert serials(path) == list(range(1, 52))
    assert "end" not in kinds(path)
    assert all(line.plan is not None for line in lines if isinstance(line, RaisedLine))
    assert "s3cret" not in str(lines)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_proper_end_is_in_the_file_with_the_attempts_until_then(evtui: Evtui) -> None:
    path = evtui.directory / "rec.jsonl"
    with evtui.serving("--event", "E_A", "--record", str(path), "--subscribe", "E_A tcp:127.0.0.1:9") as serve:
        evtui.run("raise", "--stdin-jsonl", stdin=RAISES)
        assert serve.stop().status == 0
    assert kinds(path)[-1] == "end"
    assert kinds(path).count("raised") == 50
    assert "retrying" in kinds(path)


async def test_files_are_rotated_by_size(evtui: Evtui) -> None:
    path = evtui.directory / "rec.jsonl"
    bounds = "--record-size", "4096", "--record-files", "2"
    with evtui.serving("--event", "E_A", "--record", str(path), *bounds) as serve:
        for number in range(1, 4):
            evtui.run("raise", "--stdin-jsonl", stdin=RAISES)
            await until(lambda number=number: path.exists() and serials(path)[-1:] in ([], [50 * number]))  # type: ignore[misc]
        serve.stop()
    assert sorted(found.name for found in evtui.directory.glob("rec*")) == ["rec.jsonl", "rec.jsonl.1"]
    assert serials(path.with_name("rec.jsonl.1"))


async def test_a_rotated_recording_of_two_runs_is_replayed_as_one_and_its_holes_are_told(evtui: Evtui) -> None:
    path = evtui.directory / "rec.jsonl"
    bounds = "--record-size", "4096", "--record-files", "20"
    done, why = 0, ""
    for end in (signal.SIGKILL, signal.SIGTERM):
        with evtui.serving("--event", "E_A", "--record", str(path), *bounds) as serve:
            for _ in range(2):
                evtui.run("raise", "--stdin-jsonl", stdin=RAISES)
                done += 50
                await until(lambda done=done: sum(recorded(file) for file in evtui.directory.glob("rec*")) == done)  # type: ignore[misc]
            serve.process.send_signal(end)
            serve.process.wait()
        if end == signal.SIGKILL:
            last = next(file for file in (path, path.with_name("rec.jsonl.1")) if file.exists() and kinds(file))
            # Killed between two files, the first is ended and the next not begun.
            why = "nothing was recorded" if kinds(last)[-1] == "end" else "has no end: the program was killed"
    numbered = sorted(evtui.directory.glob("rec.jsonl.*"), key=lambda file: int(file.suffix[1:]))
    with closing(Receiver()) as receiver:
        ran = evtui.run("replay", str(path), "--to", receiver.socket, "--max", "--json")
        assert (ran.status, ran.json["raised"]) == (0, 200)
        told = [json.loads(receiver.receive())["params"]["n"] for _ in range(200)]
        assert told == [*range(1, 51)] * 4
        assert ran.err.count("not recorded: ") == 1
        assert why in ran.err
        gone = next(file for file in numbered[:-1] if recorded(file))
        left = 200 - recorded(gone)
        gone.unlink()
        again = evtui.run("replay", str(path), "--to", receiver.socket, "--max", "--json")
        assert again.json["raised"] == left
        assert f"{gone.name} is missing" in again.err


async def test_a_file_that_cannot_be_written_is_told_and_events_are_delivered(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_A", "--record", "/nonexistent/rec.jsonl") as serve:
        assert "E_A" in evtui.run("events").out
        ended = serve.stop()
    assert ended.err.count("/nonexistent/rec.jsonl") == 1
    assert "No such file or directory" in ended.err


async def test_a_full_disk_is_told_once_and_events_are_delivered(evtui: Evtui) -> None:
    path = evtui.directory / "rec.jsonl"
    limited = ["bash", "-c", "trap '' XFSZ; ulimit -f 128; exec \"$@\"", "-"]
    big = "\n".join([f'{{"event":"E_A","params":["{"x" * 10_000}"]}}'] * 40)
    with evtui.serving("--event", "E_A", "--record", str(path), under=limited) as serve:
        for _ in range(2):
            ran = evtui.run("raise", "--stdin-jsonl", "--json", stdin=big)
            assert len(ran.lines) == 40
            await until(lambda: recorded(path) >= 0)
        ended = serve.stop()
    assert ended.err.count("File too large") == 1, ended.err
    assert kinds(path)[:2] == ["header", "state"]
    assert sum(line.lost for line in read_lines(path) if isinstance(line, GapLine)) + recorded(path) == 80
