"""The picture of the screen that the palette writes: a private file with what is seen, and nothing that is loaded."""

import re
import stat
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.functional.console.console_scene import Scene, comes, settle, told
from tests.functional.scripts.script_scene import script


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_palette_writes_the_screen_to_a_private_file(size: tuple[int, int], tmp_path: Path) -> None:
    files = tmp_path / "state"
    scene = Scene(demo=True, files=files)
    async with scene.running(*size) as pilot:
        scene.engine.raise_event("E_MINE", {"text": "<b>&amp;\x1b[31m"})
        await settle(scene, pilot)
        await pilot.press("1", "colon", *"screenshot", "enter")
        await comes(scene, pilot, lambda: "Screenshot saved to" in told(scene))
        (path,) = files.iterdir()
        assert str(path.name) in told(scene) or size[0] == 80
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert re.fullmatch(r"evtui-\d{8}-\d{6}\.svg", path.name)
    picture = ET.fromstring(path.read_text(encoding="utf-8"))
    words = "".join(picture.itertext()).replace("\xa0", " ")
    assert "E_MINE" in words
    assert "Search for commands" not in words, "the palette has left the screen"


async def test_the_picture_loads_nothing(tmp_path: Path) -> None:
    scene = Scene(demo=True, files=tmp_path, script=script())
    async with scene.running(120, 40) as pilot:
        await pilot.press("6", "colon", *"screenshot", "enter")
        await comes(scene, pilot, lambda: "Screenshot saved to" in told(scene))
    (path,) = tmp_path.iterdir()
    assert not re.search(r"url\(\"?https?:|href=\"?https?:", path.read_text(encoding="utf-8"))


async def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    scene = Scene(demo=True, files=tmp_path / "file" / "below")
    async with scene.running(80, 24) as pilot:
        await pilot.press("colon", *"screenshot", "enter")
        await comes(scene, pilot, lambda: "Not saved: " in told(scene))


async def test_a_key_that_the_configuration_gives_it_takes_the_picture(tmp_path: Path) -> None:
    scene = Scene(demo=True, files=tmp_path, keys={"screenshot": "f11"})
    async with scene.running(80, 24) as pilot:
        await pilot.press("f11")
        await comes(scene, pilot, lambda: "Screenshot saved to" in told(scene))
    assert len(list(tmp_path.iterdir())) == 1
