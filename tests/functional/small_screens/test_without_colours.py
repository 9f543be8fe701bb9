"""Nothing is told by colour alone: what a key changes in a picture, it changes in one without colours too."""

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import pytest
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from tests.fakes.painted_screen import strips_of
from tests.functional.console.console_scene import Scene, settle, work_done
from tests.functional.small_screens.looks_in_turn import in_turn
from tests.functional.small_screens.views import VIEWS, View, made

LOOKS = [("NO_COLOR", (60, 20)), ("ansi-dark", (80, 24)), ("NO_COLOR", (120, 40)), ("ansi-light", (120, 40))]
"""Without colours, or with the theme of the colours of the terminal, and the size of the screen."""

KEYS = ("down", "up", "tab", "right", "shift+tab", "end", "space")
"""Keys that move the cursor, the focus or a choice, in whatever is in front."""

OF_PANES = ("2", "3", "1", "5", "tab")

Ink: TypeAlias = list[list[tuple[str, tuple[bool | None, ...]]]]
"""The signs of each line, each with what is no colour: bold, underlined, reversed …"""


def ink(strips: Sequence[Strip]) -> Ink:
    return [
        [(sign, told) for segment in strip for told in (_attributes(segment.style),) for sign in segment.text]
        for strip in strips
    ]


@cache
def _attributes(style: Style | None) -> tuple[bool | None, ...]:
    if style is None:
        return ()
    return tuple(bool(each) for each in (style.bold, style.underline, style.reverse, style.italic, style.strike))


def painted(scene: Scene) -> list[Strip]:
    """Return the lines on the screen, with the cursor of a field in that half of its blinking in which it is seen."""
    for field in scene.app.screen.query(Input):
        field.cursor_blink = False
    return strips_of(scene.app.screen)


def colours(strips: Sequence[Strip]) -> list[list[tuple[str, object, object]]]:
    return [
        [(sign, style.color, style.bgcolor) for segment in strip if (style := segment.style) for sign in segment.text]
        for strip in strips
    ]


async def opened(view: View, scene: Scene, story: object, pilot: Pilot[int]) -> None:
    if story is not None:
        await story(scene, pilot)  # type: ignore[operator] # pyright: ignore[reportCallIssue]
    for key in view.keys:
        await pilot.press(key)
        await settle(scene, pilot)
    await work_done(scene)


@pytest.mark.parametrize(
    ("view", "look", "size"),
    [pytest.param(view, *each, id=f"{view.name}-{each[0]}-{each[1][0]}") for view, each in in_turn(VIEWS, LOOKS)],
)
async def test_what_a_key_changes_is_seen_without_colours(
    view: View, look: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    if look == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    scene, story = made(view, "evtui-dark" if look == "NO_COLOR" else look)
    assert scene.app.no_color == (look == "NO_COLOR")
    async with scene.running(*size) as pilot:
        await opened(view, scene, story, pilot)
        assert not hidden(painted(scene))
        before = painted(scene)
        for key in KEYS if view.name != "stream" else (*KEYS, *OF_PANES):
            await pilot.press(key)
            await settle(scene, pilot)
            after = painted(scene)
            if colours(before) != colours(after):
                assert ink(before) != ink(after), key
            before = after


def hidden(strips: Sequence[Strip]) -> list[str]:
    """List the texts that have the colour of their background; the signs of bars are none."""
    return [
        segment.text
        for strip in strips
        for segment in strip
        if segment.style is not None and segment.text.strip(" ▁▂▃▄▅▆▇█▔▕▏▎")
        and (colour := segment.style.color) is not None and not colour.is_default
        and colour == segment.style.bgcolor
    ]  # fmt: skip
