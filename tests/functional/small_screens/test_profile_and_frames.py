"""A console of a profile with a memory of its own, and one that is drawn seldom."""

import json
import sys

import anyio

from evtui.ui.screens.pane_screen import MAX_BURST
from tests.functional.cli.test_cli_config import write_default_file
from tests.functional.console.console_scene import Scene, shown
from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.tmux_window import needs_tmux, tmux_window
from tests.functional.scripts.script_scene import script
from tests.limits import HANG

NEVER = 1000.0
"""Seconds between two draws: longer than any test."""


@needs_tmux
def test_a_profile_is_named_and_remembers_by_itself(evtui: Evtui) -> None:
    write_default_file(evtui, "[profile.lab]\nevents = ['E_LAB']")
    environ = {**evtui.environ, "TERM": "tmux-256color", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "evtui", "--profile", "lab"]
    with tmux_window(evtui.directory, 80, 24, command, environ) as window:
        window.wait_for("profile lab")
        window.wait_for("E_LAB")
        window.keys("2", "o")
        window.wait_for(lambda text: "o sorts" in text and "by module" not in text)
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
        for _ in range(3 * MAX_BURST):
            scene.engine.raise_event("E_MINE")
        scene.screen.look()
        assert scene.screen.state.counts.raised == MAX_BURST
        with anyio.fail_after(HANG):
            while scene.screen.state.counts.raised < 3 * MAX_BURST:
                await pilot.pause(0.02)
        await pilot.pause()
        assert f"{3 * MAX_BURST:,}" in shown(scene).splitlines()[0]


async def test_the_script_screen_is_drawn_as_often() -> None:
    scene = Scene(script=script())
    scene.app.take_settings(fps=4, profile="")
    async with scene.running(120, 40) as pilot:
        await pilot.press("6")
        await pilot.pause()
        assert scene.app.screen.frame_seconds == scene.screen.frame_seconds == 0.25  # type: ignore[attr-defined]
