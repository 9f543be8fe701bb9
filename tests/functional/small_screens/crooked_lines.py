"""Whether what is on a screen is straight: each line as wide as the screen, each border in its column."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.cells import cell_len
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from tests.fakes.painted_screen import strips_of

_SIDES: Final = {"round": "│", "heavy": "┃"}
"""What the left and the right border of a widget are drawn with, by the style of the border."""


def crooked(screen: Screen[Any]) -> list[str]:
    """List the lines that are too long or too short, and the borders that are not where they belong."""
    lines = [strip.text for strip in strips_of(screen)]
    found = [
        f"{cell_len(line)} or {_each_alone(line)} cells in {screen.size.width}: {line!r}"
        for line in lines
        if {cell_len(line), _each_alone(line)} != {screen.size.width}
    ]
    cells = [_cells(line) for line in lines]
    for widget in screen.walk_children(Widget):
        found += [f"{widget!r}: {fault}" for fault in _bent(screen, widget, cells)]
    return found


def _each_alone(line: str) -> int:
    """Count the cells as a terminal does that puts no characters together."""
    return sum(cell_len(character) for character in line)


def _cells(line: str) -> list[str]:
    """Return what is in each cell of a line; the second cell of a wide character is empty."""
    cells: list[str] = []
    for character in line:
        cells += [character, *[""] * (cell_len(character) - 1)] if cell_len(character) else []
    return cells


def _bent(screen: Screen[Any], widget: Widget, cells: Sequence[Sequence[str]]) -> Iterator[str]:
    side = _SIDES.get(widget.styles.border_left[0])
    if side is None or not widget.is_on_screen:
        return
    region: Region = widget.region
    for y in range(region.y + 1, region.bottom - 1):
        for x in (region.x, region.right - 1):
            if screen.size.region.contains(x, y) and screen.get_widget_at(x, y)[0] is widget and cells[y][x] != side:
                yield f"{cells[y][x]!r} is at {x}, {y} in {''.join(cells[y])!r}"
