"""Write the statements that leave a block into the code of a function: `return`, `exit`, `drop` and `break`."""

from typing import assert_never

from evtui.script.compiler.assignments import write_guard
from evtui.script.compiler.block_port import After, BlockCompiler
from evtui.script.compiler.function_code import FunctionCode
from evtui.script.runtime.run_state import BREAK, BROKEN, RETURN, ScriptRun, Step, Stopped
from evtui.script.runtime.script_values import wrap
from evtui.script.syntax.expressions import Number
from evtui.script.syntax.tree import Break, Exit, Return
from evtui.script.variables.compiler_port import Compiler


def write_jump(statement: Return | Exit | Break, code: FunctionCode, compiler: BlockCompiler, after: After) -> None:
    """Write a statement that leaves a block."""
    code.note(statement.place)
    match statement:
        case Return():
            _write_return(statement, code, compiler)
        case Exit(drops=drops):
            code.line(f"raise Stopped(drops={drops})")
        case Break():
            sets_code = compiler.state.dialect.breaks_set_code
            code.line(f"run.rc = {BROKEN}" if sets_code else "run.rc = run.rc or 1")
            code.line("break" if after.in_loop else f"return {BREAK}")
        case _:
            assert_never(statement)


def _write_return(statement: Return, code: FunctionCode, compiler: Compiler) -> None:
    match statement.values:
        case ():
            _write_code(1, code)
        case (Number(value=value),):
            _write_code(wrap(value), code)
        case _:
            with code.under("try:"):
                code.line(f"return {code.bind(_compile_return(statement, compiler))}(run)")
            write_guard(code)


def _write_code(value: int, code: FunctionCode) -> None:
    """Write `return` with a fixed code; 0 ends the script."""
    code.line(f"run.rc = {value}")
    if value == 0:
        code.line("raise Stopped")
    else:
        code.line("run.returned = ()")
        code.line(f"return {RETURN}")


def _compile_return(statement: Return, compiler: Compiler) -> Step:
    """Compile `return`: the first value is the code, 0 ends the script; the others are for `$return(…)`.

    A text as code is 1; NULL is an error and -1.
    """
    readers = tuple(compiler.value(value) for value in statement.values)

    def step(run: ScriptRun) -> int:
        code, *more = [read(run) for read in readers]
        if code is None:
            run.log_error("return gives NULL: its code is -1")
        run.rc = code = code if isinstance(code, int) else 1 if code is not None else -1
        if not code:
            raise Stopped
        run.returned = more
        return RETURN

    return step
