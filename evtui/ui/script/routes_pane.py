"""The routes of the script in their pane."""

from collections.abc import Sequence

from evtui.core.script_port import RouteState
from evtui.ui.panes import pane_title
from evtui.ui.script.route_lines import RouteLines
from evtui.ui.text.figures import count
from evtui.ui.widgets.line_list import LineList


class RoutesPane(LineList):
    """The routes, with how often each ran and for how long."""

    def __init__(self, empty: Sequence[str]) -> None:
        self.rows = RouteLines(empty)
        super().__init__(self.rows, id="routes")

    @property
    def selected(self) -> RouteState | None:
        """Return the route under the cursor."""
        return self.rows.routes[self.cursor] if self.cursor < len(self.rows) else None

    def show_routes(self, routes: tuple[RouteState, ...]) -> None:
        """Show the routes as they are now."""
        self.rows.take(routes)
        self.entitle(pane_title("routes", count(len(routes)) if routes else ""))
        self.redraw()
