"""Rows of the stream are written to a file that a person names, and never over another one unasked."""

import csv
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from evtui.ui.forms.export import export_rows
from evtui.ui.forms.export.export_dialog import ExportDialog
from tests.functional.console.console_scene import Scene, comes, settle, shown, told
from tests.functional.console.test_console_stream import busy
from tests.limits import HANG


async def opened(scene: Scene, pilot: Pilot[int], *keys: str) -> Input:
    """Open the dialog behind some keys; returns the field of the path."""
    await pilot.press(*keys, "e")
    await comes(scene, pilot, lambda: isinstance(scene.app.screen, ExportDialog) and scene.app.focused is not None)
    return scene.app.screen.query_one("#path", Input)


async def closed(scene: Scene, pilot: Pilot[int]) -> None:
    await comes(scene, pilot, lambda: scene.app.screen is scene.screen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_rows_that_are_shown_are_written_to_the_proposed_path(size: tuple[int, int], tmp_path: Path) -> None:
    scene = Scene(demo=True, files=tmp_path / "state")
    async with scene.running(*size) as pilot:
        busy(scene, 20)
        await settle(scene, pilot)
        path = await opened(scene, pilot, "f", *"user1", "enter")
        assert "11 rows, as filtered: user1" in shown(scene)
        assert path.value.endswith("-user1.jsonl")
        await pilot.press("enter")
        await closed(scene, pilot)
        (file,) = (tmp_path / "state").iterdir()
        assert "11 rows written to" in told(scene)
        assert str(file) == path.value
    assert [json.loads(line)["params"]["n"] for line in file.read_text().splitlines()] == [1, *range(10, 20)]


async def test_all_rows_or_the_selected_one_as_a_table(tmp_path: Path) -> None:
    scene = Scene(demo=True, files=tmp_path)
    async with scene.running(120, 40) as pilot:
        busy(scene, 20)
        await settle(scene, pilot)
        path = await opened(scene, pilot, "f", *"user1", "enter", "up")
        await pilot.press("shift+tab", "c", "shift+tab", "a")
        assert "20 rows: all that the journal holds" in shown(scene)
        assert path.value.endswith(".csv")
        await pilot.press("enter")
        await closed(scene, pilot)
        (everything,) = tmp_path.iterdir()
        await opened(scene, pilot)
        await pilot.press("shift+tab", "shift+tab", "o")
        assert "1 row: the one under the cursor" in shown(scene)
        await pilot.press("enter")
        await closed(scene, pilot)
        (one,) = set(tmp_path.iterdir()) - {everything}
    assert len(list(csv.reader(everything.read_text().splitlines()))) == 21
    assert json.loads(one.read_text())["params"]["n"] == 18


async def test_a_file_that_exists_is_replaced_at_the_second_enter_only(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text("mine")
    scene = Scene(demo=True, files=tmp_path)
    async with scene.running(80, 24) as pilot:
        busy(scene, 2)
        await settle(scene, pilot)
        path = await opened(scene, pilot)
        path.value = str(tmp_path / "mine.jsonl")
        await pilot.press("enter")
        await settle(scene, pilot)
        assert "there is such a file: enter again replaces it" in shown(scene)
        assert (tmp_path / "mine.jsonl").read_text() == "mine"
        await pilot.press("enter")
        await closed(scene, pilot)
    assert len((tmp_path / "mine.jsonl").read_text().splitlines()) == 2


async def test_tab_completes_a_directory_and_goes_on_when_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    scene = Scene(demo=True, files=tmp_path)
    async with scene.running(80, 24) as pilot:
        path = await opened(scene, pilot)
        path.value = f"{tmp_path}/rep"
        path.cursor_position = len(path.value)
        await pilot.press("tab")
        await comes(scene, pilot, lambda: path.value == f"{tmp_path}/reports/")
        assert path.has_focus
        await pilot.press(*"x.csv", "tab")
        await comes(scene, pilot, lambda: not path.has_focus)
        assert path.value == f"{tmp_path}/reports/x.csv"


async def test_a_place_that_cannot_be_written_is_said_and_the_dialog_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    scene = Scene(demo=True, files=tmp_path / "file")
    async with scene.running(80, 24) as pilot:
        await opened(scene, pilot)
        await pilot.press("enter")
        await comes(scene, pilot, lambda: "not written: " in shown(scene) or "Not a directory" in shown(scene))
        await pilot.press("escape")
        await closed(scene, pilot)
        assert not told(scene)


async def test_a_read_only_console_writes_into_its_own_directory_only(tmp_path: Path) -> None:
    scene = Scene(demo=True, files=tmp_path / "state", read_only=True)
    async with scene.running(120, 40) as pilot:
        busy(scene, 1)
        await settle(scene, pilot)
        path = await opened(scene, pilot)
        proposed = path.value
        path.value = str(tmp_path / "elsewhere")
        await pilot.press("enter")
        await settle(scene, pilot)
        assert "read-only: files are written to" in shown(scene)
        path.value = proposed
        await pilot.press("enter")
        await closed(scene, pilot)
    assert [each.name for each in tmp_path.iterdir()] == ["state"]


async def test_an_export_can_be_stopped_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, goes_on = export_rows._write, threading.Event()  # pyright: ignore[reportPrivateUsage] - held in the middle

    parts: list[int] = []

    def held(*given: Any) -> int:
        parts.append(write(*given))
        if len(parts) > 20:
            assert goes_on.wait(HANG)
        return parts[-1]

    monkeypatch.setattr(export_rows, "AT_ONCE", 1)
    monkeypatch.setattr(export_rows, "_write", held)
    scene = Scene(demo=True, files=tmp_path)
    async with scene.running(120, 40) as pilot:
        busy(scene, 4000)
        await comes(scene, pilot, lambda: scene.screen.state.stream.numbered == 4000)
        await opened(scene, pilot)
        await pilot.press("enter")
        await comes(scene, pilot, lambda: "writing: " in shown(scene))
        await pilot.press("escape")
        goes_on.set()
        await comes(scene, pilot, lambda: "it was stopped" in shown(scene))
        assert list(tmp_path.iterdir()) == []
        await pilot.press("escape")
        await closed(scene, pilot)
