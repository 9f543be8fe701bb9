"""The key that records: what happens is in a file, and the status line says so."""

from pathlib import Path

from evtui.core.errors import RecordingError
from evtui.core.record_marks import RecordMark
from evtui.core.recording_port import RecordingState
from tests.functional.console.console_scene import Scene, comes, settle, shown, told


class FakeRecordings:
    """Recordings that write nothing."""

    def __init__(self) -> None:
        self.state: RecordingState | None = None
        self.why = ""
        self.marks: list[RecordMark] = []

    def mark(self, mark: RecordMark) -> None:
        self.marks.append(mark)

    async def begin(self, path: str) -> RecordingState:
        if self.why:
            raise RecordingError(path, self.why)
        self.state = RecordingState(path)
        return self.state

    async def end(self) -> RecordingState | None:
        ended, self.state = self.state, None
        return ended


async def test_the_key_begins_a_recording_and_ends_it(tmp_path: Path) -> None:
    recordings = FakeRecordings()
    scene = Scene(files=tmp_path / "state", recordings=recordings)
    async with scene.running(120, 40) as pilot:
        await pilot.press("ctrl+r")
        await comes(scene, pilot, lambda: recordings.state)
        assert recordings.state is not None
        assert Path(recordings.state.path).parent == tmp_path / "state"
        recordings.state = RecordingState(recordings.state.path, records=1234)
        await settle(scene, pilot)
        assert "● REC 1,234" in shown(scene).splitlines()[0]
        await pilot.press("ctrl+r")
        await comes(scene, pilot, lambda: "saved to" in told(scene))
        assert "1,234 records saved to" in told(scene)
        assert "REC" not in shown(scene).splitlines()[0]


async def test_the_status_line_says_why_nothing_is_recorded_and_how_much_is_missing() -> None:
    recordings = FakeRecordings()
    recordings.state = RecordingState("x.jsonl", 10, 100, 7, "No space left on device")
    scene = Scene(recordings=recordings)
    async with scene.running(200, 50) as pilot:
        await settle(scene, pilot)
        status = shown(scene).splitlines()[0]
        assert "NOT RECORDED No space left on device" in status
        assert "not recorded 7" in status


async def test_a_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    recordings = FakeRecordings()
    recordings.why = "Permission denied"
    scene = Scene(files=tmp_path, recordings=recordings)
    async with scene.running(80, 24) as pilot:
        await pilot.press("ctrl+r")
        await comes(scene, pilot, lambda: told(scene))
        assert "Not recorded" in told(scene)
        assert "Permission denied" in told(scene)
