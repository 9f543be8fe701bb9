"""The keys of the console that lead to other screens: statistics, and the servers of a fleet."""

from typing import TYPE_CHECKING

from evtui.core.ports import Clock
from evtui.ui.fleet.servers_key import ServersKey
from evtui.ui.statistics.statistics_key import StatisticsKey

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen


def add_keys(screen: "ConsoleScreen", *, wall: Clock, monotonic: Clock) -> None:
    """Add the keys to the console's screen."""
    StatisticsKey(screen, wall=wall, monotonic=monotonic)
    ServersKey(screen)
