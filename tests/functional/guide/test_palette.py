"""The palette: the keys of actions, and the way to events, subscribers and themes."""

from pathlib import Path

import pytest
from textual.command import CommandList
from textual.widgets import Input, OptionList

from evtui.ui.actions import ACTIONS, shown_keys
from evtui.ui.guide.palette import Palette
from evtui.ui.screens.pane_screen import PaneScreen
from tests.fakes.engine_fakes import FakeTransport
from tests.functional.console.console_scene import Scene, active, comes, settle, shown, told
from tests.functional.console.test_console_bursts import burst
from tests.functional.scripts.script_scene import script

SIZES = [(80, 24), (120, 40), (200, 50)]


def selected(scene: Scene) -> str:
    event = scene.screen.panes.events.selected
    return "" if event is None else event.event.name


@pytest.mark.parametrize("size", SIZES)
async def test_it_shows_the_keys_of_actions_as_they_are_bound(size: tuple[int, int]) -> None:
    scene = Scene(keys={"pause": "f9"})
    async with scene.running(*size) as pilot:
        await pilot.press("1", "colon", *"pause")
        await comes(scene, pilot, lambda: "Pause  f9" in shown(scene))
        await pilot.press(*["backspace"] * 5, *"search")
        await comes(scene, pilot, lambda: "Search  /" in shown(scene))


@pytest.mark.parametrize("size", SIZES)
async def test_it_leads_to_an_event_among_thousands(size: tuple[int, int]) -> None:
    scene = Scene()
    for number in range(3000):
        scene.engine.publish(f"E_MANY_{number:04d}")
    async with scene.running(*size) as pilot:
        await pilot.press("1")
        burst(scene, ":event many_2719", "<enter>")
        await comes(scene, pilot, lambda: (active(scene), selected(scene)) == ("events", "E_MANY_2719"))


async def test_a_search_that_begins_while_the_palette_is_removed_ends_nothing() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("colon")
        await comes(scene, pilot, lambda: isinstance(scene.app.screen, Palette))
        palette = scene.app.screen
        await palette.query_one(CommandList).remove()
        palette.query_one(Input).value = "pause"  # as a key that was typed while the console ends
        await comes(scene, pilot, lambda: not palette.is_busy if isinstance(palette, Palette) else False)
        assert scene.app.is_running


async def test_it_leads_to_a_subscriber() -> None:
    scene = Scene(transport=FakeTransport())
    for address in ("one", "two", "three"):
        scene.engine.subscribe("E_MINE", f"fake:{address}", 60)
    async with scene.running(120, 40) as pilot:
        burst(scene, ":subscriber two", "<enter>")
        await comes(scene, pilot, lambda: active(scene) == "subscribers")
        subscriber = scene.screen.panes.subscribers.selected
        assert subscriber is not None
        assert str(subscriber.state.subscription.socket) == "fake:two"


async def test_a_hostile_name_is_shown_and_leads_nowhere_else() -> None:
    scene = Scene(transport=FakeTransport())
    scene.engine.subscribe("E_MINE", "fake:[red]x[/red]", 60)
    async with scene.running(120, 40) as pilot:
        await pilot.press("colon", *"subscriber")
        await comes(scene, pilot, lambda: "fake:[red]x[/red]" in shown(scene))


async def test_it_chooses_a_theme() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        burst(scene, ":theme evtui-light", "<enter>")
        await comes(scene, pilot, lambda: scene.app.theme == "evtui-light")
        await settle(scene, pilot)


async def test_a_long_text_is_compared_in_linear_time() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        # As many letters that occur often as a sentence has: comparing all their places would take for ever.
        await pilot.press("colon", *"teesitoteneteosoaetteosne")
        await comes(scene, pilot, lambda: "No matches found" in shown(scene))
        await pilot.press("escape")


def offered(scene: Scene) -> set[str]:
    """Return the titles and sentences that the open palette offers, whatever is typed into it."""
    palette = scene.app.screen
    assert isinstance(palette, Palette)
    rows = palette.query_one(OptionList)
    return {str(rows.get_option_at_index(place).prompt) for place in range(rows.option_count)}


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("key", ["1", "2", "3", "5", "6", "7", "S", "r"])
async def test_every_action_that_is_possible_is_in_it_with_its_keys(key: str, read_only: bool) -> None:
    scene = Scene(demo=True, read_only=read_only, script=script())
    async with scene.running(120, 40) as pilot:
        await pilot.press(key)
        await settle(scene, pilot)
        screen = scene.app.screen
        assert isinstance(screen, PaneScreen)
        await pilot.press("ctrl+p")
        await comes(scene, pilot, lambda: isinstance(scene.app.screen, Palette) and not scene.app.screen.is_busy)
        found = "\n".join(offered(scene))
        wanted = [each for each in ACTIONS if each.id != "palette" and screen.is_offered(each)]
        assert len(wanted) > 20
        for action in wanted:
            keys = " ".join(shown_keys(action, {}))
            assert f"{action.label.capitalize()}{'  ' if keys else ''}{keys}" in found, action.id
            assert action.help in found, action.id
        for action in ACTIONS:
            assert action.help not in found or screen.is_offered(action), action.id


@pytest.mark.parametrize("label", ["to the first line", "to the last line"])
async def test_it_moves_in_the_active_list(label: str) -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        for number in range(9):
            scene.engine.raise_event("E_MINE", {"n": number})
        await settle(scene, pilot)
        await pilot.press("1", "up", "up")
        burst(scene, f":{label}", "<enter>")
        place = 0 if "first" in label else 8
        await comes(scene, pilot, lambda: scene.screen.panes.stream.cursor == place)


@pytest.mark.parametrize("size", SIZES)
async def test_saved_filters_are_switched_on_and_off_by_their_names(size: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "filters.toml"
    file.write_text('"lost [b]ones[/b]" = "failed"\n"wrong" = "event~"\n', encoding="utf-8")
    scene = Scene(demo=True, filters={"mine": "event=E_MINE"}, saved_filters=file)
    async with scene.running(*size) as pilot:
        await pilot.press("2")
        for is_on in (True, False, True):
            burst(scene, ":filter: lost", "<enter>")
            await comes(scene, pilot, lambda on=is_on: bool(scene.screen.state.stream.filter) == on)  # type: ignore[misc]
        assert active(scene) == "stream"
        burst(scene, ":filter: mine", "<enter>")
        await comes(scene, pilot, lambda: str(scene.screen.state.stream.filter) == "lost [b]ones[/b], mine")
        await pilot.press("colon", *"filter:")
        await comes(scene, pilot, lambda: "Filter: mine  on, switch off" in shown(scene))
        await pilot.press("escape")
        await settle(scene, pilot)
        burst(scene, ":filter: wrong", "<enter>")
        await comes(scene, pilot, lambda: "wrong: " in told(scene))


async def test_the_columns_get_their_first_widths_again() -> None:
    scene = Scene(demo=True)
    async with scene.running(120, 40) as pilot:
        stream = scene.screen.panes.stream
        first = stream.region.width
        await pilot.press("1", "greater_than_sign")
        await comes(scene, pilot, lambda: stream.region.width > first)
        burst(scene, ":columns as", "<enter>")
        await comes(scene, pilot, lambda: stream.region.width == first)
        assert scene.screen.panes.changed_widths() == {"-normal": (38, 62)}, "what was kept before is kept no more"
