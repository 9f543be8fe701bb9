"""Compile `async` and `launch`."""

from functools import partial
from typing import Final

from evtui.script.compiler.value_expressions import catch_faults
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_route import execute, execute_resumed
from evtui.script.runtime.run_state import NEXT, CompiledRoute, ScriptRun, Step, Stopped
from evtui.script.syntax.tree import Async, Route
from evtui.script.variables.compiler_port import Compiler

_LAUNCH_ROUTE: Final = Route("route", "launch")


def compile_async(statement: Async, compiler: Compiler) -> Step:
    """Compile `async` and `launch`.

    `async` calls the function, runs the resume route and ends the script. `launch` does it beside the script, with a
    copy of the AVPs, and the script continues at once.
    """
    act = catch_faults(statement.call.name, compiler.action(statement.call))
    name = statement.resume

    def resume(run: ScriptRun) -> None:
        if name is None:
            return
        for compiled in run.state.routes.get(("route", name), ())[:1]:
            run.state.run_hook(compiled, partial(execute_resumed, run, compiled))
            return
        run.warn_once(f"there is no route {name}")

    def wait(run: ScriptRun) -> int:
        run.rc = act(run)
        resume(run)
        raise Stopped

    def launch(run: ScriptRun) -> int:
        beside = ScriptRun(run.state, Scope(run.message, {key: list(stack) for key, stack in run.avps.items()}))
        place = run.place

        def work(inner: ScriptRun) -> int:
            inner.place = place
            inner.rc = act(inner)
            resume(inner)
            return NEXT

        run.host.spawn(lambda: execute(beside, CompiledRoute(_LAUNCH_ROUTE, work)))
        run.rc = 1
        return NEXT

    return launch if statement.launches else wait
