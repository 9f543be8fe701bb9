"""Run compiled routes: from the outside, called by another route, or as the resume route of `async`."""

import contextlib

from evtui.core.errors import EvtuiError
from evtui.script.runtime.generated_support import pause
from evtui.script.runtime.run_state import (
    MAX_NESTED,
    NO_ARGUMENTS,
    RETURN,
    CallArguments,
    CompiledRoute,
    RunOutcome,
    ScriptRun,
    Stopped,
)


def execute(run: ScriptRun, compiled: CompiledRoute) -> RunOutcome:
    """Run a route from the outside. It never raises.

    An error ends the run; it is logged with its place and stands in the outcome.
    """
    try:
        if run.scope.depth >= MAX_NESTED:
            return _error_outcome(run, f"more than {MAX_NESTED} routes inside each other")
        code = _run_body(run, compiled)
    except Stopped as stopped:
        return RunOutcome(run.rc, "drop" if stopped.drops else "exit", place=run.place)
    except RecursionError:
        return _error_outcome(run, "too many calls are nested here")
    except EvtuiError as error:  # its text is made for users
        return _error_outcome(run, str(error))
    except Exception as error:  # noqa: BLE001 - no exception of a script may reach the engine
        return _error_outcome(run, f"{type(error).__name__}: {error}")
    return RunOutcome(code, "end", None, run.place)  # by position: for speed


def call_route(run: ScriptRun, compiled: CompiledRoute, arguments: CallArguments) -> int:
    """Run a route for a `route(NAME)` call; return its code, or -1 when routes are nested too deep."""
    statistics, clocks = compiled.statistics, run.state.clocks
    if statistics is None or clocks is None:
        return _call_nested(run, compiled, arguments)
    statistics.runs += 1
    statistics.last_at = clocks.wall()
    started = clocks.monotonic()
    try:
        return _call_nested(run, compiled, arguments)
    finally:
        statistics.last_took = took = clocks.monotonic() - started
        statistics.total_took += took


def execute_resumed(run: ScriptRun, compiled: CompiledRoute) -> RunOutcome:
    """Run the resume route of an `async` statement. Errors go to the caller, which began the run."""
    try:
        code = _call_nested(run, compiled, NO_ARGUMENTS)
    except Stopped as stopped:
        return RunOutcome(run.rc, "drop" if stopped.drops else "exit", place=run.place)
    return RunOutcome(code, place=run.place)


def _call_nested(run: ScriptRun, compiled: CompiledRoute, arguments: CallArguments) -> int:
    if run.scope.depth >= MAX_NESTED:
        run.log_error(f"route {compiled.route.name}: more than {MAX_NESTED} routes inside each other")
        return -1
    params, place = run.params, run.place
    run.params = arguments
    code = _run_body(run, compiled)
    run.params, run.place = params, place  # after an exception they keep the values of the place where it happened
    return code


def _run_body(run: ScriptRun, compiled: CompiledRoute) -> int:
    """Run the body of a route; return its code: of its `return`, else of its last statement, where 0 becomes 1.

    An exception leaves `run.routes` as it is: the error belongs to the last of them.
    """
    scope, routes, state = run.scope, run.routes, run.state
    state.work = work = state.work + compiled.weight  # as `count_work` does, for speed without a call
    if work >= state.pause_at:
        pause(run, run.place, work)
    scope.depth += 1
    routes.append(compiled.route)
    try:
        run.returned = ()
        if compiled.body(run) != RETURN and not run.rc:
            run.rc = 1
    finally:
        scope.depth -= 1
    routes.pop()
    return run.rc


def _error_outcome(run: ScriptRun, why: str) -> RunOutcome:
    with contextlib.suppress(Exception):  # the host's log itself may fail
        run.log_error(why)
    return RunOutcome(-1, "error", f"{run.place}: {why}", run.place, run.routes[-1] if run.routes else None)
