"""Where the panes stand at each width, and how one goes from one to another."""

import pytest

from evtui.core.values import Socket
from evtui.ui.panes import PANES, Pane
from evtui.ui.screens.script_screen import ScriptScreen
from evtui.ui.text.cells import plain
from evtui.ui.widgets.one_line import OneLine
from tests.functional.console.console_scene import Scene, active, settle, shown, told, work_done


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


async def test_a_search_finds_an_unused_event_and_its_detail_documents_it() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        assert "E_PIKE_BLOCKED" not in shown(scene)
        await pilot.press("slash", *"PIKE_BL", "enter", "enter")
        await settle(scene, pilot)
        text = shown(scene)
        assert "Documented parameters" in text
        assert "pike" in text
        await pilot.press("escape", "escape")
        await settle(scene, pilot)
        selected = scene.screen.panes.events.selected
        assert selected is not None
        assert selected.event.name == "E_PIKE_BLOCKED", "it stays selected when the search ends"


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_the_unused_events_of_a_module_unfold(key: str) -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        rows = scene.screen.panes.events.rows
        before = len(rows)
        await pilot.press("down", key)
        await settle(scene, pilot)
        assert "▾ core 9  not used" in shown(scene)
        assert len(rows) == before + 9
        await pilot.press(key)
        await settle(scene, pilot)
        assert len(rows) == before
        await pilot.press("up", "space")
        await settle(scene, pilot)
        assert "PAUSED" in shown(scene), "on an event the key pauses the stream"


async def test_o_sorts_the_events_and_the_cursor_stays_on_its_event() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        events = scene.screen.panes.events
        for note, line in (("by name, o sorts", "E_ACC_CDR"), ("by module, o sorts", "▾ dynamic"), ("by activity", "")):
            await pilot.press("o")
            await settle(scene, pilot)
            assert note in shown(scene)
            assert line.removeprefix("▾ ") in shown(scene)
            assert events.selected is not None
            assert events.selected.event.name == "E_MINE"


async def test_active_events_rise_above_the_selected_one_and_are_seen() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        for name in ("E_PIKE_BLOCKED", "E_CORE_LOG"):
            scene.engine.raise_event(name)
        await settle(scene, pilot)
        events = scene.screen.panes.events
        assert events.selected is not None
        assert events.selected.event.name == "E_MINE"
        assert events.cursor == 2
        assert events.scroll_offset.y == 0


async def test_o_sorts_the_subscribers_and_a_heading_stands_for_its_event() -> None:
    scene = Scene()
    for event, port, expire in (("E_MINE", 9001, None), ("E_PIKE_BLOCKED", 9002, 60), ("E_PIKE_BLOCKED", 9003, 30)):
        scene.engine.subscribe(event, f"udp:127.0.0.1:{port}", expire)
    async with scene.running(120, 40) as pilot:
        await pilot.press("3")
        await settle(scene, pilot)
        pane = scene.screen.panes.subscribers
        assert "by event, o sorts" in shown(scene)
        assert str(chosen(scene)) == "udp:127.0.0.1:9003"
        await pilot.press("o")
        await settle(scene, pilot)
        assert "by expiry, o sorts" in shown(scene)
        assert str(chosen(scene)) == "udp:127.0.0.1:9003"
        await pilot.press("home", "enter")
        await settle(scene, pilot)
        assert "▸ E_PIKE_BLOCKED" in shown(scene)
        assert len(pane.rows) == 3
        await pilot.press("space", "f")
        await settle(scene, pilot)
        assert "▾ E_PIKE_BLOCKED" in shown(scene)
        assert "E_PIKE_BLOCKED" in str(scene.screen.state.stream.filter)


async def test_sorting_keeps_the_line_with_the_cursor_where_it_is_on_the_screen() -> None:
    scene = Scene()
    for number in range(40):
        scene.engine.publish(f"E_{number:02}")
        scene.engine.subscribe(f"E_{number:02}", "udp:127.0.0.1:9001", 3600 - number)
    async with scene.running(80, 24) as pilot:
        await pilot.press("3", "end", *["up"] * 30)
        await settle(scene, pilot)
        pane = scene.screen.panes.subscribers
        key, place = pane.key, pane.cursor - pane.scroll_offset.y
        assert pane.scroll_offset.y
        await pilot.press("o")
        await settle(scene, pilot)
        assert pane.key == key
        assert pane.cursor - pane.scroll_offset.y == place


def chosen(scene: Scene) -> Socket:
    selected = scene.screen.panes.subscribers.selected
    assert selected is not None
    return selected.state.subscription.socket


async def test_a_first_start_shows_the_catalogue_and_the_next_key() -> None:
    scene = Scene()
    async with scene.running(80, 24):
        text = shown(scene)
        assert "▸ core 9  not used" in text
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


async def test_the_detail_of_a_subscriber_has_its_timeline_and_its_latencies() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", "unix:/nonexistent/socket", 60)
    async with scene.running(120, 40) as pilot:
        scene.engine.raise_event("E_MINE")
        await settle(scene, pilot)
        await pilot.press("3", "enter")
        await settle(scene, pilot)
        await work_done(scene)
        await settle(scene, pilot)
        text = shown(scene).partition("5 Detail")[2]
        assert "Last failures" in text
        assert "ENOENT" in text
        assert "subscribed: for 60 s" in text
        assert "missed: ENOENT" in text
        scene.engine.subscribe("E_MINE", "unix:/nonexistent/socket", 90)
        await settle(scene, pilot)
        await work_done(scene)
        await settle(scene, pilot)
        assert "renewed: for 90 s" in shown(scene), "a renewal is told at once"


async def test_nothing_is_found_out_of_a_subscription_while_the_detail_is_closed() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", "unix:/nonexistent/socket", 60)
    async with scene.running(120, 40) as pilot:
        await pilot.press("3", "up", "down")
        await settle(scene, pilot)
        assert not is_measured(scene)
        await pilot.press("enter")
        await settle(scene, pilot)
        assert is_measured(scene)
        await pilot.press("escape")
        await settle(scene, pilot)
        assert not is_measured(scene)


def is_measured(scene: Scene) -> bool:
    return scene.screen.panes.detail.selected is not None


async def test_a_busy_subscriber_keeps_the_place_in_its_detail() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", "unix:/nonexistent/socket", 60)
    async with scene.running(120, 40) as pilot:
        await pilot.press("3", "enter", "down", "down", "down")
        for _ in range(3):
            scene.engine.raise_event("E_MINE")
            await settle(scene, pilot)
        assert scene.screen.panes.detail.cursor == 3
