"""Reading recordings: long ones from any place, damaged ones up to the damage, others not at all."""

import gzip
import random
import tracemalloc
from pathlib import Path

import pytest

from evtui.backends.recording import recorded_bytes, recording_index
from evtui.backends.recording.player import Player
from evtui.backends.recording.recorded_bytes import RecordedBytes
from evtui.backends.recording.recorded_items import RecordedItems
from evtui.backends.recording.recorded_lines import read_lines
from evtui.backends.recording.recorded_set import RecordedSource
from evtui.backends.recording.recording_index import RecordingIndex
from evtui.codecs.recording.line_items import RecordItem
from evtui.core.errors import RecordingError
from evtui.core.records import Raised
from evtui.core.values import Params
from evtui.storage.recording.recording_writer import RecordingWriter
from evtui.storage.recording.rotated_files import RotatedFiles
from tests.fakes.engine_fakes import fake_clocks
from tests.fakes.recording_fakes import states
from tests.unit.ui.records import raised

NAMES = ["rec.jsonl", "rec.jsonl.gz"]
PLAN = raised().plan


def record(path: Path, count: int, *, size: int = 50, seconds: float = 1.0) -> RecordedBytes:
    """Record raises, one each so many seconds, with a state now and then."""
    noise = random.Random(1)
    writer = RecordingWriter(RotatedFiles(path, 1), 1 << 40, "test")
    writer.write((), states(0.0))
    for first in range(1, count + 1, 1000):
        batch = [
            Raised(number, number * seconds, "E_TEST", Params((noise.randbytes(size).hex(),)), PLAN, (b"{}",), (0.0,))
            for number in range(first, min(count + 1, first + 1000))
        ]
        at = batch[-1].at
        writer.write(batch, states(at) if writer.needs_states(at) else None)
    writer.close(count * seconds)
    return RecordedBytes(path)


def indexed(source: RecordedSource) -> RecordingIndex:
    index = RecordingIndex()
    index.read(source, lambda: False)
    return index


def serials(items: RecordedItems) -> list[int]:
    found: list[int] = []
    while some := items.take(500):
        found += [
            item.record.serial for item in some if isinstance(item, RecordItem) and isinstance(item.record, Raised)
        ]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_index_knows_all_of_a_file(tmp_path: Path, name: str) -> None:
    index = indexed(record(tmp_path / name, 5000, size=200))
    assert (index.records, index.begin, index.end, index.damage, index.progress) == (5000, 0.0, 5000.0, None, None)
    assert len(index.places) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_reading_begins_at_every_place(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_bytes, "_FIRST_SPACING", 64 * 1024)
    source = record(tmp_path / name, 8000, size=200)
    index = indexed(source)
    for place in index.places:
        assert serials(RecordedItems(source, place)) == list(range(place.records + 1, 8001))


@pytest.mark.parametrize("name", NAMES)
def test_a_jump_reads_little_and_shows_what_came_before(tmp_path: Path, name: str) -> None:
    player = Player(record(tmp_path / name, 20_000), fake_clocks())
    player.index.read(player._source, lambda: False)  # pyright: ignore[reportPrivateUsage]
    for moment in (0.0, 10.5, 9_999.5, 19_999.5, 1e9):
        spot = player._find(moment, None)  # pyright: ignore[reportPrivateUsage]
        assert spot.record == min(int(moment), 20_000)
        assert [each.serial for each in spot.before if isinstance(each, Raised)][-1:] == [spot.record][: spot.record]
        assert len(spot.before) == min(2000, spot.record)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_does_not_grow_with_the_file(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_bytes, "_FIRST_SPACING", 16 * 1024)
    monkeypatch.setattr(recorded_bytes, "MAX_RESUMES", 8)
    monkeypatch.setattr(recording_index, "MAX_PLACES", 8)
    source = record(tmp_path / name, 40_000, size=100)
    tracemalloc.start()
    index = indexed(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert index.records == 40_000
    assert len(index.places) <= 8
    assert len(source._resumes) <= 8  # pyright: ignore[reportPrivateUsage]
    assert peak < 3_000_000
    assert serials(RecordedItems(source, index.places[-1]))[-1] == 40_000


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kept", [0.3, 0.77, 0.999])
def test_a_file_that_is_cut_off_opens_up_to_there(tmp_path: Path, name: str, kept: float) -> None:
    source = record(tmp_path / name, 3000)
    content = source.path.read_bytes()
    source.path.write_bytes(content[: int(len(content) * kept)])
    index, items = indexed(source), RecordedItems(RecordedBytes(source.path))
    found = serials(items)
    assert found == list(range(1, index.records + 1))
    assert 0 < index.records < 3001
    assert index.damage is not None
    assert "cut off" in index.damage.reason or "no end" in index.damage.reason


def test_a_damaged_line_is_named_and_all_before_it_is_shown(tmp_path: Path) -> None:
    source = record(tmp_path / "rec.jsonl", 100)
    lines = source.path.read_bytes().split(b"\n")
    lines[60] = lines[60][:-9] + b"}rubbish"
    source.path.write_bytes(b"\n".join(lines))
    index, items = indexed(source), RecordedItems(RecordedBytes(source.path))
    assert serials(items) == list(range(1, 58))  # behind header, state and plan
    assert index.damage is not None
    assert index.damage.line == 61
    assert items.damage is not None
    assert items.damage.line == 61


def test_damaged_compression_is_named(tmp_path: Path) -> None:
    source = record(tmp_path / "rec.jsonl.gz", 5000)
    content = bytearray(source.path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 64] = bytes(64)
    source.path.write_bytes(content)
    index = indexed(source)
    assert 0 < index.records < 5000
    assert index.damage is not None


def test_a_file_of_gzip_itself_is_read_too(tmp_path: Path) -> None:
    record(tmp_path / "rec.jsonl", 3000)
    with gzip.open(tmp_path / "other", "wb") as file:
        file.write((tmp_path / "rec.jsonl").read_bytes())
    index = indexed(RecordedBytes(tmp_path / "other"))
    assert (index.records, index.damage) == (3000, None)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it has no header"),
        (b"my diary\n", "not a recording"),
        (b'{"type":"end","time":1,"records":0}\n', "it has no header"),
        (b'{"type":"header","time":1,"recording":9,"program":"evtui 9","source":"x"}\n', "its version is 9"),
        (b'{"type":"header","time":1e300,"recording":1,"program":"evtui 9","source":"x"}\n', "not a recording"),
        (b'{"type":"header","time":1,"x":' + b"[" * 100_000, "cut off"),
        (b'{"type":"header","time":1,"x":' + b"[" * 100_000 + b"\n", "nested too deep"),
        (b"\x1f\x8bbad", "its compression is damaged"),
    ],
)
def test_another_file_is_refused_with_the_reason(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(RecordingError, match=why):
        Player(RecordedBytes(tmp_path / "x"), fake_clocks())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        RecordedBytes(tmp_path / "x")


def test_a_line_without_end_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evtui.backends.recording.recorded_lines.MAX_LINE", 1 << 20)
    (tmp_path / "x").write_bytes(b"x" * (5 << 20))
    with pytest.raises(Exception, match="longer than"):
        list(read_lines(RecordedBytes(tmp_path / "x")))
