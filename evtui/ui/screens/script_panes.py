"""The four panes of the Script screen, in the order in which every layout places them."""

from collections.abc import Sequence

from textual.widget import Widget

from evtui.core.script_port import ScriptState
from evtui.ui.panes import ScriptPane
from evtui.ui.screens.column_shares import ColumnShares
from evtui.ui.screens.pane_grid import PaneGrid
from evtui.ui.script.file_pane import FilePane
from evtui.ui.script.finding_lines import all_findings
from evtui.ui.script.findings_pane import FindingsPane
from evtui.ui.script.log_pane import LogPane
from evtui.ui.script.routes_pane import RoutesPane


class ScriptPanes(PaneGrid[ScriptPane]):
    """The routes, files, findings and log of a script."""

    def __init__(self, nothing: Sequence[str]) -> None:
        """Take what the panes say while no script is loaded."""
        self.routes = RoutesPane(nothing)
        self.file = FilePane(nothing)
        self.findings = FindingsPane(nothing)
        self.logged = LogPane()
        panes: dict[ScriptPane, Widget] = {
            "routes": self.routes, "file": self.file, "findings": self.findings, "log": self.logged,
        }  # fmt: skip
        columns = ColumnShares[ScriptPane](((("routes", "findings"), 40), (("file", "log"), 60)))
        super().__init__(panes, {"-normal": columns, "-wide": columns}, id="script")

    def say_nothing_is_loaded(self, nothing: Sequence[str]) -> None:
        """Say in the empty panes why they are empty."""
        self.routes.rows.nothing = self.file.rows.nothing = self.findings.rows.nothing = nothing

    def show_state(self, state: ScriptState) -> None:
        """Show how the script is now."""
        if state.files:
            self.findings.rows.nothing = ("Nothing found.", "Errors of runs and findings of the check appear here.")
            self.findings.refresh()
        self.routes.show_routes(state.routes)
        self.file.show_state(state)
        self.findings.show_findings(all_findings(state))
