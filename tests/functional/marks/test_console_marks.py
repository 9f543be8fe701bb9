"""Marks in the console: set by key and from the palette, shown alone, gone to, exported, recorded."""

import json
from pathlib import Path

import pytest
from msgspec import structs
from textual.pilot import Pilot

from evtui.codecs.recording.record_lines import mark_line
from evtui.core.record_marks import RecordMark
from evtui.core.recording_port import RecordingState
from evtui.storage.recording.recording_writer import RecordingWriter
from evtui.storage.recording.rotated_files import RotatedFiles
from evtui.ui.forms.export.export_dialog import ExportDialog
from evtui.ui.guide.palette import Palette
from tests.fakes.recording_fakes import states
from tests.functional.console.console_scene import Scene, comes, settle, shown, told
from tests.functional.processes.waiting import until
from tests.functional.recordings.test_playback_keys import shown as recording_shown
from tests.functional.recordings.test_record_key import FakeRecordings
from tests.unit.backends.recording.test_recording_files_read import record
from tests.unit.ui.records import raised

SIZES = [(80, 24), (120, 40), (200, 50)]


async def begin(scene: Scene, pilot: Pilot[int], count: int = 20) -> None:
    for number in range(count):
        scene.engine.raise_event("E_MINE", {"n": number})
    await pilot.press("1")
    await settle(scene, pilot)


def marked(scene: Scene) -> list[int]:
    return list(scene.screen.state.stream.marks)


def rows(scene: Scene) -> int:
    return len(scene.screen.state.stream.view)


async def choose(scene: Scene, pilot: Pilot[int], words: str) -> None:
    """Do an action from the palette."""
    await pilot.press("colon")
    await pilot.press(*words)
    await comes(scene, pilot, lambda: isinstance(scene.app.screen, Palette) and not scene.app.screen.is_busy)
    await pilot.press("enter")
    await settle(scene, pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_a_row_is_marked_with_a_sign_and_shown_alone(size: tuple[int, int]) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        await begin(scene, pilot)
        await pilot.press("up", "up", "m", "up", "m")
        await settle(scene, pilot)
        assert marked(scene) == [16, 17]
        assert shown(scene).count("◆") == 3  # two rows, and their number in the border
        await pilot.press("M")
        await settle(scene, pilot)
        assert "Stream 2/20" in shown(scene)
        assert "filter mark=*" in shown(scene)
        await pilot.press("m")
        await settle(scene, pilot)
        assert rows(scene) == 2, "a view that stands still keeps its rows"
        await pilot.press("G")
        await settle(scene, pilot)
        assert rows(scene) == 1
        await pilot.press("M")
        await settle(scene, pilot)
        assert rows(scene) == 20


async def test_escape_shows_all_rows_again_and_a_key_without_marks_says_why() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        await pilot.press("M")
        await settle(scene, pilot)
        assert "No row is marked: m marks one." in told(scene)
        await pilot.press("up", "m", "M", "escape")
        await settle(scene, pilot)
        assert rows(scene) == 20


async def test_a_range_and_all_rows_of_the_filter_are_marked_from_the_palette() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        await choose(scene, pilot, "mark a range")
        assert "Mark the first row of the range with m" in told(scene)
        await pilot.press("up", "up", "m", "up", "up", "up")
        await choose(scene, pilot, "mark a range")
        assert marked(scene) == [14, 15, 16, 17]
        await choose(scene, pilot, "unmark all")
        assert marked(scene) == []
        await pilot.press("f", *"n<3", "enter")
        await settle(scene, pilot)
        await choose(scene, pilot, "mark all shown")
        assert marked(scene) == [0, 1, 2]
        assert "3 rows marked" in told(scene)


async def test_the_palette_goes_from_mark_to_mark_and_a_search_finds_them() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        scene.screen.state.stream.marks.add((3, 9))
        await settle(scene, pilot)
        pane = scene.screen.panes.stream
        await choose(scene, pilot, "previous mark")
        assert pane.cursor == 9
        await choose(scene, pilot, "previous mark")
        assert pane.cursor == 3
        await choose(scene, pilot, "next mark")
        assert pane.cursor == 9
        await pilot.press("slash", *"marked", "enter", "n")
        await comes(scene, pilot, lambda: pane.cursor == 3)


async def test_the_detail_says_what_marked_the_row_and_the_key_works_there() -> None:
    scene = Scene()
    async with scene.running(200, 50) as pilot:
        await begin(scene, pilot)
        await pilot.press("up", "enter", "m")
        await settle(scene, pilot)
        assert "◆ by hand" in shown(scene)
        await pilot.press("m")
        await settle(scene, pilot)
        assert "by hand" not in shown(scene)
        assert marked(scene) == []


async def test_marked_rows_are_exported(tmp_path: Path) -> None:
    scene = Scene(files=tmp_path)
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot)
        await pilot.press("up", "m", "up", "up", "m", "e")
        await settle(scene, pilot)
        assert isinstance(scene.app.screen, ExportDialog)
        assert "2 rows that are marked" in shown(scene)
        await pilot.press("enter")
        await comes(scene, pilot, lambda: "2 rows written" in told(scene))
    (file,) = tmp_path.glob("*-marked.jsonl")
    assert [json.loads(line)["mark"] for line in file.read_text().splitlines()] == ["hand", "hand"]


async def test_a_mark_goes_into_the_recording_that_is_being_written() -> None:
    recordings = FakeRecordings()
    recordings.state = RecordingState("x.jsonl")
    scene = Scene(recordings=recordings)
    async with scene.running(120, 40) as pilot:
        await begin(scene, pilot, 1)
        await pilot.press("up", "down", "m", "m")
        await settle(scene, pilot)
    assert [mark.by for mark in recordings.marks] == ["hand", ""]
    assert {mark.key[1:] for mark in recordings.marks} == {("raised", "E_MINE", 1)}


async def test_a_recording_shows_its_marks_wherever_they_were_made(tmp_path: Path) -> None:
    path = tmp_path / "rec.jsonl"
    writer = RecordingWriter(RotatedFiles(path, 1), 1 << 40, "test")
    writer.write((), states(0.0))
    plan = raised(subscribers=3).plan
    writer.write(
        [structs.replace(raised("E_TEST", at=float(place), subscribers=3), serial=place) for place in range(10)], None
    )
    socket = str(plan.groups[0].sockets[1])
    marks = [RecordMark((float(place), "raised", "E_TEST", place), socket, "hand") for place in (3, 4)]
    marks.append(RecordMark((4.0, "raised", "E_TEST", 4), socket, ""))
    writer.write([], None, marks=[mark_line(mark, 60.0) for mark in marks])
    writer.close(70.0)
    async with recording_shown(path) as console:
        screen = console.app.get_default_screen()
        await console.player.jump(9.0)
        screen.look()
        stream = screen.state.stream
        (row,) = stream.marked_rows()
        assert (row.record.at, row.place, row.mark) == (3.0, 1, "hand")
        await console.press("M")
        await console.shows("Stream 1/")


async def test_marks_stay_while_a_recording_moves_to_another_place(tmp_path: Path) -> None:
    path = record(tmp_path / "rec.jsonl", 30, seconds=10.0).path
    async with recording_shown(path) as console:
        screen = console.app.get_default_screen()
        await console.press("full_stop", "full_stop", "full_stop")
        await until(lambda: console.player.state.record == 3)
        screen.look()
        await console.press("end", "m")
        assert len(screen.state.stream.marks) == 1
        await console.player.jump(console.player.header.time + 15)
        screen.look()
        assert len(screen.state.stream.marks) == 0
        await console.player.jump(console.player.header.time + 100)
        screen.look()
        (number,) = screen.state.stream.marks
        place = screen.state.stream.find(number)
        assert place is not None
        assert screen.state.stream.view[place].record.at == pytest.approx(30.0)
