"""A console of a profile with a memory of its own, and one that is drawn seldom."""

import json
import re
import sys

import anyio

from evtui.ui.screens.backend_reader import STEP_RECORDS
from tests.functional.cli.test_cli_config import write_default_file
from tests.functional.console.console_scene import Scene, shown
from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.tmux_window import Window, needs_tmux, tmux_window
from tests.functional.scripts.script_scene import script
from tests.limits import HANG

PROFILES = """
[profile.edge]
servers = ["unix:{}"]
[profile.lab]
events = ["E_LAB"]
[profile.look.ui]
keys = {{ raise = "ctrl+e" }}
[profile.wrong.ui]
theme = "no such theme"
"""

FIRST_PROFILE = re.compile(r"Use profile (\w+)")

NEVER = 1000.0
"""Seconds between two draws: longer than any test."""


def _use(window: Window, profile: str) -> None:
    window.keys(":")
    window.wait_for("Search for")
    window.type(f"use profile {profile}")
    window.wait_for(lambda text: FIRST_PROFILE.findall(text)[:1] == [profile])  # it is what Enter takes
    window.keys("Enter")


@needs_tmux
def test_profiles_are_changed_in_a_running_console(evtui: Evtui) -> None:
    """From a server to an engine, from that to other settings, and each remembers by itself."""
    write_default_file(evtui, PROFILES.format(evtui.mi_sock))
    environ = {**evtui.environ, "TERM": "tmux-256color", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "evtui", "--profile", "edge"]
    with (
        evtui.serving("--event", "E_SERVED", EVTUI_CONFIG="/dev/null") as server,
        tmux_window(evtui.directory, 120, 30, command, environ) as window,
    ):
        window.wait_for("E_SERVED")
        window.wait_for("profile edge")
        server.stop()
        _use(window, "wrong")
        window.wait_for("Profile wrong is not used")
        _use(window, "lab")
        window.wait_for("profile lab")
        window.wait_for("E_LAB")
        window.keys("2", "o")
        window.wait_for(lambda text: "o sorts" in text and "by module" not in text)
        _use(window, "look")
        window.wait_for("profile look")
        window.wait_for("profile look: from the next start of evtui on: events")
        text = window.wait_for("ctrl+e raise")
        assert "E_LAB" in text
        assert "Tour" not in text
        window.keys("q")
        window.wait_for("ended 0")
    state = evtui.directory / "state" / "evtui"
    kept = json.loads((state / "profiles" / "lab" / "console.json").read_text())
    assert kept["events_order"]
    assert not (state / "console.json").exists()


async def test_the_default_profile_is_not_named() -> None:
    scene = Scene()
    async with scene.running(200, 50):
        assert "profile" not in shown(scene).splitlines()[0]


async def test_a_console_that_is_drawn_seldom_answers_keys_at_once() -> None:
    scene = Scene()
    scene.app.take_settings(fps=2, profile="lab")
    assert scene.screen.frame_seconds == 0.5
    scene.screen.frame_seconds = NEVER
    async with scene.running(120, 40) as pilot:
        assert "profile lab" in shown(scene).splitlines()[0]
        await pilot.press("2")
        for key in ("end", "home", "enter", "question_mark"):
            before = shown(scene)
            await pilot.press(key)
            await pilot.pause()
            assert shown(scene) != before, key


async def test_a_flood_is_read_between_two_draws_and_no_figure_is_left_out() -> None:
    """The journal is bounded: what is not read in time is evicted."""
    scene = Scene()
    scene.screen.frame_seconds = NEVER
    async with scene.running(120, 40) as pilot:
        for _ in range(3 * STEP_RECORDS):
            scene.engine.raise_event("E_MINE")
        scene.screen.look()
        assert scene.screen.state.counts.raised == STEP_RECORDS
        with anyio.fail_after(HANG):
            while scene.screen.state.counts.raised < 3 * STEP_RECORDS:
                await pilot.pause(0.02)
        await pilot.pause()
        assert f"{3 * STEP_RECORDS:,}" in shown(scene).splitlines()[0]


async def test_the_script_screen_is_drawn_as_often() -> None:
    scene = Scene(script=script())
    scene.app.take_settings(fps=4, profile="")
    async with scene.running(120, 40) as pilot:
        await pilot.press("6")
        await pilot.pause()
        assert scene.app.screen.frame_seconds == scene.screen.frame_seconds == 0.25  # type: ignore[attr-defined]
