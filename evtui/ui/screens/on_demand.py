"""The screens and dialogs that are opened by a key, each loaded when it is first opened: the console starts sooner."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.command import Provider

from evtui.core.delivery_report import DeliveryReport
from evtui.ui.panes import AnyPane

if TYPE_CHECKING:
    from evtui.ui.detail.why_screen import WhyScreen
    from evtui.ui.guide.help_screen import HelpScreen
    from evtui.ui.screens.pane_screen import PaneScreen


def palette_provider() -> type[Provider]:
    """Return what offers the actions in the palette."""
    from evtui.ui.guide.palette import ActionProvider

    return ActionProvider


def place_provider() -> type[Provider]:
    """Return what offers events, subscribers and themes in the palette."""
    from evtui.ui.guide.places import PlaceProvider

    return PlaceProvider


def help_screen(keys: Mapping[str, str], pane: AnyPane, *, read_only: bool) -> "HelpScreen":
    """Make the help."""
    from evtui.ui.guide.help_screen import HelpScreen

    return HelpScreen(keys, pane, read_only=read_only)


def ask_where_to(screen: "PaneScreen[Any]") -> None:
    """Show the letters of lines and panes, and go where the typed ones lead."""
    from evtui.ui.guide import jump_screen

    jump_screen.ask_where_to(screen)


def why_screen(report: DeliveryReport) -> "WhyScreen":
    """Make the screen that says why a subscriber got an event or did not."""
    from evtui.ui.detail.why_screen import WhyScreen

    return WhyScreen(report)
