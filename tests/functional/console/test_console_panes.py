"""Where the panes stand at each width, and how one goes from one to another."""

import pytest

from evtui.ui.panes import PANES, Pane
from evtui.ui.screens.script_screen import ScriptScreen
from evtui.ui.text.cells import plain
from evtui.ui.widgets.one_line import OneLine
from tests.functional.console.console_scene import Scene, active, settle, shown, told


def displayed(scene: Scene) -> set[str]:
    panes = scene.screen.panes
    return {name for name in PANES if panes.pane(name).display and panes.pane(name).region.area}


@pytest.mark.parametrize(
    ("size", "panes"),
    [
        ((80, 24), {"events"}),
        ((120, 40), {"events", "stream", "subscribers"}),
        ((200, 50), {"events", "stream", "subscribers"}),
    ],
)
async def test_each_width_shows_its_panes(size: tuple[int, int], panes: set[str]) -> None:
    scene = Scene()
    async with scene.running(*size):
        assert displayed(scene) == panes


async def test_the_layout_changes_while_the_terminal_is_resized() -> None:
    scene = Scene()
    async with scene.running(200, 50) as pilot:
        scene.screen.show_pane("raise")
        scene.screen.show_pane("detail")
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
    assert seen == ["subscribers", "stream", "events", "stream", "events"]


async def test_raising_takes_the_lower_half_at_middle_width_and_gives_it_back() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("r")
        await settle(scene, pilot)
        assert displayed(scene) == {"events", "stream", "raise"}
        await pilot.press("escape")
        await settle(scene, pilot)
        assert displayed(scene) == {"events", "stream", "subscribers"}


async def test_in_a_wide_terminal_the_form_stays_beside_the_stream_until_it_is_closed() -> None:
    scene = Scene()
    async with scene.running(200, 50) as pilot:
        await pilot.press("r")
        await settle(scene, pilot)
        assert displayed(scene) == {"events", "stream", "subscribers", "raise"}
        scene.screen.show_pane("stream")
        await settle(scene, pilot)
        assert displayed(scene) == {"events", "stream", "subscribers", "raise"}
        scene.screen.show_pane("raise")
        await pilot.press("escape")
        await settle(scene, pilot)
        assert displayed(scene) == {"events", "stream", "subscribers"}
        assert active(scene) == "stream"


@pytest.mark.parametrize("size", [(120, 40), (200, 50)])
async def test_the_detail_opens_when_it_is_asked_for_and_closes_again(size: tuple[int, int]) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        scene.engine.raise_event("E_MINE", {"colour": "red"})
        await settle(scene, pilot)
        alone = scene.screen.panes.stream.region.height
        assert "red" not in shown(scene).partition("5 Detail")[2]
        await pilot.press("1", "up", "enter")
        await settle(scene, pilot)
        assert active(scene) == "detail"
        assert "red" in shown(scene).partition("5 Detail")[2]
        await pilot.press("1")
        await settle(scene, pilot)
        assert "5 Detail" in shown(scene), "the detail stays open beside the list"
        await pilot.press("escape")
        await settle(scene, pilot)
        assert "5 Detail" not in shown(scene)
        assert active(scene) == "stream"
        assert scene.screen.panes.stream.region.height == alone
        await pilot.press("p")
        await settle(scene, pilot)
        assert '"jsonrpc": "2.0"' in shown(scene)
        assert active(scene) == "stream"


async def test_a_view_of_the_detail_goes_there_where_one_pane_is_shown() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        scene.engine.raise_event("E_MINE", {"colour": "red"})
        await settle(scene, pilot)
        await pilot.press("1", "p")
        await settle(scene, pilot)
        assert active(scene) == "detail"
        await pilot.press("escape")
        assert active(scene) == "stream"


async def test_escape_in_the_detail_goes_to_its_list_when_there_is_no_way_back() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        await pilot.press("5", "ctrl+o", "5", "escape", "escape")
        await settle(scene, pilot)
        assert active(scene) == "events"


async def test_the_stream_has_three_fifths_of_a_middle_width() -> None:
    scene = Scene()
    async with scene.running(120, 40):
        assert scene.screen.panes.stream.region.width >= 72


async def test_a_column_is_made_wider_and_narrower_and_keeps_that_at_its_widths() -> None:
    scene = Scene()
    panes = scene.screen.panes
    async with scene.running(120, 40) as pilot:
        before = panes.stream.region.width
        await pilot.press("1", "less_than_sign", "less_than_sign")
        await settle(scene, pilot)
        assert panes.stream.region.width < before - 8
        assert panes.stream.region.width + panes.events.region.width == 120
        await pilot.resize_terminal(200, 50)
        await settle(scene, pilot)
        assert panes.stream.region.width == 92, "other widths have columns of their own"
        await pilot.press("3", "greater_than_sign")
        await settle(scene, pilot)
        assert panes.subscribers.region.width == 64
        await pilot.press("z")
        await settle(scene, pilot)
        assert panes.subscribers.region.width == 200
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert "Only one pane is shown" in told(scene)
        await pilot.press("z")
        await pilot.resize_terminal(120, 40)
        await settle(scene, pilot)
        assert panes.stream.region.width < before - 8
        await pilot.press("1", *["greater_than_sign"] * 20)
        await settle(scene, pilot)
        assert panes.events.region.width >= 19
        assert "cannot be moved any further" in told(scene)


async def test_the_columns_of_the_script_screen_can_be_moved() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("6", "greater_than_sign")
        await pilot.pause()
        screen = scene.app.screen
        assert isinstance(screen, ScriptScreen)
        assert screen.panes.routes.region.width > 50


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
        assert displayed(scene) == {"events", "stream", "subscribers"}


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
        await pilot.press("slash", *"PIKE_BL", "enter", "enter")
        await settle(scene, pilot)
        text = shown(scene)
        assert "Documented parameters" in text
        assert "pike" in text
        before = len(scene.screen.panes.events.rows)
        await pilot.press("escape", "up", "enter")
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


async def test_the_selected_row_stays_in_view_while_the_detail_opens() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        for number in range(60):
            scene.engine.raise_event("E_MINE", {"number": number})
        await settle(scene, pilot)
        await pilot.press("1", "up", "up", "enter")
        await settle(scene, pilot)
        stream = scene.screen.panes.stream
        place = stream.cursor - stream.scroll_offset.y
        assert stream.cursor == 57
        assert 0 <= place < stream.scrollable_content_region.height - 1
