"""The Script screen by keys and mouse: what runs, where it fails, what it says, and trying it by hand."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widget import Widget

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.ports import Status
from evtui.core.script_port import ScriptFile
from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.ui.app import EvtuiApp
from evtui.ui.panes import SCRIPT_PANES
from evtui.ui.screens.script_screen import ScriptScreen
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.painted_screen import text_of
from tests.fakes.script_fakes import MAIN, FakeScript
from tests.functional.console.console_scene import STYLES, Scene, active, settle, shown, told, work_done
from tests.functional.scripts.script_scene import TEXT, line_of, script
from tests.limits import HANG
from tests.unit.ui.records import HOSTILE


def screen(scene: Scene) -> ScriptScreen:
    found = scene.app.screen
    assert isinstance(found, ScriptScreen)
    return found


async def look(scene: Scene, pilot: Pilot[int]) -> str:
    """Let the Script screen take a look, half a second later; returns what it shows."""
    scene.pass_by(0.6)
    await work_done(scene, "reload")
    await pilot.pause()
    screen(scene).look()
    await pilot.pause()
    return shown(scene)


@asynccontextmanager
async def scripted(
    made: FakeScript | None, size: tuple[int, int] = (120, 40), *, read_only: bool = False
) -> AsyncGenerator[tuple[Scene, Pilot[int]]]:
    """A console whose Script screen was just opened."""
    scene = Scene(script=made, read_only=read_only)
    async with scene.running(*size) as pilot:
        await pilot.press("6")
        await pilot.pause()
        await look(scene, pilot)
        yield scene, pilot


@pytest.mark.parametrize(("size", "panes"), [((80, 24), 1), ((120, 40), 4), ((200, 50), 4)])
async def test_each_width_shows_its_panes_and_numbers_go_to_them(size: tuple[int, int], panes: int) -> None:
    async with scripted(script(), size) as (scene, pilot):
        page = screen(scene).panes
        for key, pane in zip("7986", ("file", "log", "findings", "routes"), strict=True):
            await pilot.press(key)
            await look(scene, pilot)
            assert screen(scene).active == pane
            assert scene.app.focused is page.pane(pane)
            assert len([name for name in SCRIPT_PANES if page.pane(name).region.area]) == panes


async def test_routes_file_findings_and_log_are_shown() -> None:
    async with scripted(script(), (200, 50)) as (scene, pilot):
        text = await look(scene, pilot)
        for part in (
            "opensips.cfg",
            "route[TRUNK]",
            "1,843",
            "startup_route {  1 run",
            "avp-not-cleared",
            "alice calls bob",
        ):
            assert part in text
        assert "errors 3" in text


async def test_enter_goes_from_a_route_a_finding_and_a_record_to_its_line() -> None:
    async with scripted(script()) as (scene, pilot):
        file = screen(scene).panes.file
        await pilot.press("6", "down", "down", "down", "enter")
        await look(scene, pilot)
        assert (screen(scene).active, file.place) == ("file", (MAIN, line_of("route[TRUNK]")))
        await pilot.press("8", "end", "enter")
        await look(scene, pilot)
        assert file.place == (MAIN, line_of("$param(ip2)"))
        assert "E_PIKE_BLOCKED has no ip2: write ip." in shown(scene).splitlines()[-2]
        await pilot.press("9", "end", "up", "enter")
        await look(scene, pilot)
        assert file.place == (MAIN, line_of("$param(ip2)"))
        await pilot.press("ctrl+o")
        await look(scene, pilot)
        assert screen(scene).active == "log"


async def test_enter_follows_a_call_to_its_route() -> None:
    async with scripted(script()) as (scene, pilot):
        file = screen(scene).panes.file
        for words, target in (("route(TRUNK)", "route[TRUNK]"), ('t_on_reply("acc")', "onreply_route[acc]")):
            await pilot.press("7", "slash", *words, "enter", "enter")
            await look(scene, pilot)
            assert file.place == (MAIN, line_of(target))
            await pilot.press("escape", "home")


async def test_the_selected_route_says_what_ended_it() -> None:
    async with scripted(script()) as (scene, pilot):
        await pilot.press("down", "down", "down", "down")
        text = await look(scene, pilot)
        assert "route[ACC] ended at opensips.cfg:45: cannot subtract a string" in text.splitlines()[-2]


async def test_a_route_is_run_by_hand_from_the_list_and_from_the_file() -> None:
    made = script()
    async with scripted(made) as (scene, pilot):
        await pilot.press("x")
        await work_done(scene, "run")
        await pilot.press("7", "slash", *"$fU calls", "enter", "x")
        await work_done(scene, "run")
        text = await look(scene, pilot)
        assert [(route.kind, route.name) for route in made.ran] == [("startup_route", None), ("route", "TRUNK")]
        assert "route[TRUNK]: ended with 1" in told(scene)
        assert "2 runs" in text


async def test_a_run_that_waits_is_shown_and_ends_with_the_console() -> None:
    made = script()
    made.held = anyio.Event()
    async with scripted(made) as (scene, pilot):
        await pilot.press("x")
        text = await look(scene, pilot)
        assert "startup_route runs" in text
        await pilot.press("q")


async def test_a_refused_run_says_why() -> None:
    made = script()
    made.refusal = f"it needs a message {HOSTILE}"
    async with scripted(made) as (scene, pilot):
        await pilot.press("x")
        await work_done(scene, "run")
        await look(scene, pilot)
        assert "startup_route: it needs a message" in told(scene)
        assert "\x1b" not in told(scene)


async def test_a_reload_shows_the_new_file_and_keeps_the_place() -> None:
    made = script()
    made.next = replace(made.current, files=(ScriptFile(MAIN, "# new\n" + TEXT),), routes=(), findings=())
    async with scripted(made) as (scene, pilot):
        await pilot.press("7", "down", "down", "L")
        await work_done(scene, "reload")
        text = await look(scene, pilot)
        assert "Reloaded." in told(scene)
        assert " 1 # new" in text
        assert "Nothing found." in text
        assert screen(scene).panes.file.place == (MAIN, 3)


async def test_a_reload_that_fails_says_where_until_one_succeeds() -> None:
    made = script()
    made.trouble = "opensips.cfg:7:3: expected ';'\n  x = 1\n    ^"
    async with scripted(made) as (scene, pilot):
        await pilot.press("L")
        text = await look(scene, pilot)
        assert "NOT RELOADED" in text
        assert "Not reloaded:\nopensips.cfg:7:3: expected ';'\n  x = 1\n    ^" in told(scene)
        assert "✗ Not reloaded: opensips.cfg:7:3: expected ';'" in text
        made.trouble = None
        await pilot.press("L")
        text = await look(scene, pilot)
        assert "NOT RELOADED" not in text


async def test_the_log_follows_stands_still_and_goes_on() -> None:
    made = script()
    async with scripted(made) as (scene, pilot):
        made.say("first news")
        assert "first news" in await look(scene, pilot)
        await pilot.press("9", "up")
        made.say("second news")
        text = await look(scene, pilot)
        assert "+1 new, G follows" in text
        assert "second news" not in text
        await pilot.press("G")
        assert "second news" in await look(scene, pilot)
        await pilot.press("7", "space")
        made.say("third news")
        assert "paused +1" in await look(scene, pilot)
        await pilot.press("space")
        assert "third news" in await look(scene, pilot)
        await pilot.press("c")
        assert "Nothing logged yet" in await look(scene, pilot)


async def test_a_log_that_outruns_the_console_counts_what_it_lost() -> None:
    made = FakeScript(script().current, limit=100)
    async with scripted(made) as (scene, pilot):
        for _ in range(20):
            made.say(*(f"line {number}" for number in range(300)))
            await look(scene, pilot)
        text = shown(scene)
        assert "line 299" in text
        assert "4,000 not shown" in text


async def test_a_search_walks_the_file_and_looks_sideways() -> None:
    async with scripted(script(), (80, 24)) as (scene, pilot):
        await pilot.press("7", "slash", *"raise_event", "enter")
        file = screen(scene).panes.file
        places = [file.place]
        for _ in range(2):
            await pilot.press("n")
            places.append(file.place)
        assert [place and place[1] for place in places] == [
            number for number, line in enumerate(TEXT.splitlines(), 1) if "raise_event" in line
        ]
        before = shown(scene)
        await pilot.press("right")
        assert (await look(scene, pilot)) != before
        await pilot.press("left")
        assert (await look(scene, pilot)) == before


async def test_escape_and_numbers_lead_back_to_the_console() -> None:
    async with scripted(script()) as (scene, pilot):
        await pilot.press("escape")
        await settle(scene, pilot)
        assert scene.app.screen is scene.screen
        await pilot.press("9")
        await look(scene, pilot)
        assert screen(scene).active == "log"
        await pilot.press("3")
        await settle(scene, pilot)
        assert active(scene) == "subscribers"


async def test_the_mouse_chooses_tabs_lines_and_keys() -> None:
    async with scripted(script(), (80, 24)) as (scene, pilot):
        await pilot.click("#tabs", offset=(15, 0))
        await look(scene, pilot)
        assert screen(scene).active == "file"
        await pilot.click("#tabs", offset=(3, 0))
        await look(scene, pilot)
        await pilot.click("#routes", offset=(5, 5), times=2)
        await look(scene, pilot)
        assert screen(scene).panes.file.place == (MAIN, line_of("route[TRUNK]"))
        await pilot.click("#tabs", offset=(48, 0))
        await settle(scene, pilot)
        assert active(scene) == "stream"
        await pilot.click("#tabs", offset=(70, 0))
        await pilot.pause()
        assert isinstance(scene.app.screen, ScriptScreen)


async def test_a_screen_focuses_no_other_pane_before_the_one_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    focused: list[str | None] = []
    set_focus = ScriptScreen.set_focus

    def note(self: ScriptScreen, widget: Widget | None, *args: bool, **named: bool) -> None:
        focused.append(widget.id if widget else None)
        set_focus(self, widget, *args, **named)

    monkeypatch.setattr(ScriptScreen, "set_focus", note)
    scene = Scene(script=script())
    async with scene.running(120, 40) as pilot:
        await pilot.press("8")
        await pilot.pause()
        await look(scene, pilot)
        assert screen(scene).active == "findings"
    assert set(focused) <= {"findings", None}


async def test_the_palette_and_the_help_know_this_screen() -> None:
    async with scripted(script()) as (scene, pilot):
        await pilot.press("colon", *"reload")
        await pilot.pause()
        assert "Read the script again" in shown(scene)
        await pilot.press("escape", "question_mark")
        await pilot.pause()
        assert "Script" in shown(scene)


async def test_read_only_runs_and_reloads_nothing() -> None:
    made = script()
    async with scripted(made, read_only=True) as (scene, pilot):
        await pilot.press("x", "L")
        text = await look(scene, pilot)
        assert not made.ran
        assert not made.reloads
        assert "READ-ONLY" in text
        assert "x run" not in text


@pytest.mark.parametrize("made", [None, FakeScript()])
async def test_without_a_script_it_says_how_to_load_one(made: FakeScript | None) -> None:
    async with scripted(made, (80, 24)) as (scene, pilot):
        assert "evtui --script FILE loads one and runs it." in shown(scene)
        assert "6 Routes ─" in shown(scene)
        footer = shown(scene).splitlines()[-1]
        assert not [word for word in ("x run", "space pause", "enter", "/ search") if word in footer]
        assert "esc console  ? help  q quit" in footer
        await pilot.press("x", "L", "7", "enter", "9", "8", "up", "down", "enter")
        assert "● LOADED" not in await look(scene, pilot)
        assert not told(scene)


async def test_a_script_that_is_loaded_later_is_shown() -> None:
    made = FakeScript()
    async with scripted(made) as (scene, pilot):
        made.current = script().current
        text = await look(scene, pilot)
        assert "● LOADED" in text
        assert "x run" in text
        assert "space pause" in text


async def test_a_console_on_a_server_says_that_it_has_no_script() -> None:
    class Remote(EmbeddedBackend):
        async def status(self) -> Status:
            return replace(await super().status(), source="opensips at /run/opensips_fifo")

    clock = FakeClock()
    backend = Remote(Engine(Catalogue(static_events()), [], Journal(), clock=clock, wall=clock))
    app = EvtuiApp(backend, wall=clock, monotonic=clock, styles=STYLES)
    async with app.run_test(size=(80, 24)) as pilot:
        with anyio.fail_after(HANG):
            while app.get_default_screen().state.status is None:
                await pilot.pause()
        await pilot.press("6")
        await pilot.pause()
        assert "A server does not show its script." in text_of(app.screen)
