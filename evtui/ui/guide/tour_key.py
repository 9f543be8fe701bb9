"""When the tour is shown: at the first start of the console, and from the palette; and when it is closed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.widget import Widget

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen


class TourKey:
    """Adds the action to the console's screen; the tour is loaded when it is shown."""

    def __init__(self, screen: "ConsoleScreen", *, is_wanted: bool) -> None:
        self._screen = screen
        self._leave: Callable[[], object] = screen.action_calls["leave"]
        self._box: Widget | None = None
        self.is_wanted = is_wanted
        """Whether the tour is to be shown as soon as it is known what can be done here."""
        screen.action_calls |= {"tour": self.show, "leave": self._close_or_leave}

    def begin(self) -> bool:
        """Show the tour if it is wanted and the console is complete; returns whether it is shown now."""
        screen = self._screen
        if not (self.is_wanted and screen.is_attached) or screen.waits_for or screen.state.status is None:
            return False
        self.is_wanted = False
        self.show()
        return True

    def show(self) -> None:
        """Show the tour above the line that texts are typed into, unless it is there."""
        from evtui.ui.guide.tour import TourBox, tour_lines  # on first use: most consoles show none

        screen = self._screen
        if self._box is None:
            playback = screen.state.playback is not None
            lines = tour_lines(screen.keys, read_only=screen.is_read_only, playback=playback)
            self._box = TourBox(lines, screen.first_key("leave"))
            screen.mount(self._box, before="#prompt")

    def _close_or_leave(self) -> None:
        box = self._box
        if box is None or not box.display:  # it has no room beside the raise form
            self._leave()
        else:
            self._box = None
            box.remove()
