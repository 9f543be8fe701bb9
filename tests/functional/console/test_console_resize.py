"""A list that follows shows its end at every size; one that stands still does not begin to follow."""

from itertools import pairwise, permutations

import pytest
from textual.pilot import Pilot

from evtui.ui.widgets.following_list import FollowingList
from tests.functional.console.console_scene import Scene, settle, shown
from tests.functional.scripts.script_scene import script
from tests.functional.scripts.test_console_script import look, screen, scripted

Size = tuple[int, int]

ROUND = ((80, 24), (120, 40), (200, 50))
ORDERS = [(*order, order[0]) for order in permutations(ROUND)]


async def assert_its_end_is_shown(
    scene: Scene, pilot: Pilot[int], rows: FollowingList, last: str, *sizes: Size
) -> None:
    for before, after in pairwise(sizes):
        await pilot.resize_terminal(*after)
        await pilot.pause()
        assert rows.scroll_y == rows.max_scroll_y, f"{before} to {after}"
        assert last in shown(scene), f"{before} to {after}"
        assert "following" in shown(scene)


@pytest.mark.parametrize("sizes", ORDERS)
async def test_a_log_that_follows_shows_its_end_after_a_resize(sizes: tuple[Size, ...]) -> None:
    made = script()
    async with scripted(made, sizes[0]) as (scene, pilot):
        made.say(*(f"line {number}." for number in range(200)))
        await pilot.press("9")
        await look(scene, pilot)
        await assert_its_end_is_shown(scene, pilot, screen(scene).panes.logged, "line 199.", *sizes)


@pytest.mark.parametrize("sizes", ORDERS)
async def test_a_stream_that_follows_shows_its_end_after_a_resize(sizes: tuple[Size, ...]) -> None:
    scene = Scene()
    async with scene.running(*sizes[0]) as pilot:
        for number in range(200):
            scene.engine.raise_event("E_MINE", {"n": number})
        await pilot.press("1")
        await settle(scene, pilot)
        await assert_its_end_is_shown(scene, pilot, scene.screen.panes.stream, "n=199", *sizes)


async def test_a_log_that_stands_still_stays_where_it_is_after_a_resize() -> None:
    made = script()
    async with scripted(made, (120, 40)) as (scene, pilot):
        made.say(*(f"line {number}." for number in range(200)))
        await pilot.press("9")
        await look(scene, pilot)
        await pilot.press("home")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "held, G follows" in shown(scene)
        assert screen(scene).panes.logged.scroll_y == 0
        assert "line 199." not in shown(scene)
