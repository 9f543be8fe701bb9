"""Compile the statements that leave a block: `return`, `exit`, `drop` and `break`."""

from typing import assert_never

from evtui.script.runtime.run_state import BREAK, BROKEN, RETURN, ScriptRun, Step, Stopped
from evtui.script.syntax.tree import Break, Exit, Return
from evtui.script.variables.compiler_port import Compiler


def compile_jump(statement: Return | Exit | Break, compiler: Compiler) -> Step:
    """Compile a statement that leaves a block."""
    match statement:
        case Return():
            return _return(statement, compiler)
        case Exit():
            return _exit(drops=statement.drops)
        case Break():
            return _break if compiler.state.dialect.breaks_set_code else _silent_break
    assert_never(statement)


def _break(run: ScriptRun) -> int:
    run.rc = BROKEN
    return BREAK


def _silent_break(run: ScriptRun) -> int:
    run.rc = run.rc or 1
    return BREAK


def _return(statement: Return, compiler: Compiler) -> Step:
    """Compile `return`: the first value is the code, 0 ends the script; the others are for `$return(…)`.

    A text as code is 1; NULL is an error and -1.
    """
    readers = tuple(compiler.value(value) for value in statement.values)

    def step(run: ScriptRun) -> int:
        code, *more = [read(run) for read in readers] or [1]
        if code is None:
            run.log_error("return gives NULL: its code is -1")
        run.rc = code = code if isinstance(code, int) else 1 if code is not None else -1
        if not code:
            raise Stopped
        run.returned = more
        return RETURN

    return step


def _exit(*, drops: bool) -> Step:
    def step(_run: ScriptRun) -> int:
        raise Stopped(drops=drops)

    return step
