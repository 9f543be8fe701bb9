"""A row of the stream is copied as what raises it again, in each form that the raise form has."""

import stat
from pathlib import Path

import pytest

from evtui.core.values import Params
from evtui.raising.copy_forms import COPY_FORMS, CopyChoice
from evtui.raising.raise_template import RaiseRequest
from evtui.ui.forms.raising.pick_dialog import PickDialog
from tests.functional.console.console_scene import Scene, comes, settle, told

PARAMS = Params(("192.0.2.1", "it's {n} 'x'", 3), ("ip", "note", "count"))


@pytest.mark.parametrize("choice", COPY_FORMS, ids=lambda choice: choice.form)
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_row_is_copied_as_what_raises_it_again(
    choice: CopyChoice, size: tuple[int, int], tmp_path: Path
) -> None:
    scene = Scene(demo=True, files=tmp_path)
    async with scene.running(*size) as pilot:
        scene.engine.raise_event("E_MINE", PARAMS)
        await settle(scene, pilot)
        await pilot.press("1", "end", "Y", *["down"] * COPY_FORMS.index(choice), "enter")
        await comes(scene, pilot, lambda: "saved to" in told(scene))
        text = choice.write(RaiseRequest("E_MINE", PARAMS))
        assert scene.app.clipboard == text
    (file,) = tmp_path.iterdir()
    assert file.read_text() == text + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_cancelled_copy_copies_nothing(tmp_path: Path) -> None:
    scene = Scene(demo=True, files=tmp_path / "copies")
    async with scene.running(80, 24) as pilot:
        scene.engine.raise_event("E_MINE", PARAMS)
        await settle(scene, pilot)
        await pilot.press("1", "end", "Y", "escape")
        await settle(scene, pilot)
        assert (scene.app.clipboard, (tmp_path / "copies").exists()) == ("", False)


async def test_a_row_that_raised_nothing_is_told(tmp_path: Path) -> None:
    scene = Scene(demo=True, files=tmp_path)
    async with scene.running(80, 24) as pilot:
        scene.engine.subscribe("E_MINE", "unix:/tmp/evtui-test-nobody.sock", 60)
        await settle(scene, pilot)
        await pilot.press("1", "end", "Y")
        await settle(scene, pilot)
        assert "Select a notification of the stream" in told(scene)
        assert not isinstance(scene.app.screen, PickDialog)
