"""The panes of the Script screen: its routes, its files, its findings and its log."""

import re
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget

from evtui.core.script_port import RouteState, ScriptFinding, ScriptPlace, ScriptState
from evtui.ui.actions import ScriptPane
from evtui.ui.screens.list_panes import titled
from evtui.ui.script.finding_lines import FindingLines, faults
from evtui.ui.script.log_pane import LogPane
from evtui.ui.script.places import route_at
from evtui.ui.script.route_lines import RouteLines
from evtui.ui.script.source_lines import SourceKey, SourceLines
from evtui.ui.text.figures import count
from evtui.ui.widgets.line_list import LineList

_SIDE = 8
_ROUTE_CALL = re.compile(r'\broute\s*\(\s*"?([\w.-]+)|(?<!=)\bt_on_reply\s*\(\s*"?([\w.-]+)')


class RoutesPane(LineList):
    """The routes and how they run."""

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
        self.entitle(titled("routes", count(len(routes)) if routes else ""))
        self.redraw()


class FilePane(LineList):
    """The files of the script."""

    def __init__(self, empty: Sequence[str]) -> None:
        self.rows = SourceLines(empty)
        super().__init__(self.rows, id="file")

    @property
    def place(self) -> SourceKey | None:
        """Return the file and the line the cursor is on."""
        return self.rows.key(self.cursor) if self.cursor < len(self.rows) else None

    def show_state(self, state: ScriptState) -> None:
        """Show the files with their marks."""
        self.rows.take(state)
        self.entitle(titled("file", self.rows.title))
        self.redraw()

    def jump(self, place: ScriptPlace) -> None:
        """Put the cursor on a place, some lines below the top where there is room."""
        index = self.rows.find((place.file, place.line))
        if index is not None:
            self.move_to(index)
            self.scroll_to(y=max(0, index - self._page // 3), animate=False, force=True, immediate=True)

    def called(self, routes: Sequence[RouteState]) -> RouteState | None:
        """Return the route that the line under the cursor calls or arms."""
        call = _ROUTE_CALL.search(self.rows.text(self.cursor)) if len(self.rows) else None
        if call is None:
            return None
        kind, name = ("route", call[1]) if call[1] else ("onreply_route", call[2])
        return next((route for route in routes if (route.kind, route.name) == (kind, name)), None)

    def route(self, routes: Sequence[RouteState]) -> RouteState | None:
        """Return the route the cursor is in."""
        return None if self.place is None else route_at(routes, *self.place)

    def searched(self, index: int, width: int) -> str:  # noqa: ARG002 - all of a line, wherever its end is
        """Return the whole text of a line."""
        return self.rows.text(index).casefold()

    def shift(self, by: int) -> None:
        """Look further to the right, or back."""
        side = max(0, min(self.rows.side + by * _SIDE, 1000))
        if side != self.rows.side:
            self.rows.side = side
            self.redraw()


class FindingsPane(LineList):
    """What ended runs, and what the check says."""

    def __init__(self, empty: Sequence[str]) -> None:
        self.rows = FindingLines(empty)
        self._findings: tuple[ScriptFinding, ...] = ()
        super().__init__(self.rows, id="findings")

    @property
    def selected(self) -> ScriptFinding | None:
        """Return the finding under the cursor."""
        return self.rows.finding(self.cursor)

    def show_findings(self, findings: tuple[ScriptFinding, ...]) -> None:
        """Show the findings as they are now."""
        self.entitle(titled("findings", count(len(findings)) if findings else ""), _tally(findings))
        if findings != self._findings:
            self._findings = findings
            self._fold()

    def on_resize(self) -> None:
        """Fold the sentences anew."""
        super().on_resize()
        self._fold()

    def _fold(self) -> None:
        self.rows.fill_in(self._findings, self.scrollable_content_region.width)
        self.redraw()


class ScriptPanes(Container):
    """The grid of panes; the style sheet says which are shown where at which width."""

    def __init__(self, nothing: Sequence[str]) -> None:
        super().__init__(id="script")
        self.routes = RoutesPane(nothing)
        self.file = FilePane(nothing)
        self.findings = FindingsPane(nothing)
        self.logged = LogPane()

    def compose(self) -> ComposeResult:
        """Lay out the panes; the grid's rows and columns come from the style sheet."""
        yield self.routes
        yield self.file
        yield self.findings
        yield self.logged

    def pane(self, name: ScriptPane) -> LineList:
        """Return a pane by name."""
        panes: dict[ScriptPane, LineList] = {
            "routes": self.routes, "file": self.file, "findings": self.findings, "log": self.logged,
        }  # fmt: skip
        return panes[name]

    def activate(self, name: ScriptPane) -> None:
        """Mark a pane as the active one, which a narrow screen shows alone."""
        for child in self.children:
            child.set_class(child.id == name, "-active")
            child.refresh()

    def holding(self, widget: Widget) -> ScriptPane | None:
        """Name the pane a widget is in."""
        names: tuple[ScriptPane, ...] = ("routes", "file", "findings", "log")
        return next((name for name in names if self.pane(name) is widget), None)

    def say_nothing_is_loaded(self, nothing: Sequence[str]) -> None:
        """Say in the empty panes why they are."""
        self.routes.rows.nothing = self.file.rows.nothing = self.findings.rows.nothing = nothing

    def take(self, state: ScriptState) -> None:
        """Show another state."""
        if state.files:
            self.findings.rows.nothing = ("Nothing found.", "What ends a run, or the check finds, appears here.")
            self.findings.refresh()
        self.routes.show_routes(state.routes)
        self.file.show_state(state)
        self.findings.show_findings(faults(state))


def _tally(findings: Sequence[ScriptFinding]) -> Content | None:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = sum(finding.severity == "warning" for finding in findings)
    notes: list[str | tuple[str, str]] = []
    if errors:
        notes.append((f"✗ {count(errors)}", "$error"))
    if warnings:
        notes.append((f"{' ' if errors else ''}! {count(warnings)}", "$warning"))
    return Content.assemble(*notes) if notes else None
