"""`$mf`, `$msg.flag(…)` and `$msg.is_request`: flags of the message, and truths that formats write as words."""

from collections.abc import Callable, Mapping
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.branch_variables import FALSE, TRUE, change_flag, listed_flags
from evtui.script.variables.compiler_port import Compiler, ReadFamily, WriteFamily
from evtui.script.variables.variable_parts import compile_argument


def _truth(test: Callable[[ScriptRun], bool]) -> Reader:
    return lambda run: TRUE if test(run) else FALSE


def _read_flag(variable: Variable, compiler: Compiler) -> Reader:
    name = compile_argument(variable, compiler)
    return _truth(lambda run: name(run) in run.scope.flags)


def _write_flag(variable: Variable, compiler: Compiler) -> Writer:
    name = compile_argument(variable, compiler)

    def write(run: ScriptRun, value: Value) -> None:
        if not isinstance(value, int):
            raise ScriptFault(f"a flag is 1 or 0, not {to_text(value)[:40]}")
        change_flag(run.scope.flags, name(run), sets=value != 0)

    return write


FLAG_VARIABLES: Final[Mapping[str, Reader]] = {
    "mf": lambda run: " ".join(reversed(listed_flags(run, run.scope.flags))),
    "msg.is_request": _truth(lambda run: run.message.status is None),
}

FLAG_FAMILIES: Final[Mapping[str, ReadFamily]] = {"msg.flag": _read_flag}

FLAG_WRITERS: Final[Mapping[str, WriteFamily]] = {"msg.flag": _write_flag}
