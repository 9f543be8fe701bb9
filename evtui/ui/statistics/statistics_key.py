"""What the key of the Statistics screen does in the console: show the screen, leave it, and go where its lines lead."""

from typing import TYPE_CHECKING

from evtui.codecs.display_text import display_safe
from evtui.core.ports import Clock
from evtui.core.values import Socket
from evtui.ui.messages import ShowScript
from evtui.ui.panes import PANES, SCRIPT_PANES, AnyPane
from evtui.ui.statistics.statistics_view import StatisticsView

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen


class StatisticsKey:
    """Adds the key to the console's screen; the Statistics screen is made when it is shown."""

    def __init__(self, screen: "ConsoleScreen", *, wall: Clock, monotonic: Clock) -> None:
        self._screen = screen
        self._wall, self._monotonic = wall, monotonic
        self._view = StatisticsView(screen.state.statistics, lambda: screen.state.subscribers.servers)
        if screen.state.playback is None:
            screen.state.statistics.begin(monotonic())
        screen.action_calls["statistics"] = self._show

    def _show(self) -> None:
        # Imported at its first use: the console starts sooner without it.
        from evtui.ui.statistics.statistics_screen import StatisticsHost, StatisticsScreen

        screen = self._screen
        host = StatisticsHost(
            screen.state, self._view, self._wall, self._monotonic, self._go_to, self._leave_for,
            screen.action_calls["pause"], lambda: screen.is_read_only,
        )  # fmt: skip
        made = StatisticsScreen(host, screen.keys)
        made.frame_seconds, made.keeps_files = screen.frame_seconds, screen.keeps_files
        screen.console_app.push_screen(made)

    def _leave_for(self, pane: AnyPane | None) -> None:
        app = self._screen.console_app
        if app.screen is not self._screen:
            app.pop_screen()
        if pane in SCRIPT_PANES:
            self._screen.post_message(ShowScript(pane))
        elif pane in PANES:
            self._screen.show_pane(pane)

    def _go_to(self, subject: str | tuple[str, Socket] | Socket) -> str:
        """Show an event, a subscription, or the first one of a destination; returns why it cannot, else nothing."""
        panes, state = self._screen.panes, self._screen.state
        if isinstance(subject, str):
            if state.events.get(subject) is None:
                return f"{display_safe(subject, 64)} is no longer in the catalogue."
            self._leave_for("events")
            panes.events.jump(subject)
            return ""
        key = state.subscribers.first_of(subject) if isinstance(subject, Socket) else subject
        if key is None or not panes.subscribers.jump(key):
            socket = subject if isinstance(subject, Socket) else subject[1]
            return f"{display_safe(str(socket), 80)} is no longer subscribed."
        self._leave_for("subscribers")
        return ""
