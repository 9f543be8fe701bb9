"""The screens and dialogs that are opened by a key, each loaded when it is first opened: the console starts sooner."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual.command import Provider
from textual.screen import Screen

from evtui.core.delivery_report import DeliveryReport

if TYPE_CHECKING:
    from evtui.ui.detail.why_screen import WhyScreen
    from evtui.ui.guide.help_screen import HelpScreen
    from evtui.ui.screens.pane_screen import PaneScreen
    from evtui.ui.state.dismissed_once import DismissedOnce


def palette_provider() -> type[Provider]:
    """Return what offers the actions in the palette."""
    from evtui.ui.guide.palette import ActionProvider

    return ActionProvider


def place_provider() -> type[Provider]:
    """Return what offers events, subscribers and themes in the palette."""
    from evtui.ui.guide.places import PlaceProvider

    return PlaceProvider


def filter_provider() -> type[Provider]:
    """Return what offers the saved filters in the palette."""
    from evtui.ui.guide.filter_switches import FilterProvider

    return FilterProvider


def profile_provider() -> type[Provider]:
    """Return what offers the profiles of the configuration in the palette."""
    from evtui.ui.guide.profile_entries import ProfileProvider

    return ProfileProvider


def help_screen(screen: "PaneScreen[Any]", dialog: "DismissedOnce[Any] | None" = None) -> "HelpScreen":
    """Make the help of a screen, or of a dialog in front of it: what has the keys now comes first."""
    from evtui.ui.guide.first_keys import first_keys
    from evtui.ui.guide.help_screen import HelpScreen

    return HelpScreen(screen.keys, screen.active, read_only=screen.is_read_only, first=first_keys(screen, dialog))


def dialog_help(dialog: "DismissedOnce[Any]", screens: Iterable[Screen[Any]]) -> "HelpScreen":
    """Make the help of a dialog in front of the other screens, of which the last one with panes is below it."""
    from evtui.ui.screens.pane_screen import PaneScreen

    below: list[PaneScreen[Any]] = [screen for screen in screens if isinstance(screen, PaneScreen)]
    return help_screen(below[-1], dialog)


def ask_where_to(screen: "PaneScreen[Any]") -> None:
    """Show the letters of lines and panes, and go where the typed ones lead."""
    from evtui.ui.guide import jump_screen

    jump_screen.ask_where_to(screen)


def why_screen(report: DeliveryReport) -> "WhyScreen":
    """Make the screen that says why a subscriber got an event or did not."""
    from evtui.ui.detail.why_screen import WhyScreen

    return WhyScreen(report)
