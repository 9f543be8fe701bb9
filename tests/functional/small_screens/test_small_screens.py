"""At 60x20 and 80x24 all of each screen can be brought into view, nothing overlaps, no text is cut without a sign."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, cast

import pytest
from textual.screen import Screen

import evtui.ui
from evtui.ui.panes import ALL_PANES
from evtui.ui.screens.pane_screen import PaneScreen
from tests.functional.console.console_scene import Scene, comes, settle, shown, work_done
from tests.functional.console.test_console_pictures import look
from tests.functional.small_screens.view_faults import faults, is_laid_out
from tests.functional.small_screens.views import VIEWS, View, made


@pytest.mark.parametrize("size", [(60, 20), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
async def test_a_view_is_whole(view: View, size: tuple[int, int]) -> None:
    scene, story = made(view)
    async with scene.running(*size) as pilot:
        if story is not None:
            with scene.app.batch_update():
                await story(scene, pilot)
        for key in view.keys:
            await pilot.press(key)
            scene.pass_by(0.1)
            await look(scene, pilot)
        await settle(scene, pilot)
        await work_done(scene)
        await pilot.pause()
        await comes(scene, pilot, lambda: is_laid_out(scene.app.screen))
        screen = scene.app.screen
        assert type(screen).__name__ == view.screen
        assert not view.pane or cast("PaneScreen[Any]", screen).active == view.pane
        assert await faults(screen, pilot) == []


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    subclasses: list[type[Any]] = kind.__subclasses__()
    for each in subclasses:
        yield each
        yield from _below(each)


def test_every_screen_and_pane_is_a_view() -> None:
    """A new dialog, or a new pane, has to be in the list."""
    for module in pkgutil.walk_packages(evtui.ui.__path__, "evtui.ui."):
        importlib.import_module(module.name)
    screens = {kind.__name__ for kind in _below(Screen) if kind.__module__.startswith("evtui.ui.")}
    abstract = {"PaneScreen", "DismissedOnce"}
    assert screens - abstract == {view.screen for view in VIEWS}
    assert {view.pane for view in VIEWS if view.pane} == {*ALL_PANES}


@pytest.mark.parametrize("size", [(39, 30), (100, 11), (30, 8)])
async def test_a_terminal_that_is_too_small_is_told_so_and_can_grow(size: tuple[int, int]) -> None:
    scene, _ = made(VIEWS[0])
    async with scene.running(*size) as pilot:
        told = " ".join(shown(scene).split())
        assert f"The console needs 40x12, this terminal has {size[0]}x{size[1]}." in told
        await pilot.resize_terminal(60, 20)
        await settle(scene, pilot)
        assert "The console needs" not in shown(scene)
        assert "E_MINE" in shown(scene)
        await pilot.press("down", "up")
        assert scene.app.focused is not None


async def test_what_does_not_fit_a_line_is_cut_with_a_sign() -> None:
    notice = "no management interface: runtime directory /run/user/1000/evtui: its mode is 0755, it must be 0700"
    scene = Scene(notices=[notice])
    async with scene.running(60, 20):
        line = next(line for line in shown(scene).splitlines() if "no management" in line)
        assert line.rstrip().endswith("…")


async def test_the_buttons_of_the_subscribe_dialog_are_seen_on_a_small_screen() -> None:
    scene = Scene()
    async with scene.running(60, 20) as pilot:
        await pilot.press("s", *"udp:127.0.0.1:9000")
        await comes(scene, pilot, lambda: "datagram" in shown(scene))
        assert "Cancel" in shown(scene)
