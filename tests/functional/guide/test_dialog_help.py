"""The help of each dialog, form and line begins with its own keys; a field takes `?` as the letter that it is."""

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from evtui.ui.guide.help_screen import HelpScreen
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.widgets.form_keys import PROMPT_KEYS, RAISE_KEYS, FormKey
from tests.functional.console.console_scene import Scene, comes, settle, work_done
from tests.functional.small_screens.views import VIEWS, View, made

DIALOGS = {view.screen: view for view in VIEWS if not view.pane and view.screen not in {"ConsoleScreen", "HelpScreen"}}
DIALOGS.pop("ScriptScreen")


def first_group(screen: HelpScreen) -> tuple[str, set[tuple[str, str]]]:
    """Return the name and the lines of the group that the help begins with."""
    name, lines = screen.text.found[0]
    return name, set(lines)


def written(keys: tuple[FormKey, ...]) -> set[tuple[str, str]]:
    return {(" ".join(key.keys.split(",")), key.help) for key in keys}


async def open_view(view: View, scene: Scene, story: Any, pilot: Pilot[int]) -> None:
    if story is not None:
        await story(scene, pilot)
    for key in view.keys:
        await pilot.press(key)
        await settle(scene, pilot)
    await work_done(scene)


async def help_of(scene: Scene, pilot: Pilot[int], key: str) -> HelpScreen:
    await pilot.press(key)
    await comes(scene, pilot, lambda: isinstance(scene.app.screen, HelpScreen))
    screen = scene.app.screen
    assert isinstance(screen, HelpScreen)
    return screen


@pytest.mark.parametrize("view", DIALOGS.values(), ids=lambda view: view.screen)
async def test_the_help_of_a_dialog_begins_with_its_keys_and_leads_back_to_it(view: View) -> None:
    scene, story = made(view)
    async with scene.running(80, 24) as pilot:
        await open_view(view, scene, story, pilot)
        dialog = scene.app.screen
        assert isinstance(dialog, DismissedOnce)
        name, lines = first_group(await help_of(scene, pilot, "f1"))
        assert name == f"In this dialog: {dialog.SUBJECT}"
        assert lines == written(tuple(dialog.HELP_KEYS))
        assert lines
        await pilot.press("escape")
        await comes(scene, pilot, lambda: scene.app.screen is dialog)
        field = scene.app.focused
        await pilot.press("question_mark")
        await settle(scene, pilot)
        if isinstance(field, Input):
            assert scene.app.screen is dialog
            assert "?" in field.value
        else:
            await comes(scene, pilot, lambda: isinstance(scene.app.screen, HelpScreen))


@pytest.mark.parametrize("view", DIALOGS.values(), ids=lambda view: view.screen)
async def test_each_key_of_a_dialog_is_in_its_help_and_each_key_of_the_help_is_bound(view: View) -> None:
    scene, story = made(view)
    async with scene.running(120, 40) as pilot:
        await open_view(view, scene, story, pilot)
        dialog = scene.app.screen
        assert isinstance(dialog, DismissedOnce)
        told = {key for each in dialog.HELP_KEYS for key in each.keys.split(",")}
        own = {key for key, bound in dialog.active_bindings.items() if bound.node is dialog}
        assert own - told <= set(_TEXTUAL)
        assert told - {*dialog.active_bindings} <= {"enter", "tab", "shift+tab"}, "those are keys of the fields"


_TEXTUAL = ("ctrl+end", "shift+end", "ctrl+home", "shift+home", "tab", "shift+tab", "enter", "up", "down", "ctrl+c",
            "super+c", "ctrl+q")  # fmt: skip
"""Keys that are the same in each dialog of the library, or that move between fields."""


@pytest.mark.parametrize(
    ("keys", "name", "own"),
    [
        (("1", "f", *"event~"), "In this line", PROMPT_KEYS),
        (("1", "slash", *"a"), "In this line", PROMPT_KEYS),
        (("2", "r"), "In the raise form", RAISE_KEYS),
        (("2", "r", "f4", *"ip="), "In the raise form", RAISE_KEYS),
    ],
)
async def test_a_line_and_the_raise_form_have_their_help_by_f1(
    keys: tuple[str, ...], name: str, own: tuple[FormKey, ...]
) -> None:
    scene = Scene(demo=True)
    async with scene.running(80, 24) as pilot:
        for key in keys:
            await pilot.press(key)
        await settle(scene, pilot)
        field = scene.app.focused
        assert isinstance(field, Input)
        before = field.value
        await pilot.press("question_mark")
        assert field.value == before + "?"
        assert first_group(await help_of(scene, pilot, "f1")) == (name, written(own))
        await pilot.press("escape")
        await comes(scene, pilot, lambda: isinstance(scene.app.screen, PaneScreen))
        assert scene.app.focused is field
        assert field.value == before + "?"


async def test_keys_of_the_help_that_were_remapped_work_in_dialogs_too() -> None:
    scene = Scene(demo=True, keys={"help": "f11"})
    async with scene.running(80, 24) as pilot:
        await pilot.press("1", "F")
        await settle(scene, pilot)
        await pilot.press("f1")
        await settle(scene, pilot)
        assert not isinstance(scene.app.screen, HelpScreen)
        await help_of(scene, pilot, "f11")
