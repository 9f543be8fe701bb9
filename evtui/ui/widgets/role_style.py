"""The colours of a line's pieces, looked up on the screen, which holds them for every list and line on it."""

from typing import Final

from rich.style import Style
from textual.widget import Widget

from evtui.ui.text.cells import ROLES

ROLE_CLASSES: Final = frozenset({*(f"rows--{role}" for role in ROLES), "rows--cursor", "rows--cursor-blurred"})
"""Component classes of a screen that has lists: were they the lists' own, a start would style each of them anew."""


class RoleStyles:
    """How roles look on the background of one widget; remembered until the widget's colours change."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._known: dict[str, Style] = {}

    def forget(self) -> None:
        """Look them up again."""
        self._known.clear()

    def of(self, role: str) -> Style:
        """Return how a role looks."""
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
