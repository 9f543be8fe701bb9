"""The files of the script in their pane."""

import re
from collections.abc import Sequence

from evtui.core.script_port import RouteState, ScriptPlace, ScriptState
from evtui.ui.panes import pane_title
from evtui.ui.script.place_text import route_at
from evtui.ui.script.source_lines import SourceKey, SourceLines
from evtui.ui.widgets.line_list import LineList

_SHIFT_CHARACTERS = 8
_MAX_SHIFT = 1000
_ROUTE_CALL = re.compile(r'\broute\s*\(\s*"?([\w.-]+)|(?<!=)\bt_on_reply\s*\(\s*"?([\w.-]+)')


class FilePane(LineList):
    """The files of the script, one below the other."""

    def __init__(self, empty: Sequence[str]) -> None:
        self.rows = SourceLines(empty)
        super().__init__(self.rows, id="file")

    @property
    def place(self) -> SourceKey | None:
        """Return the file and the line under the cursor."""
        return self.rows.key(self.cursor) if self.cursor < len(self.rows) else None

    def show_state(self, state: ScriptState) -> None:
        """Show the files with the marks of their findings."""
        self.rows.take(state)
        self.entitle(pane_title("file", self.rows.title))
        self.redraw()

    def jump(self, place: ScriptPlace) -> None:
        """Put the cursor on a place, some lines below the top where there is room."""
        index = self.rows.find((place.file, place.line))
        if index is not None:
            self.move_to(index)
            self.scroll_to(y=max(0, index - self._page // 3), animate=False, force=True, immediate=True)

    def called(self, routes: Sequence[RouteState]) -> RouteState | None:
        """Return the route that the line under the cursor calls, or sets for replies."""
        call = _ROUTE_CALL.search(self.rows.text(self.cursor)) if len(self.rows) else None
        if call is None:
            return None
        kind, name = ("route", call[1]) if call[1] else ("onreply_route", call[2])
        return next((route for route in routes if (route.kind, route.name) == (kind, name)), None)

    def route(self, routes: Sequence[RouteState]) -> RouteState | None:
        """Return the route that the line under the cursor belongs to."""
        return None if self.place is None else route_at(routes, *self.place)

    def searched(self, index: int, width: int) -> str:  # noqa: ARG002 - the whole line, even where the pane cuts it
        """Return the whole text of a line."""
        return self.rows.text(index).casefold()

    def shift(self, by: int) -> None:
        """Show what is further to the right, or to the left."""
        side = max(0, min(self.rows.side + by * _SHIFT_CHARACTERS, _MAX_SHIFT))
        if side != self.rows.side:
            self.rows.side = side
            self.redraw()
