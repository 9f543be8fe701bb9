"""What the actions do that help to find a way: palette, help, colours, a picture of the screen."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from evtui.ui.messages import ScreenshotAsked
from evtui.ui.screens.on_demand import ask_where_to, help_screen

if TYPE_CHECKING:
    from evtui.ui.screens.pane_screen import PaneScreen


def guide_calls(screen: "PaneScreen[Any]") -> dict[str, Callable[[], object]]:
    """Return what each of these actions does on a screen, by the action's id."""
    return {
        # There is no app yet when this is called.
        "palette": lambda: screen.console_app.action_command_palette(),  # noqa: PLW0108
        "theme": lambda: screen.console_app.search_themes(),  # noqa: PLW0108
        "help": lambda: screen.console_app.push_screen(help_screen(screen)),
        "go_to": lambda: ask_where_to(screen),
        # When the palette that it was chosen in has left the screen.
        "screenshot": lambda: screen.call_after_refresh(screen.post_message, ScreenshotAsked()),
    }
