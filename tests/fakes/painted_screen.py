"""The lines that stand on a screen, for tests that read them."""

from typing import Any, cast

from textual._context import visible_screen_stack
from textual.screen import Screen
from textual.strip import Strip


def strips_of(screen: Screen[Any]) -> list[Strip]:
    """Paint a screen as it is now, with the screens below it, of which a dialog lets something be seen.

    A screen keeps what it painted, so that a dialog which is painted without those below it would stay empty around its
    widgets until something changes.
    """
    below = cast("list[Screen[object]]", screen.app._background_screens)  # pyright: ignore[reportPrivateUsage,reportUnknownMemberType]
    visible_screen_stack.set(below)
    return screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage]


def text_of(screen: Screen[Any]) -> str:
    """Return the text on a screen, line by line."""
    return "\n".join(strip.text for strip in strips_of(screen))
