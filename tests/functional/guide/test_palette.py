"""The palette: the keys of actions, and the way to events, subscribers and themes."""

import pytest

from tests.fakes.engine_fakes import FakeTransport
from tests.functional.console.console_scene import Scene, active, comes, settle, shown
from tests.functional.console.test_console_bursts import burst

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
