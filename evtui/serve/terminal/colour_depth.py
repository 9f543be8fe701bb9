"""Colours written for a terminal that knows fewer of them.

rich keeps the codes of a style from when it was first painted, whatever terminal that was for. So all consoles of a
process are painted with the same colours, and what is written to a terminal that knows fewer is changed on its way.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from io import StringIO
from typing import Final

from rich.color import Color, ColorSystem
from rich.console import Console

_COLOURS: Final = re.compile(r"(?<=[\[;])([34])8;(?:2;(\d{1,3});(\d{1,3});(\d{1,3})|5;(\d{1,3}))(?=[;m])")
"""A colour of the foreground (3) or the background (4): red, green and blue, or one of 256."""

_REMEMBERED: Final = 8192


def depth_of(colours: str | None) -> ColorSystem:
    """Return what a terminal knows, by the name that rich gives it: `truecolor`, `256` or `standard`."""
    match colours:
        case "truecolor":
            return ColorSystem.TRUECOLOR
        case "256":
            return ColorSystem.EIGHT_BIT
        case _:
            return ColorSystem.STANDARD


def colours_here() -> str:
    """Return what the terminal of this process knows, with which its own console is painted."""
    return Console(file=StringIO(), force_terminal=True).color_system or "truecolor"


def writer_for(depth: ColorSystem) -> Callable[[str], str]:
    """Return what changes a text for a terminal of a depth."""
    if depth is ColorSystem.TRUECOLOR:
        return str
    return lambda text: _COLOURS.sub(lambda found: _code(found[0], depth), text)


@lru_cache(_REMEMBERED)
def _code(code: str, depth: ColorSystem) -> str:
    """Write a code with the colour next to its own that a terminal of the depth knows."""
    kind, form, *values = code.split(";")
    if form == "5":
        colour = Color.from_ansi(min(int(values[0]), 255))
    else:
        colour = Color.from_rgb(*(min(int(value), 255) for value in values))
    return ";".join(colour.downgrade(depth).get_ansi_codes(foreground=kind == "38"))
