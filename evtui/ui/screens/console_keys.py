"""Keys of the console: those that lead to other screens, and those that a console without files refuses."""

from functools import partial
from typing import TYPE_CHECKING, Final

from evtui.core.ports import Clock
from evtui.ui.actions import ACTIONS
from evtui.ui.fleet.servers_key import ServersKey
from evtui.ui.messages import Notice
from evtui.ui.statistics.statistics_key import StatisticsKey

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen


NO_FILES: Final = "This console writes no files: it is shown on another host."


def add_keys(screen: "ConsoleScreen", *, wall: Clock, monotonic: Clock) -> None:
    """Add the keys to the console's screen."""
    StatisticsKey(screen, wall=wall, monotonic=monotonic)
    ServersKey(screen)
    if not screen.keeps_files:
        for action in (each for each in ACTIONS if each.of_files):
            screen.action_calls[action.id] = partial(_refuse, screen)


def _refuse(screen: "ConsoleScreen") -> None:
    screen.post_message(Notice(NO_FILES, bad=True))
