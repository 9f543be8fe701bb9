"""The key that lists the servers of a fleet, and shows only the records of one of them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen


class ServersKey:
    """Adds the key to the console's screen."""

    def __init__(self, screen: "ConsoleScreen") -> None:
        self._screen = screen
        screen.action_calls["servers"] = self._list

    def _list(self) -> None:
        from evtui.ui.fleet.servers_screen import ServersScreen  # on first use

        state = self._screen.state
        listed = ServersScreen(lambda: () if state.status is None else state.status.servers)
        self._screen.console_app.push_screen(listed, self._show)

    def _show(self, server: str | None) -> None:
        if server is not None:
            self._screen.filtering.show_selected(None, None, server)
            self._screen.show_pane("stream")
