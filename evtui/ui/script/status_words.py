"""What stands in the lines around the panes of the Script screen: its status and its hint."""

from collections.abc import Callable, Iterator, Sequence

from evtui.codecs.display_text import display_safe
from evtui.core.script_port import RouteState, ScriptState
from evtui.ui.script.finding_lines import all_findings
from evtui.ui.script.log_view import LogView
from evtui.ui.script.place_text import files_text, route_text
from evtui.ui.text.cells import Cells
from evtui.ui.text.figures import clock_time, count
from evtui.ui.widgets.one_line import LineWord


def nothing_loaded(*, remote: bool) -> Sequence[str]:
    """Say why no script is shown, and how to load one."""
    if remote:
        return "A server does not show its script.", "evtui --script FILE runs one in an engine of this process."
    return "No script.", "evtui --script FILE loads one and runs it."


def script_words(
    state: ScriptState, log: LogView, running: Sequence[RouteState], *, read_only: bool
) -> Iterator[LineWord]:
    """Write the status line; errors are the last to be left out."""
    yield LineWord([("strong", "evtui")], 9)
    if state.files:
        yield LineWord([("dim", files_text(state.files))], 3)
    yield _load_state(state)
    if running:
        yield LineWord([("wait", f"{route_text(running[-1])} runs")], 1)
    if state.files:
        yield _counted("routes", len(state.routes), 5)
        yield _counted("runs", sum(route.runs for route in state.routes), 4)
        yield _counted("errors", sum(route.errors for route in state.routes), 0, bad=True)
        yield _counted("findings", len(all_findings(state)), 6)
        yield _counted("logged", log.numbered + log.lost, 7)
    if read_only:
        yield LineWord([("mark", " READ-ONLY ")], 2)


def script_hint(state: ScriptState, findings: Cells, key: Callable[[str], str], *, read_only: bool) -> Cells:
    """Say why the last reload failed, else `findings` of the selected line, else which key is useful next.

    `key` returns the key of an action as it is bound.
    """
    if state.trouble is not None:
        return [("bad", "✗ Not reloaded: "), ("text", display_safe(state.trouble.strip().partition("\n")[0], 400))]
    if findings or not state.files:
        return findings
    if read_only:
        return [("dim", f"Read-only: {key('open')} goes to the line of the script. {key('help')} shows every key.")]
    if not any(route.runs for route in state.routes):
        return [("dim", f"Next: {key('run_route')} runs the selected route by hand. {key('open')} goes to its line.")]
    return []


def _load_state(state: ScriptState) -> LineWord:
    if not state.files:
        return LineWord([("dim", "○ no script")])
    at = f" {clock_time(state.loaded_at)[:8]}" if state.loaded_at is not None else ""
    if state.trouble is not None:
        return LineWord([("bad", "● NOT RELOADED"), ("dim", f", runs as of{at}")])
    return LineWord([("good", "● LOADED"), ("dim", at)])


def _counted(name: str, number: int, rank: int, *, bad: bool = False) -> LineWord:
    return LineWord([("dim", name + " "), ("bad" if bad and number else "text", count(number))], rank)
