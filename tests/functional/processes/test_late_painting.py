"""A console under test paints each screen once, and then what a test looks at."""

import pytest
from textual.app import App, ComposeResult, RenderResult
from textual.pilot import Pilot
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


class CountingApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Counted()
        yield Label("below")


async def _repaint(pilot: Pilot[None], text: str) -> Counted:
    counted = pilot.app.query_one(Counted)
    counted.text = text
    counted.refresh()
    await pilot.pause()
    return counted


async def test_a_screen_is_painted_when_it_comes_and_then_when_it_is_looked_at() -> None:
    async with CountingApp().run_test(size=(40, 4)) as pilot:
        await pilot.pause()
        counted = pilot.app.query_one(Counted)
        paintings = counted.paintings
        assert paintings
        await _repaint(pilot, "second")
        assert (await _repaint(pilot, "third")).paintings == paintings
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
