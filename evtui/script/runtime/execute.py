"""Running a closure to its end, whatever happens in it."""

import contextlib
from functools import partial

from evtui.core.errors import EvtuiError
from evtui.core.values import NO_PARAMS, Params
from evtui.script.runtime.execution import MAX_NESTED, RETURN, CompiledScript, Outcome, ScriptRun, Stopped
from evtui.script.runtime.script_values import Value


def execute(run: ScriptRun, compiled: CompiledScript) -> Outcome:
    """Run a route from the outside. Never raises: what goes wrong is logged with its place and ends this run."""
    try:
        if run.scope.depth >= MAX_NESTED:
            return _failed(run, f"more than {MAX_NESTED} routes inside each other")
        code = _entered(run, compiled)
    except Stopped as stopped:
        return Outcome(run.rc, "drop" if stopped.drops else "exit", place=run.place)
    except RecursionError:
        return _failed(run, "too much is nested here")
    except EvtuiError as error:  # said for a person
        return _failed(run, str(error))
    except Exception as error:  # noqa: BLE001 - the border of scripts: nothing of them may reach the engine
        return _failed(run, f"{type(error).__name__}: {error}")
    return Outcome(code, place=run.place)


def call(run: ScriptRun, compiled: CompiledScript, arguments: tuple[Value, ...]) -> int:
    """Run a route that another one calls; returns its code, -1 when it would be one too many."""
    return run.state.called(compiled, partial(_called, run, compiled, arguments))


def go_on(run: ScriptRun, compiled: CompiledScript) -> Outcome:
    """Run a route that a run goes on with at its end; what goes wrong there is for whoever asked for the run."""
    try:
        code = _called(run, compiled, ())
    except Stopped as stopped:
        return Outcome(run.rc, "drop" if stopped.drops else "exit", place=run.place)
    return Outcome(code, place=run.place)


def _called(run: ScriptRun, compiled: CompiledScript, arguments: tuple[Value, ...]) -> int:
    if run.scope.depth >= MAX_NESTED:
        run.complain(f"route {compiled.route.name}: more than {MAX_NESTED} routes inside each other")
        return -1
    params, place = run.params, run.place
    run.params = Params(arguments) if arguments else NO_PARAMS
    code = _entered(run, compiled)
    run.params, run.place = params, place  # what ends the run leaves them as they were where it happened
    return code


def _entered(run: ScriptRun, compiled: CompiledScript) -> int:
    """Run a route's body; returns what it returns, 1 when it does not say.

    What goes wrong in it ends the run, and is said to be of this route.
    """
    run.turn()
    run.scope.depth += 1
    run.routes.append(compiled.route)
    try:
        run.returned = ()
        if compiled.body(run) != RETURN:
            run.rc = 1
    finally:
        run.scope.depth -= 1
    run.routes.pop()
    return run.rc


def _failed(run: ScriptRun, why: str) -> Outcome:
    with contextlib.suppress(Exception):  # a host that cannot even log
        run.complain(why)
    return Outcome(-1, "error", f"{run.place}: {why}", run.place, run.routes[-1] if run.routes else None)
