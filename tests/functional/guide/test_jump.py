"""Going to a pane or a line by the letters beside it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from evtui.ui.guide.jump_marks import JumpTarget
from evtui.ui.guide.jump_screen import JumpScreen
from evtui.ui.screens.script_screen import ScriptScreen
from evtui.ui.statistics.statistics_screen import StatisticsScreen
from evtui.ui.stream.stream_rows import params_of
from tests.fakes.engine_fakes import FakeTransport
from tests.functional.console.console_scene import Scene, active, comes, settle, shown, told
from tests.functional.console.test_console_bursts import burst
from tests.functional.processes.waiting import until
from tests.functional.scripts.script_scene import script
from tests.functional.small_screens.looks_in_turn import in_turn

SOCKET = "fake:a"
SIZES = [(80, 24), (120, 40), (200, 50)]


@asynccontextmanager
async def busy(size: tuple[int, int], scene: Scene | None = None) -> AsyncGenerator[tuple[Scene, Pilot[int]]]:
    """Run a console with a hundred rows in its stream."""
    scene = scene or Scene(transport=FakeTransport(), demo=True, script=script())
    scene.engine.subscribe("E_MINE", SOCKET, 60)
    async with scene.running(*size) as pilot:
        raise_some(scene, 0, 100)
        await settle(scene, pilot)
        yield scene, pilot


def raise_some(scene: Scene, first: int, count: int) -> None:
    for number in range(first, first + count):
        scene.engine.raise_event("E_MINE", {"n": number, "end": ""})


def targets(scene: Scene) -> dict[str, JumpTarget]:
    front = scene.app.screen
    assert isinstance(front, JumpScreen)
    return front.marks.targets


async def lettered(scene: Scene) -> None:
    """Wait until the lines that have letters show them, as far as they are seen: the busiest event comes to the top."""

    def is_shown() -> bool:
        front, text, panes = scene.app.screen, shown(scene), scene.screen.panes
        seen = {rows.id: rows.visible_keys() for rows in (panes.stream, panes.events, panes.subscribers)}
        lines = [
            letters
            for letters, each in targets(scene).items()
            if each.is_line and each.key in seen.get(each.pane, [each.key])
        ]
        assert isinstance(front, JumpScreen)
        return not front.marks.are_old and all(f"│{letters} " in text or f"│ {letters} " in text for letters in lines)

    await until(is_shown)


def letters_of(scene: Scene, pane: str, place: int) -> str:
    """Return the letters of a line of a pane, by its place among those that are seen."""
    return [letters for letters, each in targets(scene).items() if each.is_line and each.pane == pane][place]


def mode(scene: Scene) -> str:
    return scene.screen.state.stream.mode


def number(scene: Scene) -> object:
    """Return the parameter of the row under the cursor of the stream."""
    row = scene.screen.panes.stream.selected
    params = None if row is None else params_of(row)
    return None if params is None else dict(params.pairs())["n"]


@pytest.mark.parametrize(("place", "size"), in_turn([0, 7, -1], SIZES))
async def test_the_letters_of_a_line_lead_there(size: tuple[int, int], place: int) -> None:
    async with busy(size) as (scene, pilot):
        await pilot.press("1")
        await pilot.press("apostrophe")
        await lettered(scene)
        letters = letters_of(scene, "stream", place)
        line = next(line for line in shown(scene).splitlines() if f"│{letters} " in line)
        wanted = line.partition(" n=")[2].split()[0]
        await pilot.press(*letters)
        await settle(scene, pilot)
        assert (active(scene), str(number(scene))) == ("stream", wanted)
        assert not isinstance(scene.app.screen, JumpScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_every_line_that_is_seen_has_letters_and_they_are_shown_beside_it(size: tuple[int, int]) -> None:
    async with busy(size) as (scene, pilot):
        await pilot.press("1", "apostrophe")
        await lettered(scene)
        panes = scene.screen.panes
        for rows in (panes.stream, panes.events, panes.subscribers):
            lines = [each for each in targets(scene).values() if each.is_line and each.pane == rows.id]
            assert [each.key for each in lines] == (rows.visible_keys() if rows.region.area else [])
        for letters, each in targets(scene).items():
            sign = f"│{letters} " if each.is_line else f" {letters} " if size[0] > 80 else f"{letters} "
            assert sign in shown(scene), letters


@pytest.mark.parametrize("size", SIZES)
async def test_rows_that_come_meanwhile_do_not_move_where_letters_lead(size: tuple[int, int]) -> None:
    async with busy(size) as (scene, pilot):
        await pilot.press("1", "apostrophe")
        await lettered(scene)
        letters = letters_of(scene, "stream", 3)
        before = next(line for line in shown(scene).splitlines() if f"│{letters} " in line)
        raise_some(scene, 1000, 500)
        await settle(scene, pilot)
        assert before.rstrip("│█▁▂▃▄▅▆▇ ") in shown(scene), "the row stays where it is"
        await pilot.press(*letters)
        await settle(scene, pilot)
        assert f" n={number(scene)} " in before


async def test_letters_go_along_with_a_line_that_moves() -> None:
    scene = Scene(transport=FakeTransport())
    for name in ("E_ONE", "E_TWO"):
        scene.engine.publish(name)
        scene.engine.subscribe(name, SOCKET, 60)
    async with busy((120, 40), scene) as (_, pilot):
        await pilot.press("apostrophe")
        key = ("E_TWO", "")  # of all servers
        letters = next(letters for letters, each in targets(scene).items() if each.key == key)
        place = scene.screen.panes.events.rows.find(key)
        for _ in range(1000):
            scene.engine.raise_event("E_TWO")
        await settle(scene, pilot)
        assert scene.screen.panes.events.rows.find(key) != place, "the busiest event is the first now"
        await pilot.press(*letters)
        await settle(scene, pilot)
        selected = scene.screen.panes.events.selected
        assert selected is not None
        assert (active(scene), selected.event.name) == ("events", "E_TWO")


@pytest.mark.parametrize(("key", "size"), in_turn(["escape", "enter", "apostrophe", "ctrl+j"], SIZES))
async def test_closing_leaves_all_as_it_was(size: tuple[int, int], key: str) -> None:
    async with busy(size) as (scene, pilot):
        await pilot.press("1")
        await pilot.pause()
        before = shown(scene)
        await pilot.press("apostrophe", "0", "backspace")
        assert shown(scene) != before
        assert mode(scene) == "held"
        await pilot.press(key)
        await until(lambda: shown(scene) == before)
        assert mode(scene) == "follow"


async def test_a_stream_that_was_held_stays_held() -> None:
    async with busy((120, 40)) as (scene, pilot):
        await pilot.press("1", "home", "apostrophe", "escape")
        await settle(scene, pilot)
        assert mode(scene) == "held"
        await pilot.press("space", "space", "space", "apostrophe", "escape")
        await settle(scene, pilot)
        assert mode(scene) == "paused"


@pytest.mark.parametrize("size", SIZES)
async def test_the_letter_or_the_number_of_a_pane_leads_there(size: tuple[int, int]) -> None:
    async with busy(size) as (scene, pilot):
        for key, pane in (("a", "stream"), ("3", "subscribers"), ("s", "events"), ("5", "detail"), ("g", "detail")):
            await pilot.press("1" if pane != "stream" else "2", "apostrophe", key)
            await settle(scene, pilot)
            assert active(scene) == pane


@pytest.mark.parametrize("size", SIZES)
async def test_the_script_screen_has_letters_too(size: tuple[int, int]) -> None:
    async with busy(size) as (scene, pilot):
        await pilot.press("apostrophe", *("h" if size[0] == 80 else "6"))
        await settle(scene, pilot)
        screen = scene.app.screen
        assert isinstance(screen, ScriptScreen)
        await pilot.press("7", "apostrophe")
        letters = letters_of(scene, "file", 2)
        key = targets(scene)[letters].key
        await pilot.press(*letters)
        await settle(scene, pilot)
        assert (screen.active, screen.panes.file.rows.key(screen.panes.file.cursor)) == ("file", key)
        await pilot.press("apostrophe", "1")
        await settle(scene, pilot)
        assert (scene.app.screen, active(scene)) == (scene.screen, "stream")


@pytest.mark.parametrize("size", SIZES)
async def test_the_statistics_screen_has_letters_too(size: tuple[int, int]) -> None:
    async with busy(size) as (scene, pilot):
        await pilot.press("S")
        await settle(scene, pilot)
        screen = scene.app.screen
        assert isinstance(screen, StatisticsScreen)
        screen.show_pane("tables")
        await settle(scene, pilot)
        await pilot.press("apostrophe")
        await lettered(scene)
        letters = letters_of(scene, "tables", 1)
        key = targets(scene)[letters].key
        await pilot.press(*letters)
        await settle(scene, pilot)
        assert (screen.active, screen.panes.tables.key) == ("tables", key)
        await pilot.press("apostrophe", "1")
        await settle(scene, pilot)
        assert (scene.app.screen, active(scene)) == (scene.screen, "stream")


async def test_a_line_that_is_gone_is_told() -> None:
    async with busy((120, 40)) as (scene, pilot):
        await pilot.press("apostrophe")
        letters = letters_of(scene, "subscribers", 1)
        scene.engine.unsubscribe("E_MINE", SOCKET)
        await settle(scene, pilot)
        await settle(scene, pilot, 60)
        await pilot.press(*letters)
        await comes(scene, pilot, lambda: "That line is gone." in told(scene))


async def test_letters_that_stand_for_nothing_are_told() -> None:
    async with busy((80, 24), Scene(transport=FakeTransport())) as (scene, pilot):
        await pilot.press("2", "apostrophe", "m")
        assert "nothing here has the letters m" in shown(scene)
        await pilot.press("ü", "9", "0")
        await pilot.press("escape")


async def test_keys_in_one_burst_go_to_a_line() -> None:
    async with busy((120, 40)) as (scene, pilot):
        await pilot.press("1", "apostrophe")
        await lettered(scene)
        letters = letters_of(scene, "stream", 5)
        await pilot.press("escape")
        wanted = scene.screen.panes.stream.visible_keys()[5]
        burst(scene, "'" + letters + "t")
        await comes(scene, pilot, lambda: scene.screen.panes.stream.key == wanted and scene.screen.has_class("-detail"))


@pytest.mark.parametrize("size", SIZES)
async def test_letters_are_given_again_when_the_terminal_changes_its_size(size: tuple[int, int]) -> None:
    async with busy((100, 30)) as (scene, pilot):
        await pilot.press("1", "apostrophe")
        await pilot.resize_terminal(*size)
        await settle(scene, pilot)
        await lettered(scene)
        letters = letters_of(scene, "stream", 0)
        await pilot.press(*letters)
        await settle(scene, pilot)
        assert scene.screen.panes.stream.cursor == scene.screen.panes.stream.scroll_offset.y


@pytest.mark.parametrize("opens", ["slash", "f", "4"])
async def test_nothing_opens_while_a_text_is_typed(opens: str) -> None:
    async with busy((120, 40)) as (scene, pilot):
        await pilot.press("1", opens)
        await settle(scene, pilot)
        field = scene.app.focused
        assert isinstance(field, Input)
        for key in (Key("apostrophe", "'"), Key("ctrl+j", "\n")):
            scene.app.post_message(key)
            await settle(scene, pilot)
            assert (scene.app.focused, isinstance(scene.app.screen, JumpScreen)) == (field, False)
