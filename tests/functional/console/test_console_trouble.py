"""What goes wrong: a backend that is away, text that would take the terminal over, keys and themes of one's own."""

import re
import unicodedata

import pytest
from textual.command import Command, CommandList

from evtui.ui.actions import ACTIONS
from evtui.ui.guide.help_screen import HelpScreen
from evtui.ui.guide.palette import Palette
from tests.functional.console.console_scene import Scene, active, comes, settle, shown, told
from tests.unit.ui.records import HOSTILE


async def test_a_backend_that_is_away_is_shown_and_asked_again() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        scene.refuse("no answer from 192.0.2.1")
        await settle(scene, pilot)
        assert "● DISCONNECTED retry 1 s" in shown(scene)
        assert "no answer from 192.0.2.1. What was received is still shown." in shown(scene)
        scene.refuse(None)
        await settle(scene, pilot)
        assert "● LIVE" in shown(scene)


async def test_countdowns_stand_still_while_the_backend_is_away() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", "udp:127.0.0.1:9000", 600)
    async with scene.running(120, 40) as pilot:
        await pilot.press("3")
        scene.refuse("no answer; retry in 7 s")
        await settle(scene, pilot)
        left = re.findall(r"9:5\d", shown(scene))
        assert "DISCONNECTED retry 7 s" in shown(scene)
        await settle(scene, pilot, 20)
        assert re.findall(r"9:5\d", shown(scene)) == left != []
        assert "as last heard" in shown(scene)
        scene.refuse(None)
        await settle(scene, pilot)
        assert re.search(r"9:3\d", shown(scene))
        assert "as last heard" not in shown(scene)


async def test_a_backend_that_cannot_be_watched_yet_is_watched_later() -> None:
    scene = Scene(demo=True)
    scene.refuse("not yet")
    async with scene.running(120, 40) as pilot:
        assert "DISCONNECTED" in shown(scene)
        scene.refuse(None)
        await comes(scene, pilot, lambda: scene.screen.reader.watch)  # pyright: ignore[reportPrivateUsage]
        scene.engine.raise_event("E_MINE")
        await settle(scene, pilot)
        assert "raised 1 " in shown(scene)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_hostile_text_is_shown_everywhere_and_obeyed_nowhere(size: tuple[int, int]) -> None:
    scene = Scene()
    event = "E_" + HOSTILE
    scene.engine.publish(event)
    scene.engine.subscribe(event, "unix:/nonexistent/" + HOSTILE.replace("\x00", ""))
    async with scene.running(*size) as pilot:
        scene.engine.raise_event(event, {HOSTILE: HOSTILE, "x": "[bold red]"})
        await settle(scene, pilot)
        screens: list[str] = []
        for keys in (
            ["2", "down"], ["1"], ["enter", "t"], ["p"], ["h"], ["d"], ["3"], ["f"], ["2", "f"], ["3", "u"], ["U"],
            ["y"], ["slash", *"[/x]", "enter"], ["n"], ["escape"], ["1", "R"], ["escape"], ["2", "s"], ["escape"],
        ):  # fmt: skip
            await pilot.press(*keys)
            await settle(scene, pilot)
            screens.append(shown(scene))
        text = "".join(screens)
        assert "␛]52;c;ZXZpbA==␇" in text
        assert not {unicodedata.category(char) for char in text.replace("\n", "")} & {"Cc", "Cf", "Cs"}
        assert scene.app.return_code is None


async def test_keys_can_be_mapped_to_others() -> None:
    scene = Scene(keys={"show_stream": "f9"})
    async with scene.running(120, 40) as pilot:
        await pilot.press("1")
        assert active(scene) == "events"
        await pilot.press("f9")
        assert active(scene) == "stream"


@pytest.mark.parametrize(
    "theme", ["evtui-dark", "evtui-light", "textual-dark", "textual-ansi", "nord", "no-such-theme"]
)
async def test_every_theme_can_paint_the_console(theme: str) -> None:
    scene = Scene(theme=theme, demo=True)
    async with scene.running(120, 40) as pilot:
        scene.engine.raise_event("E_MINE", {"a": 1})
        await settle(scene, pilot)
        assert "a=1" in shown(scene)


async def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    scene = Scene()
    async with scene.running(80, 24):
        colours = set(re.findall(r"#[0-9a-f]{6}", scene.app.export_screenshot(simplify=True)))
        own = {one for one in colours if len({one[1:3], one[3:5], one[5:7]}) > 1}
        # What is left are the drawn window's own buttons and frame.
        assert not own & {"#7fb4ca", "#8fbc7a", "#e0b563", "#e5737a"}
        assert scene.app.no_color


async def test_help_shows_every_key_and_closes() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        help_screen = scene.app.screen
        assert isinstance(help_screen, HelpScreen)
        sentences = {sentence for _, lines in help_screen.text.found for _, sentence in lines}
        assert {action.help for action in ACTIONS} <= sentences
        await pilot.press("escape")
        await pilot.pause()
        assert scene.app.screen is scene.screen


async def test_the_palette_does_what_its_entry_says() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("colon")
        await pilot.pause()
        await pilot.press(*"maximise")
        await comes(scene, pilot, lambda: "Maximise this pane" in shown(scene))
        await pilot.press("enter")
        await settle(scene, pilot)
        assert scene.screen.has_class("-zoom")


@pytest.mark.parametrize(("typed", "first"), [("subscribe", "subscribe"), ("su", "subscribe"), ("ren", "renew")])
async def test_the_palette_lists_first_what_begins_with_the_typed_text(typed: str, first: str) -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("3", "colon")
        await pilot.pause()
        await pilot.press(*typed)
        listing = scene.app.screen.query_one(CommandList)
        await comes(scene, pilot, lambda: listing.option_count > 0 and _first_of(listing) == first)


def _first_of(listing: CommandList) -> str:
    command = listing.get_option_at_index(0)
    assert isinstance(command, Command)
    return (command.hit.text or "").partition(":")[0]


async def test_text_that_is_typed_behind_the_key_that_closes_the_palette_begins_no_search() -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("colon")
        await pilot.pause()
        palette = scene.app.screen
        assert isinstance(palette, Palette)
        await pilot.press("escape")
        assert scene.app.screen is scene.screen
        # its list may be removed before a search has a result
        while palette.is_attached:
            palette._gather_commands("maximise")  # pyright: ignore[reportPrivateUsage]
            await pilot.pause(0)
        palette._gather_commands("maximise")  # pyright: ignore[reportPrivateUsage]
        await pilot.pause()
        await pilot.press("colon")
        await pilot.press(*"max")
        await comes(scene, pilot, lambda: "Maximise this pane" in shown(scene))


async def test_q_leaves_with_status_0_and_ctrl_c_asks_first() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert "q, leaves" in told(scene)
        assert scene.app.return_code is None
        await pilot.press("ctrl+c")
        await pilot.pause()
    assert scene.app.return_code == 0
