"""A console under test paints each kind of screen once, and then what a test looks at."""

from typing import Any

import pytest
from textual.app import App, ComposeResult, RenderResult
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Label

from tests.fakes.painted_screen import text_of


class Counted(Widget):
    """Counts how often it is painted."""

    paintings = 0
    text = "first"

    def render(self) -> RenderResult:
        self.paintings += 1
        return self.text


class CountedScreen(Screen[None]):
    """Has a class of its own: no other test of this file has painted one."""


class CountingApp(App[None]):
    def get_default_screen(self) -> Screen[Any]:
        return CountedScreen(id="_default")

    def compose(self) -> ComposeResult:
        yield Counted()
        yield Label("below")


async def _repaint(pilot: Pilot[None], text: str) -> Counted:
    counted = pilot.app.query_one(Counted)
    counted.text = text
    counted.refresh()
    await pilot.pause()
    return counted


async def test_a_kind_of_screen_is_painted_when_it_comes_and_then_when_it_is_looked_at() -> None:
    for expected in (1, 0):  # the first of its kind, and another one
        async with CountingApp().run_test(size=(41, 4)) as pilot:
            await pilot.pause()
            paintings = pilot.app.query_one(Counted).paintings
            assert (paintings > 0) == expected
            await _repaint(pilot, "second")
            counted = await _repaint(pilot, "third")
            assert counted.paintings == paintings
            for _ in range(2):
                assert "third" in text_of(pilot.app.screen)
                assert counted.paintings == paintings + 1
            assert "third" in pilot.app.export_screenshot()


@pytest.mark.usefixtures("all_paintings")
async def test_all_paintings_can_be_had() -> None:
    async with CountingApp().run_test(size=(40, 4)) as pilot:
        await pilot.pause()
        paintings = pilot.app.query_one(Counted).paintings
        await _repaint(pilot, "second")
        assert (await _repaint(pilot, "third")).paintings == paintings + 2
