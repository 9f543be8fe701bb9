"""A recording in several files is one recording: in order, from any place, with its holes told."""

import gzip
import shutil
from pathlib import Path

import pytest

from evtui.backends.recording import recorded_bytes, recorded_set
from evtui.backends.recording.player import Player
from evtui.backends.recording.recorded_items import HoleItem, RecordedItems
from evtui.backends.recording.recorded_set import RecordedSet
from evtui.codecs.recording.line_items import StateItem
from evtui.core.errors import RecordingError
from evtui.core.records import Raised
from evtui.core.values import Params
from evtui.storage.recording.recording_writer import RecordingWriter
from evtui.storage.recording.rotated_files import RotatedFiles, rotated_parts
from tests.fakes.engine_fakes import fake_clocks
from tests.fakes.recording_fakes import states
from tests.unit.backends.recording.test_recording_files_read import NAMES, indexed, serials
from tests.unit.ui.records import raised

PLAN = raised().plan
FILES = 5


def rotated(path: Path, count: int = 5000, *, first: int = 1) -> RecordedSet:
    """Record raises, one a second, into several files."""
    writer = RecordingWriter(RotatedFiles(path, FILES), 1_500 if path.suffix == ".gz" else 20_000, "test")
    writer.write((), states(float(first)))
    for number in range(first, first + count, 100):
        batch = [
            Raised(each, float(each), "E_TEST", Params((each,)), PLAN, (b"{}",), (0.0,))
            for each in range(number, number + 100)
        ]
        at = batch[-1].at
        writer.write(batch, states(at) if writer.needs_states(at) else None)
    writer.close(float(first + count))
    return RecordedSet(path)


def names(source: RecordedSet) -> list[str]:
    return [part.path.name.removeprefix("rec.jsonl") for part in source.parts]


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_read_in_order_as_one(tmp_path: Path, name: str) -> None:
    source = rotated(tmp_path / name)
    assert len(source.parts) == FILES
    index, found = indexed(source), serials(RecordedItems(source))
    assert found == list(range(found[0], 5001))
    assert (index.records, index.damage, index.holes) == (len(found), None, [])
    assert (index.begin, index.end, index.progress) == (found[0] - 1.0, 5001.0, None)
    assert source.reached == source.size


@pytest.mark.parametrize("name", NAMES)
def test_reading_begins_at_every_place_and_jumps_reach_every_moment(tmp_path: Path, name: str) -> None:
    source = rotated(tmp_path / name)
    player = Player(source, fake_clocks())
    player.index.read(source, lambda: False)
    every = serials(RecordedItems(source))
    assert {place.part for place in player.index.places} == set(range(FILES))
    for place in player.index.places:
        assert serials(RecordedItems(source, place)) == every[place.records :]
    for moment in (0.0, every[0] + 0.5, every[len(every) // 2] + 0.5, 4_999.5, 1e9):
        spot = player._find(moment, None)  # pyright: ignore[reportPrivateUsage]
        assert spot.record == len([serial for serial in every if serial <= moment])


def test_files_that_were_compressed_later_and_other_files_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "rec.jsonl"
    before = serials(RecordedItems(rotated(path)))
    for number in (2, 3):
        old = tmp_path / f"rec.jsonl.{number}"
        (tmp_path / f"rec.jsonl.{number}.gz").write_bytes(gzip.compress(old.read_bytes()))
    (tmp_path / "rec.jsonl.2").unlink()
    for other in ("rec.jsonl.7", "rec.jsonl.old", "rec.jsonl.0", "rec.jsonl.1.bak", "xrec.jsonl.1"):
        (tmp_path / other).write_text("my diary\n")
    (tmp_path / "rec.jsonl.9").symlink_to(path)
    source = RecordedSet(path)
    assert names(source) == [".4", ".3", ".2.gz", ".1", ""]
    assert serials(RecordedItems(source)) == before


def test_a_numbered_file_is_shown_alone(tmp_path: Path) -> None:
    rotated(tmp_path / "rec.jsonl")
    source = RecordedSet(tmp_path / "rec.jsonl.2")
    assert names(source) == [".2"]
    assert indexed(source).damage is None


def holes(source: RecordedSet) -> list[str]:
    """Return the reasons of the holes, which the index and the items tell alike."""
    found = [item.hole for item in RecordedItems(source).take(1_000_000) if isinstance(item, HoleItem) and item.hole]
    index = indexed(source)
    assert index.holes == found
    assert all(hole.since <= hole.until for hole in found)
    return [hole.reason for hole in found]


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        ((2,), "rec.jsonl.2 is missing"),
        ((1, 2), "rec.jsonl.2 to rec.jsonl.1 are missing"),
        ((3,), "rec.jsonl.3 is missing"),
    ],
)
def test_a_file_that_is_missing_is_a_hole(tmp_path: Path, gone: tuple[int, ...], why: str) -> None:
    rotated(tmp_path / "rec.jsonl")
    for number in gone:
        (tmp_path / f"rec.jsonl.{number}").unlink()
    assert holes(RecordedSet(tmp_path / "rec.jsonl")) == [why]


def test_a_program_that_was_killed_damage_and_a_pause_are_holes_and_the_rest_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "rec.jsonl"
    rotated(path, 5000)
    third = tmp_path / "rec.jsonl.3"
    third.write_bytes(third.read_bytes().rpartition(b'{"type":"end"')[0])
    second = tmp_path / "rec.jsonl.2"
    content = second.read_bytes().split(b"\n")
    content[40] = b"rubbish"
    second.write_bytes(b"\n".join(content))
    for number in (3, 2, 1):
        (tmp_path / f"rec.jsonl.{number}").rename(tmp_path / f"rec.jsonl.{number + 1}")
    path.rename(tmp_path / "rec.jsonl.1")
    writer = RecordingWriter(RotatedFiles(tmp_path / "new", 1), 1 << 30, "test")
    writer.write((), states(9000.0))
    writer.write([Raised(1, 9001.0, "E_TEST", Params((1,)), PLAN, (b"{}",), (0.0,))], None)
    writer.close(9002.0)
    (tmp_path / "new").rename(path)
    source = RecordedSet(path)
    told = holes(source)
    assert told[0] == "rec.jsonl.4 has no end: the program was killed"
    assert told[1].startswith("rec.jsonl.3 is damaged at line 41: ")
    assert told[2:] == ["nothing was recorded"]
    index = indexed(source)
    assert index.damage is None
    assert serials(RecordedItems(source))[-1] == 1
    assert index.records == len(serials(RecordedItems(source)))


async def test_a_hole_is_passed_over_at_once_and_the_states_of_the_next_file_hold(tmp_path: Path) -> None:
    path = tmp_path / "rec.jsonl"
    rotated(path, 100)
    path.rename(tmp_path / "rec.jsonl.1")
    writer = RecordingWriter(RotatedFiles(tmp_path / "new", 1), 1 << 30, "test")
    writer.write((), states(9000.0))
    writer.close(9001.0)
    (tmp_path / "new").rename(path)
    clocks = fake_clocks()
    player = Player(RecordedSet(path), clocks)
    await player.begin()
    for _ in range(200):
        await player._move_on(1.0)  # pyright: ignore[reportPrivateUsage]
    assert player.state.position == 9000.0
    assert player.state.is_paused


def test_a_damaged_last_file_is_damage_and_no_hole(tmp_path: Path) -> None:
    path = tmp_path / "rec.jsonl"
    rotated(path)
    path.write_bytes(path.read_bytes()[:-60])
    index = indexed(RecordedSet(path))
    assert index.holes == []
    assert index.damage is not None
    assert "cut off" in index.damage.reason or "no end" in index.damage.reason


def test_what_is_kept_of_many_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_bytes, "_FIRST_SPACING", 1024)
    monkeypatch.setattr(recorded_set, "MAX_RESUMES", 8)
    path = tmp_path / "rec.jsonl.gz"
    rotated(path, 2000)
    for number in range(1, 20):
        if not (tmp_path / f"rec.jsonl.gz.{number}").exists():
            shutil.copy(tmp_path / "rec.jsonl.gz.1", tmp_path / f"rec.jsonl.gz.{number}")
    source = RecordedSet(path)
    assert len(source.parts) == 20
    indexed(source)
    assert sum(len(part._resumes) for part in source.parts) <= 8  # pyright: ignore[reportPrivateUsage]


def test_a_set_whose_newest_file_is_away_is_refused(tmp_path: Path) -> None:
    rotated(tmp_path / "rec.jsonl")
    (tmp_path / "rec.jsonl").unlink()
    with pytest.raises(RecordingError, match="No such file"):
        RecordedSet(tmp_path / "rec.jsonl")
    with pytest.raises(RecordingError, match="No such file"):
        RecordedSet(tmp_path / "away" / "rec.jsonl")


def test_the_order_of_many_files_is_that_of_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "rec.jsonl"
    for number in range(12):
        (tmp_path / (f"rec.jsonl.{number}" if number else "rec.jsonl")).write_bytes(b"")
    assert [part.path.suffix for part in rotated_parts(path)] == [*(f".{n}" for n in range(11, 0, -1)), ".jsonl"]
    assert not any(part.missing for part in rotated_parts(path))


def test_each_file_begins_with_how_everything_stood(tmp_path: Path) -> None:
    items = RecordedItems(rotated(tmp_path / "rec.jsonl")).take(1_000_000)
    for place, item in enumerate(items):
        if isinstance(item, HoleItem):
            assert isinstance(items[place + 1], StateItem)
    assert sum(isinstance(item, HoleItem) for item in items) == FILES - 1
