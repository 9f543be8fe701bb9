"""Where the panes stand at each width, and how one goes from one to another."""

import pytest

from evtui.ui.panes import PANES, Pane
from evtui.ui.text.cells import plain
from evtui.ui.widgets.one_line import OneLine
from tests.functional.console.console_scene import Scene, active, settle, shown


def displayed(scene: Scene) -> set[str]:
    panes = scene.screen.panes
    return {name for name in PANES if panes.pane(name).display and panes.pane(name).region.area}


@pytest.mark.parametrize(
    ("size", "panes"),
    [
        ((80, 24), {"events"}),
        ((120, 40), {"events", "stream", "subscribers", "detail"}),
        ((200, 50), set(PANES)),
    ],
)
async def test_each_width_shows_its_panes(size: tuple[int, int], panes: set[str]) -> None:
    scene = Scene()
    async with scene.running(*size):
        assert displayed(scene) == panes


async def test_the_layout_changes_while_the_terminal_is_resized() -> None:
    scene = Scene()
    async with scene.running(200, 50) as pilot:
        for width, panes in ((80, 1), (120, 4), (200, 5), (99, 1), (100, 4), (159, 4), (160, 5)):
            await pilot.resize_terminal(width, 40)
            await settle(scene, pilot)
            assert len(displayed(scene)) == panes, width


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_number_goes_to_its_pane_at_every_width(size: tuple[int, int]) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        for key, pane in zip("12354", ("stream", "events", "subscribers", "detail", "raise"), strict=True):
            await pilot.press(key)
            await settle(scene, pilot)
            focused = scene.app.focused
            assert active(scene) == pane
            assert focused is not None
            assert scene.screen.panes.name_of(focused) == pane


async def test_tab_walks_the_panes_and_ctrl_o_goes_back() -> None:
    scene = Scene(read_only=True)
    seen: list[Pane] = []
    async with scene.running(120, 40) as pilot:
        for key in ("tab", "tab", "tab", "shift+tab", "ctrl+o"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(scene.screen.active)
    assert seen == ["subscribers", "detail", "stream", "detail", "stream"]


async def test_raising_takes_the_lower_half_at_middle_width_and_gives_it_back() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("r")
        await settle(scene, pilot)
        assert displayed(scene) == {"events", "stream", "raise"}
        await pilot.press("escape")
        await settle(scene, pilot)
        assert displayed(scene) == {"events", "stream", "subscribers", "detail"}


async def test_a_maximised_pane_is_alone_until_it_is_given_back() -> None:
    scene = Scene()
    async with scene.running(200, 50) as pilot:
        await pilot.press("1", "z")
        await settle(scene, pilot)
        assert displayed(scene) == {"stream"}
        await pilot.press("3")
        await settle(scene, pilot)
        assert displayed(scene) == {"subscribers"}
        await pilot.press("escape")
        await settle(scene, pilot)
        assert displayed(scene) == set(PANES)


async def test_the_mouse_chooses_tabs_keys_rows_and_views() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", "unix:/nonexistent/socket")
    async with scene.running(80, 24) as pilot:
        scene.engine.raise_event("E_MINE", {"a": 1})
        await settle(scene, pilot)
        await pilot.click("#tabs", offset=(3, 0))
        await settle(scene, pilot)
        assert active(scene) == "stream"
        await pilot.click("#stream", offset=(5, 2))
        await pilot.click("#stream", offset=(5, 2), times=2)
        await settle(scene, pilot)
        assert active(scene) == "detail"
        await pilot.click("#detail", offset=(12, 1))
        await settle(scene, pilot)
        assert scene.screen.panes.detail.tab == "pretty"
        await pilot.click("#status", offset=(16, 0))
        await settle(scene, pilot)
        assert "PAUSED" in shown(scene)


async def test_a_click_on_enter_in_the_keys_opens_the_line() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await settle(scene, pilot)
        words = scene.screen.query_one("#keys", OneLine).words_that_fit()
        place = next(number for number, word in enumerate(words) if word.action == "open")
        left = 1 + sum(len(plain(word.cells)) + OneLine.GAP for word in words[:place])
        await pilot.click("#keys", offset=(left + 1, 0))
        await settle(scene, pilot)
        assert scene.screen.active == "detail"


async def test_a_module_folds_and_its_event_is_documented_in_the_detail() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("slash", *"PIKE_BL", "enter")
        await settle(scene, pilot)
        text = shown(scene)
        assert "Documented parameters" in text
        assert "pike" in text
        before = len(scene.screen.panes.events.rows)
        await pilot.press("up", "enter")
        await settle(scene, pilot)
        assert len(scene.screen.panes.events.rows) == before - 1
        assert "▸ pike 1" in shown(scene)


async def test_a_first_start_shows_the_catalogue_and_the_next_key() -> None:
    scene = Scene()
    async with scene.running(80, 24):
        text = shown(scene)
        assert "E_CORE_THRESHOLD" in text
        assert "s subscribes a socket to E_MINE" in text


async def test_notices_are_shown_until_they_are_closed() -> None:
    scene = Scene(notices=["another evtui listens already"])
    async with scene.running(80, 24) as pilot:
        assert "! another evtui listens already" in shown(scene)
        await pilot.press("escape")
        await settle(scene, pilot)
        assert "another evtui" not in shown(scene)
