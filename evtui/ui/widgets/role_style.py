"""The colours of the pieces of a line. The screen holds them, for all lists and lines on it."""

from typing import Final

from rich.style import Style
from textual.widget import Widget

from evtui.ui.text.cells import ROLES

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
