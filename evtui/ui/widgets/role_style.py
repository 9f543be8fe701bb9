"""The colours of the pieces of a line, and lines that are painted in them.

The screen holds the colours, for all lists and lines on it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final, TypeAlias, cast

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from evtui.ui.text.cells import ROLES, Cells, Role

ROLE_CLASSES: Final = frozenset({*(f"rows--{role}" for role in ROLES), "rows--cursor", "rows--cursor-blurred"})
"""Component classes of a screen with lists. If each list had its own, a start would compute the styles for each."""


class RoleStyles:
    """The styles of the roles on the background of one widget, remembered until its colours change."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._known: dict[str, Style] = {}

    def forget(self) -> None:
        """Forget the styles: the colours changed."""
        self._known.clear()

    def of(self, role: str) -> Style:
        """Return the style of a role."""
        style = self._known.get(role)
        if style is None:
            style = self._known[role] = self._look_up(role)
        return style

    def _look_up(self, role: str) -> Style:
        styles = self._widget.screen.get_component_styles(f"rows--{role}")
        _, _, background, color = self._widget.colors
        if styles.has_rule("background"):
            background += styles.background
        if styles.has_rule("color"):
            color = styles.color
        return styles.text_style + Style.from_color((background + color).rich_color, background.rich_color)


class CellPainter:
    """Paints lines of cells on the background of one widget, in the styles of their roles."""

    def __init__(self, widget: Widget) -> None:
        self._roles = RoleStyles(widget)
        self._known: dict[tuple[Role, str], Style] = {}

    def forget(self) -> None:
        """Forget the styles: the colours changed."""
        self._known.clear()
        self._roles.forget()

    def strip(self, cells: Cells, width: int, cursor: str = "") -> Strip:
        """Paint a line, filled up to a width; `cursor` is the style of the cursor on it, empty without one."""
        segments = [Segment(text, self._style(role, cursor)) for role, text in cells]
        return Strip(segments).adjust_cell_length(width, self._style("text", cursor))

    def _style(self, role: Role, cursor: str) -> Style:
        style = self._known.get((role, cursor))
        if style is None:
            style = self._roles.of(role)
            if cursor and role != "match":
                line = self._roles.of(cursor)
                style += Style(bgcolor=line.bgcolor, bold=line.bold or None, reverse=line.reverse or None,
                               underline=line.underline or None)  # fmt: skip
            self._known[role, cursor] = style
        return style


PaintedKey: TypeAlias = tuple[object, ...]
"""All that decides how a line is painted, but not where."""


class PaintedLines:
    """The lines in view of a list as they were painted last.

    Textual paints one line of the list, and the others get what stands beside that: a quarter of the time less.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._strips: dict[PaintedKey, Strip] = {}

    def forget(self) -> None:
        """Forget all: what is shown changed."""
        self._strips.clear()

    def show(self, keys: Sequence[PaintedKey | None], paint: Callable[[int, int], list[Strip]]) -> list[Strip]:
        """Return the lines in view, by their keys; None is one that shows none of the list, and is painted each time.

        `paint` paints a run of lines: the first, and the one behind the last.
        """
        strips = [None if key is None else self._strips.get(key) for key in keys]
        for first, end in _gaps(strips):
            rows = [place for place in range(first, end) if keys[place] is not None]
            if len(rows) > 1 and self._has_even_frame():
                strips[first : rows[0] + 1] = painted = paint(first, rows[0] + 1)
                strips[rows[1] : rows[-1] + 1] = self._framed(rows[1:], painted[-1])
                first = rows[-1] + 1  # noqa: PLW2901
            if first < end:
                strips[first:end] = paint(first, end)
        shown = cast("list[Strip]", strips)
        self._strips = {key: strip for key, strip in zip(keys, shown, strict=True) if key is not None}
        return shown

    def _has_even_frame(self) -> bool:
        """Say whether nothing but borders and padding is added to the lines of the widget."""
        styles = self._widget.styles
        is_even = self._widget.opacity == styles.text_opacity == 1.0 and not styles.tint.a
        return is_even and styles.hatch in {None, "none"}

    def _framed(self, places: Sequence[int], painted: Strip) -> list[Strip]:
        """Paint lines between what stands beside the line in `painted`."""
        widget, gutter = self._widget, self._widget.gutter
        lines = [widget.render_line(place - gutter.top) for place in places]
        before, behind = list(painted.crop(0, gutter.left)), list(painted.crop(gutter.left + lines[0].cell_length))
        _, background = widget.background_colors
        for each in widget.get_line_filters():
            lines = [line.apply_filter(each, background) for line in lines]
        return [Strip([*before, *line, *behind], painted.cell_length) for line in lines]


def _gaps(strips: Sequence[Strip | None]) -> Iterator[tuple[int, int]]:
    for is_gap, run in groupby(enumerate(strips), lambda each: each[1] is None):
        if is_gap:
            places = [place for place, _ in run]
            yield places[0], places[-1] + 1
