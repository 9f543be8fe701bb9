"""The files of a recording: whole batches, rotation, other files stay as they are, a full disk."""

import gzip
import os
import resource
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from evtui.codecs.recording.state_line_types import StateLine
from evtui.core.errors import RecordingError
from evtui.core.records import Raised
from evtui.core.values import Params
from evtui.storage.recording.recording_file import RecordingFile
from evtui.storage.recording.recording_writer import Gap, RecordingWriter
from evtui.storage.recording.rotated_files import RotatedFiles, is_recording
from tests.fakes.recording_fakes import kinds, read_lines, serials, states
from tests.unit.ui.records import raised

NAMES = ["rec.jsonl", "rec.jsonl.gz"]


def writer(path: Path, size: int = 1 << 30, files: int = 3) -> RecordingWriter:
    return RecordingWriter(RotatedFiles(path, files), size, "evtui test")


PLAN = raised().plan


def raises(first: int, count: int = 1, size: int = 10) -> list[Raised]:
    """Raises to one subscriber, with a parameter that does not compress."""
    return [
        Raised(number, 0.0, "E_TEST", Params((os.urandom(size).hex(),)), PLAN, (b"{}",), (0.001,))
        for number in range(first, first + count)
    ]


@pytest.fixture
def small_files() -> Generator[int]:
    """Let this process write no file of more than 64 KiB."""
    before, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
    yield 64 * 1024
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_begins_with_header_and_states_and_ends_with_an_end(tmp_path: Path, name: str) -> None:
    path, recording = tmp_path / name, writer(tmp_path / name)
    assert recording.needs_states(0.0)
    recording.write((), states())
    recording.write(raises(1, 2), None)
    assert kinds(path) == ["header", "state", "plan", "raised", "raised"]  # what `kill -9` would leave
    recording.close(1.0)
    assert kinds(path)[-1] == "end"
    assert path.stat().st_mode & 0o777 == 0o600
    assert recording.records == 2


def test_a_compressed_file_is_one_for_gzip(tmp_path: Path) -> None:
    recording = writer(tmp_path / "rec.jsonl.gz")
    recording.write(raises(1, 2), states())
    recording.close(1.0)
    with gzip.open(tmp_path / "rec.jsonl.gz") as file:
        assert file.read().count(b"\n") == 6  # header, state, plan, two raises, end


@pytest.mark.parametrize("name", NAMES)
def test_a_large_file_is_ended_and_the_oldest_is_dropped(tmp_path: Path, name: str) -> None:
    recording = writer(tmp_path / name, size=4096)
    recording.write((), states())
    for number in range(1, 6):
        batch = raises(10 * number, 3, 2000)
        recording.write(batch, states() if recording.needs_states(0.0) else None)
        recording.write((), states() if recording.needs_states(0.0) else None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, f"{name}.1", f"{name}.2"]
    assert serials(tmp_path / f"{name}.1") == [50, 51, 52]
    assert serials(tmp_path / f"{name}.2") == [40, 41, 42]
    assert kinds(tmp_path / f"{name}.2")[-1] == "end"
    assert recording.records == 15
    recording.close(0.0)


def test_a_recording_that_is_there_is_kept(tmp_path: Path) -> None:
    for number in (1, 2):
        recording = writer(tmp_path / "rec.jsonl")
        recording.write(raises(number), states())
        recording.close(0.0)
    assert serials(tmp_path / "rec.jsonl") == [2]
    assert serials(tmp_path / "rec.jsonl.1") == [1]


@pytest.mark.parametrize("name", ["rec.jsonl", "rec.jsonl.1"])
def test_a_file_that_is_not_a_recording_stays_as_it_is(tmp_path: Path, name: str) -> None:
    if name != "rec.jsonl":
        recording = writer(tmp_path / "rec.jsonl")
        recording.write((), states())
        recording.close(0.0)
    (tmp_path / name).write_text("my diary\n")
    with pytest.raises(RecordingError, match="not a recording"):
        writer(tmp_path / "rec.jsonl").write((), states())
    assert (tmp_path / name).read_text() == "my diary\n"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    (tmp_path / "rec.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordingError, match="not a recording"):
        writer(tmp_path / "rec.jsonl").write((), states())


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none/rec\.jsonl: No such file or directory"):
        writer(tmp_path / "none/rec.jsonl").write((), states())


@pytest.mark.parametrize("name", NAMES)
def test_what_does_not_fit_is_lost_as_whole_batches_and_told_when_there_is_space(
    tmp_path: Path, name: str, small_files: int
) -> None:
    path, recording = tmp_path / name, writer(tmp_path / name)
    recording.write((), states())
    recording.write(raises(1, 2), None)
    with pytest.raises(RecordingError, match="File too large"):
        recording.write(raises(3, 20, small_files // 10), None)
    assert serials(path) == [1, 2]
    assert recording.needs_states(0.0)
    assert recording.records == 2
    recording.write(raises(30), states(), Gap(5.0, 20, "File too large"))
    assert serials(path) == [1, 2, 30]
    assert kinds(path) == ["header", "state", "plan", "raised", "raised", "gap", "plan", "raised", "state"]
    assert recording.told == 20
    recording.close(0.0)


def test_a_batch_that_fails_leaves_no_part_of_it(tmp_path: Path, small_files: int) -> None:
    file = RecordingFile(tmp_path / "x")
    file.write(b"a" * 100)
    with pytest.raises(OSError, match="too large"):
        file.write(b"b" * small_files)
    file.write(b"c")
    file.close()
    assert (tmp_path / "x").read_bytes() == b"a" * 100 + b"c"


def test_a_state_is_due_when_much_was_written_or_after_a_quiet_while(tmp_path: Path) -> None:
    recording = writer(tmp_path / "x.jsonl")
    recording.write((), states(0.0))
    assert not recording.needs_states(60.0)  # nothing happened
    recording.write(raises(1, 3, 200), None)
    assert not recording.needs_states(1.0)
    assert recording.needs_states(11.0)
    recording.write((), states(11.0))
    recording.write(raises(4, 1, 200_000), None)
    assert recording.needs_states(11.1)
    recording.close(0.0)
    assert [line.records for line in read_lines(tmp_path / "x.jsonl") if isinstance(line, StateLine)] == [0, 3]


@pytest.mark.parametrize("content", [b"\x1f\x8b rubbish", b"\x00" * 100, b'{"type":"state"}'])
def test_other_content_is_not_a_recording(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert not is_recording(tmp_path / "x")
