"""Consoles of viewers beside each other in one event loop, whose terminals are elsewhere."""

import gc
import logging
import re
import sys
import weakref
from collections.abc import Callable
from typing import Any, cast

import anyio
import pytest

from evtui.core.values import Params
from evtui.serve.terminal.remote_terminal import MOST_TYPED, RemoteTerminal
from evtui.serve.terminal.viewer_consoles import OBJECTS_OF_A_CONSOLE
from evtui.serve.terminal.viewer_settings import ViewersConfig
from evtui.ui.guide.help_screen import HelpScreen
from evtui.ui.screens.console_screen import ConsoleScreen
from tests.functional.doors.remote_console import viewers
from tests.functional.processes.quiet_console import PAINT_SECONDS, is_at_rest
from tests.limits import HANG

pytestmark = pytest.mark.usefixtures("old_objects_exempt")

_OLD_MODES = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?1006l", b"\x1b[?2004l", b"\x1b[?7h")


async def test_a_viewer_sees_what_happens_and_leaves_a_clean_terminal() -> None:
    async with viewers() as all_of_them:
        console = await all_of_them.open()
        all_of_them.engine.raise_event("E_MINE", Params(("hello",), ("greeting",)))
        await console.shows("Stream 1")
        console.type(b"1\r")
        await console.shows("hello")
        console.type(b"q")
        await console.over.wait()
        assert console.status == 0
        end = console.seen.written[-200:]
        assert [mode for mode in _OLD_MODES if mode not in end] == []


async def test_each_viewer_has_a_size_of_its_own_and_may_change_it() -> None:
    async with viewers() as all_of_them:
        wide, narrow = await all_of_them.open(size=(120, 40)), await all_of_them.open(size=(80, 24))
        await narrow.shows("6 Script")
        assert "6 Script" not in wide.seen.text
        wide.resize(80, 24)
        await wide.shows("6 Script")
        narrow.resize(120, 40)
        await narrow.shows_no("6 Script")


async def test_a_size_that_is_typed_counts_for_nothing() -> None:
    async with viewers() as all_of_them:
        console = await all_of_them.open()
        console.type(b"\x1b[48;24;80;480;800t\x1b[?2048;2$y?")
        await console.shows("Help")
        app = console.running
        assert app is not None
        assert (app.size.width, app.size.height) == (120, 40)


async def test_a_lone_escape_and_a_character_in_two_parts_are_keys() -> None:
    async with viewers() as all_of_them:
        console = await all_of_them.open()
        console.type(b"/")
        await anyio.sleep(0.3)
        console.type("grüß".encode()[:3])
        await anyio.sleep(0.05)
        console.type("grüß".encode()[3:])
        await console.shows("grüß")
        console.type(b"\x1b")
        await console.shows_no("grüß")


async def test_a_flood_of_keys_waits_in_the_terminal_and_the_last_one_counts() -> None:
    async with viewers() as all_of_them:
        console = await all_of_them.open()
        console.type(b"jk" * (MOST_TYPED // 2))
        assert not console.seen.is_reading
        await console.until(lambda: console.seen.is_reading)
        console.type(b"?")
        await console.shows("Help")


async def test_a_viewer_may_change_nothing_and_an_operator_may(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with viewers() as all_of_them:
        viewer, operator = await all_of_them.open(), await all_of_them.open("operator", name="bob")
        await viewer.shows("READ-ONLY")
        viewer.type(b"r")
        operator.type(b"r")
        await operator.shows("4 Raise")
        assert "READ-ONLY" not in operator.seen.text
        assert "preview" not in viewer.seen.text.lower()
        operator.type(b"\x1b[15~")  # F5 sends
        await operator.until(lambda: all_of_them.engine.totals().raised)
        assert "operator bob (ssh) from 192.0.2.1: raise E_MINE" in caplog.text


@pytest.mark.parametrize("lose", [RemoteTerminal.pause, RemoteTerminal.detach])
async def test_a_viewer_that_takes_nothing_pauses_only_its_own_painting(lose: Callable[[RemoteTerminal], None]) -> None:
    async with viewers() as all_of_them:
        slow, other = await all_of_them.open(), await all_of_them.open()
        app, painted = slow.running, list[object]()
        assert app is not None
        await slow.until(lambda: is_at_rest(app))  # what is begun is painted to its end
        lose(slow.terminal)
        app.post_display_hook = lambda: painted.append(None)  # type: ignore[method-assign]
        cast("Any", app.screen).screen_layout_refresh_signal.subscribe(app, painted.append)
        before = len(slow.seen.written)
        all_of_them.engine.raise_event("E_MINE", Params())
        await other.shows("Stream 1")
        await slow.until(lambda: cast("ConsoleScreen", app.screen).state.stream.received)
        await anyio.sleep(2 * PAINT_SECONDS)  # in which it would be painted
        assert painted == []
        slow.type(b"?")  # Textual lays a screen out that comes to the front, whoever sees it
        await slow.until(lambda: isinstance(app.screen, HelpScreen))
        slow.resize(100, 30)
        assert len(slow.seen.written) == before
        slow.terminal.resume()
        slow.terminal.attach(slow.seen, slow.terminal.size)
        await slow.shows("Help")
        slow.type(b"\x1b")
        await slow.shows("Stream 1")
        assert (app.size.width, app.size.height) == (100, 30)


async def test_a_far_end_that_comes_back_finds_the_console_as_it_was() -> None:
    async with viewers() as all_of_them:
        console = await all_of_them.open()
        console.type(b"?")
        await console.shows("Help")
        console.terminal.detach()
        again = type(console.seen)(120, 40)
        console.terminal.attach(again, console.terminal.size)
        await console.until(lambda: "Help" in again.text)
        assert again.written.startswith(b"\x1b[?1049h")


async def test_a_session_that_is_ended_or_idle_says_why() -> None:
    async with viewers() as all_of_them:  # where nobody is idle: opening it may take long
        ended = await all_of_them.open()
        assert ended.session is not None
        all_of_them.sessions.end(ended.session.number, "an operator ended it")
        await ended.over.wait()
        assert b"evtui: an operator ended it\r\n" in ended.seen.written
    async with viewers(ViewersConfig(idle=3.0)) as all_of_them:
        idle = await all_of_them.open()
        await idle.over.wait()
        assert b"evtui: nothing was typed for 3 s\r\n" in idle.seen.written


async def test_a_console_that_crashes_ends_alone_and_tells_no_secret(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with viewers() as all_of_them:
        crashing, other = await all_of_them.open(), await all_of_them.open()
        app = crashing.running
        assert app is not None

        def crash() -> None:
            raise RuntimeError("a fault of the console")

        app.call_later(crash)
        del app
        await crashing.over.wait()
        assert crashing.status == 1
        assert b"evtui: the console crashed; the log of the server says why\r\n" in crashing.seen.written
        assert "a fault of the console" in caplog.text
        other.type(b"?")
        await other.shows("Help")
    assert capsys.readouterr().err == ""


async def test_no_console_lives_after_its_session_and_the_streams_are_those_of_before() -> None:
    streams = sys.stdout, sys.stderr
    async with viewers() as all_of_them:
        consoles = [await all_of_them.open() for _ in range(3)]
        for number, console in enumerate(consoles):
            console.type(b"?\x1b")
            console.type(b"/E_MINE\r\x1b[<0;10;10M\x1b[<0;10;10m")
            await anyio.sleep(0.3)
            if number == 1:
                console.terminal.hang_up()
            else:
                console.type(b"\x1b\x1b")
                await anyio.sleep(0.5)
                console.type(b"q")
            await console.over.wait()
        assert (sys.stdout, sys.stderr) == streams
        assert len(all_of_them.sessions) == 0
        with anyio.fail_after(HANG):  # the event loop keeps a timer that was stopped, and its console, until it is due
            while any(console.running is not None for console in consoles):
                await anyio.sleep(0.1)
                gc.collect()


async def test_a_console_is_freed_at_its_end_without_a_garbage_collection() -> None:
    async with viewers() as all_of_them:
        await all_of_them.open()  # what all consoles share is there
        gc.collect()
        before = len(gc.get_objects())
        console = await all_of_them.open()
        all_of_them.engine.raise_event("E_MINE", Params(("hello",), ("greeting",)))
        await console.shows("Stream 1")
        app = console.running
        assert app is not None
        state = weakref.ref(cast("ConsoleScreen", app.screen).state)
        del app
        gc.collect()
        assert len(gc.get_objects()) - before < OBJECTS_OF_A_CONSOLE
        gc.disable()
        try:
            console.type(b"q")
            await console.over.wait()
            assert state() is None
            await console.until(lambda: console.running is None)
        finally:
            gc.enable()


async def test_the_colours_are_those_of_the_viewers_terminal() -> None:
    async with viewers() as all_of_them:
        full = await all_of_them.open(environment={"TERM": "xterm-256color", "COLORTERM": "truecolor"})
        few = await all_of_them.open(environment={"TERM": "xterm-256color"})
        assert b"38;2;" in full.seen.written
        assert b"38;2;" not in few.seen.written
        assert b"38;5;" in few.seen.written
        fewest = await all_of_them.open(environment={"TERM": "vt220"})
        assert not re.search(rb"[34]8;[25];", fewest.seen.written)
        none = await all_of_them.open(environment={"TERM": "xterm-256color", "NO_COLOR": "1"})
        colours = {bytes(code) for code in re.findall(rb"38;5;(\d+)", none.seen.written)}
        assert all(int(code) in {15, 16, 231} or int(code) >= 232 for code in colours), colours


async def test_a_copied_text_goes_to_the_viewers_clipboard_and_into_no_file() -> None:
    async with viewers() as all_of_them:
        console = await all_of_them.open()
        all_of_them.engine.raise_event("E_MINE", Params(("hello",), ("greeting",)))
        await console.shows("Stream 1")
        console.type(b"1y")
        await console.until(lambda: b"\x1b]52;c;" in console.seen.written)
        await console.shows("Sent to the terminal's clipboard.")
        console.type(b"e")
        await console.shows("writes no files")
        console.type(b"\x12")  # ctrl+r records
        await console.shows("writes no files")
        console.type(b"?")
        await console.shows("Help")
        assert "Export" not in console.seen.text.partition("Help")[0]


async def test_another_theme_of_one_viewer_leaves_the_colours_of_the_others() -> None:
    full = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    async with viewers() as all_of_them:
        one, other = await all_of_them.open(environment=full), await all_of_them.open(environment=full)
        app = one.running
        assert app is not None
        before = other.seen.screen.buffer[5][5].bg
        app.theme = "evtui-light"
        await one.until(lambda: one.seen.screen.buffer[5][5].bg != before)
        other.resize(110, 40)
        await other.shows("3 Subscribers")
        assert other.seen.screen.buffer[5][5].bg == before
        later = await all_of_them.open(environment=full)
        assert later.seen.screen.buffer[5][5].bg == before
        del app
