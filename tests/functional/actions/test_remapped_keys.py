"""What the console says of keys names them as they are bound: with every key remapped, no default key is named."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from evtui.ui.actions import ACTIONS, shown_keys
from evtui.ui.screens.pane_screen import PaneScreen
from tests.functional.console.console_scene import Scene, settle, shown, told, work_done
from tests.functional.scripts.script_scene import script

KEYS = {action.id: f"f{20 + place}" for place, action in enumerate(ACTIONS)}
"""A key for each action that is like no other text."""

OF_FIELDS = {"enter keeps", "esc ends"}
"""What the keys of a field that is typed into do, which are not in the table of actions."""

_VERBS = (
    "raises|subscribes|renews|ends|makes|follows|goes|closes|shows|runs|leaves|lists|changes|removes|keeps|again|"
    "reads|writes|opens|and"
)
_LABELS = "|".join(sorted({re.escape(action.label) for action in ACTIONS}))


def named_keys(text: str) -> Sequence[str]:
    """Find what the text says that a default key does: the key, and a verb or the label of its action behind it."""
    found: list[str] = []
    for action in ACTIONS:
        for key in shown_keys(action, {}):
            pattern = rf"(?<![\w/.:=-]){re.escape(key)} (?:{_VERBS}|{_LABELS})(?!\w)"
            # A digit is also the number of a pane, and a count.
            found += [match[0] for match in re.finditer(pattern, text) if not key.isdigit()]
    return [each for each in found if each not in OF_FIELDS]


def test_a_default_key_that_is_named_is_found() -> None:
    assert list(named_keys("Next: r raises E_MINE by hand, q quit")) == ["r raises", "q quit"]
    assert not named_keys("f45 raises E_MINE by hand; the stream follows again")


def front(scene: Scene) -> PaneScreen[Any]:
    return cast("PaneScreen[Any]", scene.app.screen)


async def do(scene: Scene, pilot: Pilot[int], *actions: str) -> str:
    """Do some actions; returns what is told then, and what is on the screen."""
    for action in actions:
        front(scene).action_do(action)
        await settle(scene, pilot)
        await work_done(scene, "default", "change", "run", "reload")
    await settle(scene, pilot)
    fields = [field.placeholder for field in scene.app.screen.query(Input)]
    return "\n".join([shown(scene), told(scene), *fields])


async def tour(scene: Scene, pilot: Pilot[int]) -> AsyncIterator[str]:
    """Go through the panes: empty, with rows, held, paused, filtered; then what was done, and the script."""
    for pane in ("stream", "events", "subscribers", "detail"):
        yield await do(scene, pilot, f"show_{pane}")
    scene.engine.subscribe("E_MINE", "unix:/tmp/evtui-test-nobody.sock", 60)
    scene.engine.raise_event("E_MINE", {"n": 1})
    yield await do(scene, pilot, "show_stream", "pause")
    yield await do(scene, pilot, "pause", "copy")
    scene.screen.filtering.show_text("nosuchword")
    yield await do(scene, pilot, "show_stream")
    scene.screen.filtering.show_text("")
    await do(scene, pilot, "show_stream")
    scene.screen.panes.stream.touched()
    scene.engine.raise_event("E_MINE", {"n": 2})
    yield await do(scene, pilot, "show_stream")
    if not scene.screen.is_read_only:
        yield await do(scene, pilot, "show_subscribers", "unsubscribe")
        yield await do(scene, pilot, "undo", "renew")
    yield await do(scene, pilot, "search")
    await pilot.press("escape")
    for pane in ("routes", "file", "findings", "log"):
        front(scene).action_do(f"show_{pane}")
        await pilot.pause()
        await settle(scene, pilot)
        yield shown(scene)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_no_text_names_a_key_that_is_not_bound(size: tuple[int, int], read_only: bool) -> None:
    scene = Scene(keys=KEYS, read_only=read_only, script=script())
    named: list[str] = []
    places = set[str]()
    async with scene.running(*size) as pilot:
        async for text in tour(scene, pilot):
            named += named_keys(text)
            places |= set(re.findall(r"\bf\d\d\b", text))
    assert sorted(set(named)) == []
    assert len(places) > 5, "the keys as they are bound are named"
