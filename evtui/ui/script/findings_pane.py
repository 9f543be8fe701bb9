"""The findings in their pane: what ended runs, and what the check of the script reports."""

from collections.abc import Sequence

from textual.content import Content

from evtui.core.script_port import ScriptFinding
from evtui.ui.panes import pane_title
from evtui.ui.script.finding_lines import FindingLines
from evtui.ui.text.figures import count
from evtui.ui.widgets.line_list import LineList


class FindingsPane(LineList):
    """The findings, each folded to the width of the pane."""

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
        self.entitle(pane_title("findings", count(len(findings)) if findings else ""), _counts_note(findings))
        if findings != self._findings:
            self._findings = findings
            self._fold_findings()

    def on_resize(self) -> None:
        """Fold the sentences to the new width."""
        super().on_resize()
        self._fold_findings()

    def _fold_findings(self) -> None:
        self.rows.fill_in(self._findings, self.scrollable_content_region.width)
        self.redraw()


def _counts_note(findings: Sequence[ScriptFinding]) -> Content | None:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = sum(finding.severity == "warning" for finding in findings)
    notes: list[str | tuple[str, str]] = []
    if errors:
        notes.append((f"✗ {count(errors)}", "$error"))
    if warnings:
        notes.append((f"{' ' if errors else ''}! {count(warnings)}", "$warning"))
    return Content.assemble(*notes) if notes else None
