"""What the generated functions of routes call in their less common cases."""

from evtui.script.runtime.run_state import BROKEN, PAUSE_AFTER, Condition, ScriptRun
from evtui.script.runtime.script_values import ScriptFault
from evtui.script.syntax.expressions import Place


def fail(run: ScriptRun, fault: ScriptFault) -> None:
    """End a statement that cannot be done: log why, and go on behind it with the code -1."""
    run.rc = -1
    run.log_error(str(fault))


def call_failed(run: ScriptRun, fault: ScriptFault, name: str) -> int:
    """Log why a call cannot be done; return its code, -1."""
    run.log_error(f"{name}: {fault}")
    run.rc = -1
    return -1


def loop_broken(run: ScriptRun, fault: ScriptFault) -> None:
    """End a `for` whose variable cannot be assigned."""
    run.log_error(f"this loop ends: {fault}")
    run.rc = BROKEN


def loop_over(run: ScriptRun, place: Place, test: Condition) -> None:
    """End a `while` after its last turn, with an error where its condition still holds."""
    run.place = place
    if not test(run):
        run.rc = 1
        return
    if place not in run.ended_loops:
        run.ended_loops.add(place)
        run.log_error(f"this loop was ended after {run.state.max_turns} turns")
    run.rc = run.rc or 1  # the code of the last statement, as that of a route


def pause(run: ScriptRun, place: Place, work: int) -> None:
    """Let the host pause the run, or end it, at a place; `work` are the statements so far."""
    run.place = place
    run.state.pause_at = work + PAUSE_AFTER
    run.host.pause()
