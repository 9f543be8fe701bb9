"""What was done is told in a line, on each screen and in each dialog; only errors are toasts, which cover others."""

from collections.abc import Iterator
from typing import Any

import pytest

from evtui.ui.app import EvtuiApp
from evtui.ui.messages import Notice
from evtui.ui.panes import PANES
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.widgets.told_line import ToldLine
from tests.functional.console.console_scene import Scene, settle, shown, told, work_done
from tests.functional.small_screens.looks_in_turn import in_turn
from tests.functional.small_screens.views import VIEWS, View, made

SIZES = [(60, 20), (120, 40)]
KINDS = {view.screen: view for view in reversed(VIEWS)}
"""A view of each screen and dialog, by its class."""


@pytest.fixture(autouse=True)
def toasts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the toasts that are no errors."""
    wrong: list[str] = []
    usual = EvtuiApp.notify

    def notify(app: EvtuiApp, message: str, *, severity: str = "information", **options: Any) -> None:
        if severity != "error":
            wrong.append(message)
        usual(app, message, severity=severity, **options)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(EvtuiApp, "notify", notify)
    yield wrong
    assert not wrong


@pytest.mark.parametrize(
    ("view", "size"),
    [pytest.param(view, size, id=f"{view.screen}-{size[0]}") for view, size in in_turn(KINDS.values(), SIZES)],
)
async def test_what_was_done_is_told_in_a_line_of_each_screen_and_dialog(view: View, size: tuple[int, int]) -> None:
    scene, story = made(view)
    async with scene.running(*size) as pilot:
        if story is not None:
            await story(scene, pilot)
        for key in view.keys:
            await pilot.press(key)
            await settle(scene, pilot)
        await work_done(scene)
        front = scene.app.screen
        assert type(front).__name__ == view.screen
        scene.app.tell(Notice("This was [b]done[/b]."))
        await settle(scene, pilot)
        assert "This was [b]done[/b]." in shown(scene)
        scene.app.tell(Notice("And 名 this."))
        await settle(scene, pilot)
        assert "And 名 this." in shown(scene)
        assert "This was" not in shown(scene)
        assert scene.app.screen is front
        if not isinstance(front, PaneScreen):
            assert isinstance(front, DismissedOnce)
            assert len(front.query(ToldLine)) == 1


@pytest.mark.parametrize("pane", PANES)
async def test_no_action_that_is_possible_in_a_pane_makes_a_toast_that_is_no_error(pane: str, tmp_path: Any) -> None:
    scene = Scene(demo=True, files=tmp_path)
    scene.engine.subscribe("E_MINE", "unix:/tmp/evtui-test-nobody.sock", 60)
    async with scene.running(120, 40) as pilot:
        for number in range(3):
            scene.engine.raise_event("E_MINE", {"n": number})
        await settle(scene, pilot)
        screen = scene.screen
        for action in [each for each in screen.action_calls if each != "quit"]:
            if screen.active != pane:
                screen.action_do(f"show_{pane}")
                await settle(scene, pilot)
            if screen.check_action("do", (action,)):
                screen.action_do(action)
            await settle(scene, pilot)
            await work_done(scene)
            while len(scene.app.screen_stack) > 1:
                scene.app.pop_screen()
            await pilot.pause()


async def test_an_error_above_a_dialog_is_a_toast() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        await pilot.press("question_mark")
        scene.app.tell(Notice("It was not done.", bad=True))
        await pilot.pause()
        assert told(scene) == "It was not done."
