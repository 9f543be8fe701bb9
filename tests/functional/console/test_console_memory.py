"""A console begins as the one before it was left: colours, orders, widths, and the texts that were typed."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from evtui.persistence.kept_choices import KeptChoices
from evtui.ui.screens.console_memory import KEEP_SECONDS
from evtui.ui.themes import DARK
from tests.functional.console.console_scene import Scene, comes, settle


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "console.json"


def remembering(file: Path, **settings: str) -> Scene:
    """Make a console that reads the file, and whose messages about it fail the test."""
    return Scene(choices=KeptChoices(file, pytest.fail), **settings)  # type: ignore[arg-type]


async def filter_by(pilot: Pilot[int], scene: Scene, text: str) -> None:
    scene.screen.show_pane("stream")
    await pilot.press("f", "ctrl+u", *text, "enter")
    await settle(scene, pilot)


async def test_what_was_chosen_is_there_in_the_next_console(file: Path) -> None:
    first = remembering(file)
    async with first.running(120, 40) as pilot:
        await pilot.press("2", "o", "greater_than_sign")
        first.app.theme = "evtui-light"
        await filter_by(pilot, first, "failed")
        await filter_by(pilot, first, "E_PIKE")
        order, widths = first.screen.state.events.order, first.screen.panes.changed_widths()
    first.app.keep_choices()
    assert order != remembering(file.with_name("other")).screen.state.events.order
    assert widths

    second = remembering(file)
    async with second.running(120, 40) as pilot:
        assert second.app.theme == "evtui-light"
        assert second.screen.state.events.order == order
        assert second.screen.panes.changed_widths() == widths
        second.screen.show_pane("stream")
        await pilot.press("f")
        await comes(second, pilot, lambda: isinstance(second.app.focused, Input))
        field = second.app.focused
        assert isinstance(field, Input)
        seen: list[str] = []
        for key in ("pageup", "ctrl+up", "pageup", "pagedown", "ctrl+down"):
            await pilot.press(key)
            await settle(second, pilot)
            seen.append(field.value)
        assert seen == ["E_PIKE", "failed", "failed", "E_PIKE", ""]


async def test_a_choice_is_kept_while_the_console_runs(file: Path) -> None:
    scene = remembering(file)
    async with scene.running(80, 24) as pilot:
        scene.app.theme = "evtui-light"
        await comes(scene, pilot, file.exists)
        assert KEEP_SECONDS < 5
    assert KeptChoices(file, pytest.fail).found.theme == "evtui-light"


async def test_a_theme_of_the_configuration_counts_more(file: Path) -> None:
    file.write_text('{"theme": "evtui-light"}')
    scene = remembering(file, theme=DARK.name)
    async with scene.running(80, 24):
        assert scene.app.theme == DARK.name
    scene.app.keep_choices()
    assert KeptChoices(file, pytest.fail).found.theme == "evtui-light", "it was not chosen here"


async def test_what_this_release_does_not_know_has_no_effect(file: Path) -> None:
    file.write_text(
        '{"theme": "none", "events_order": "none", "subscribers_order": "none",'
        ' "columns": {"-normal": [1, 99], "x": [1]}}'
    )
    scene, fresh = remembering(file), remembering(file.with_name("other"))
    async with scene.running(120, 40):
        assert scene.app.theme == fresh.app.theme
        assert scene.screen.state.events.order == fresh.screen.state.events.order
        assert scene.screen.panes.changed_widths() == {}


async def test_without_a_choice_and_without_the_tour_nothing_is_written(file: Path) -> None:
    scene = remembering(file)
    scene.app.take_settings(fps=10, profile="", tour=False)
    async with scene.running(80, 24) as pilot:
        await pilot.press("2", "down")
    scene.app.keep_choices()
    assert not file.exists()
