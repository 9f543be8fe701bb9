"""The tour of the first start: five lines, once, with the keys as they are bound."""

import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.css.query import NoMatches
from textual.widgets import Static

from evtui.persistence.kept_choices import KeptChoices
from evtui.ui.actions import ACTIONS, BY_ID, is_possible, shown_keys
from evtui.ui.guide.tour import tour_lines
from evtui.ui.panes import PANES
from evtui.ui.state.console_choices import ConsoleChoices
from tests.functional.console.console_scene import Scene, settle, shown, work_done
from tests.functional.recordings.test_playback_keys import shown as recording_shown
from tests.unit.backends.recording.test_recording_files_read import record

LEAST_WIDTH = 56
"""Cells in the frame of the tour at 60 columns."""


def toured(scene: Scene) -> list[str]:
    """Return the lines of the tour, none when it is not shown."""
    try:
        box = scene.screen.query_one("#tour")
    except NoMatches:
        return []
    return [str(line.content) for line in box.query(Static)]


def kept(directory: Path) -> KeptChoices:
    return KeptChoices(directory / "console.json", pytest.fail)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 50)])
async def test_it_is_shown_at_the_first_start_and_never_again(size: tuple[int, int], tmp_path: Path) -> None:
    scene = Scene(choices=kept(tmp_path))
    async with scene.running(*size) as pilot:
        lines = toured(scene)
        assert len(lines) == 5
        assert all(line in shown(scene) for line in lines)
        await pilot.press("escape")
        await settle(scene, pilot)
        assert not toured(scene)
    scene.app.keep_choices()
    again = Scene(choices=kept(tmp_path))
    async with again.running(*size):
        assert not toured(again)


async def test_a_console_that_was_killed_at_its_first_start_does_not_show_it_again(tmp_path: Path) -> None:
    scene = Scene(choices=kept(tmp_path))
    async with scene.running(80, 24):
        assert toured(scene)
        scene.app._keep_choices_aside()  # pyright: ignore[reportPrivateUsage]
        await work_done(scene)
        assert kept(tmp_path).found.toured


async def test_keys_work_as_always_while_it_is_shown(tmp_path: Path) -> None:
    scene = Scene(choices=kept(tmp_path))
    async with scene.running(80, 24) as pilot:
        await pilot.press("1", "f", *"mine", "enter")
        await settle(scene, pilot)
        assert scene.screen.state.stream.filter.typed == "mine"
        assert toured(scene)
        await pilot.press("escape")
        assert scene.screen.state.stream.filter.typed == "mine", "the key closed the tour first"
        await pilot.press("escape")
        assert not scene.screen.state.stream.filter


async def test_it_leaves_its_room_to_the_raise_form_and_is_there_again_behind_it(tmp_path: Path) -> None:
    scene = Scene(choices=kept(tmp_path))
    async with scene.running(80, 24) as pilot:
        await pilot.press("r")
        await settle(scene, pilot)
        assert "Tour" not in shown(scene)
        await pilot.press("escape")
        await settle(scene, pilot)
        assert scene.screen.active != "raise"
        assert "Tour" in shown(scene)


async def test_it_is_not_shown_without_a_memory_after_a_choice_or_when_the_settings_say_so(tmp_path: Path) -> None:
    chosen = kept(tmp_path / "chosen")
    chosen.keep(ConsoleChoices(theme="evtui-light"))
    scenes = [Scene(), Scene(choices=kept(tmp_path / "chosen")), Scene(choices=kept(tmp_path / "none"))]
    scenes[2].app.take_settings(fps=10, profile="", tour=False)
    for scene in scenes:
        async with scene.running(80, 24):
            assert not toured(scene)


async def test_the_palette_shows_it_again_once() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        for _ in range(2):
            scene.screen.action_do("tour")
            await settle(scene, pilot)
        assert len(toured(scene)) == 5


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("playback", [False, True])
@pytest.mark.parametrize("remapped", [{}, {"raise": "ctrl+e", "filter": "", "why": "X"}])
def test_its_lines_name_only_what_can_be_done_with_the_keys_as_bound(
    read_only: bool, playback: bool, remapped: dict[str, str]
) -> None:
    lines = [str(line) for line in tour_lines(remapped, read_only=read_only or playback, playback=playback)]
    named = {action.id for action in ACTIONS for key in shown_keys(action, remapped) if _names(lines, key)}
    possible = {
        each.id
        for each in ACTIONS
        if any(is_possible(each, pane, read_only=read_only or playback, playback=playback) for pane in PANES)
    }
    assert len(lines) == 5
    assert {"help", "quit", "open"} <= named <= possible
    assert ("raise" in named) == (not read_only and not playback)
    assert ("jump" in named) == playback
    if remapped:
        assert f"{BY_ID['filter'].label} in the palette" in "\n".join(lines)
    else:
        assert max(map(cell_len, lines)) <= LEAST_WIDTH


def _names(lines: list[str], key: str) -> bool:
    return any(re.search(rf"(^|[ (]){re.escape(key)}($|[ ),])", line) for line in lines)


async def test_of_a_recording_it_tells_how_to_move(tmp_path: Path) -> None:
    async with recording_shown(record(tmp_path / "rec.jsonl", 5, seconds=10.0).path) as console:
        screen = console.app.get_default_screen()
        screen.action_do("tour")
        await console.press()
        assert ". goes to the next record" in str(screen.query_one("#tour Static", Static).content)
