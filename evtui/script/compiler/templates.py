"""Compile texts with variables: of xlog, of function arguments and of assigned strings."""

from evtui.script.runtime.run_state import Reader, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value, joined, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.syntax.format_strings import format_pieces
from evtui.script.variables.compiler_port import Compiler


def compile_text(text: str, compiler: Compiler) -> Reader:
    """Compile a text with variables; NULL is written as `<null>`."""
    parts = format_pieces(text)
    if all(isinstance(part, str) for part in parts):
        fixed = "".join(part for part in parts if isinstance(part, str))
        return lambda _run: fixed
    readers = tuple(_reader(part, compiler) for part in parts)
    if len(readers) == 1:
        single = readers[0]
        return lambda run: to_text(single(run))

    def read(run: ScriptRun) -> Value:
        return joined([to_text(part(run)) for part in readers])

    return read


def _reader(part: str | Variable, compiler: Compiler) -> Reader:
    if isinstance(part, str):
        return lambda _run: part
    read, dialect = compiler.value(part), compiler.state.dialect
    may_fail = (
        (part.transformations and dialect.failures_are_errors)
        or (part.name == "param" and dialect.live_arguments)
        or part.name in dialect.failing_variables
    )
    return _empty_for_fault(read) if may_fail else read


def _empty_for_fault(read: Reader) -> Reader:
    """Compile a variable within a text: empty, with a line in the log, where it cannot be read."""

    def text(run: ScriptRun) -> Value:
        try:
            return read(run)
        except ScriptFault as fault:
            run.warn(str(fault))
            return ""

    return text
