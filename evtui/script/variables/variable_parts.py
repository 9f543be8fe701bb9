"""The index and the argument of a variable, compiled."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from evtui.script.runtime.run_state import Reader, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value, integer_of, joined, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.compiler_port import Compiler

IndexReader: TypeAlias = Callable[[ScriptRun], int] | Literal["*", "append"] | None
"""An index: a function that gives a number during the run, `*` for all, `append` for the end, or None."""


def compile_index(variable: Variable, compiler: Compiler) -> IndexReader:
    """Compile the index of a variable.

    The compiled index raises ScriptFault when its value is not a number.
    """
    index = variable.index
    if index is None or isinstance(index, str):
        return index
    read = compiler.value(index)

    def number(run: ScriptRun) -> int:
        value = read(run)
        found = integer_of(value)
        if found is None:
            raise ScriptFault(f"the index of ${variable.name} is {to_text(value)[:40]}, not a number")
        return found

    return number


def read_index(run: ScriptRun, index: Callable[[ScriptRun], int]) -> int | None:
    """Return an index for a read: None, with a warning, when it is not a number."""
    try:
        return index(run)
    except ScriptFault as fault:
        run.warn(str(fault))
        return None


def compile_argument(variable: Variable, compiler: Compiler) -> Callable[[ScriptRun], str]:
    """Compile the argument of a variable as text, without the blanks around it; a missing one is empty."""
    return _compile_text((variable.argument or "").strip(), compiler)


def compile_whole_argument(variable: Variable, compiler: Compiler) -> Callable[[ScriptRun], str]:
    """Compile the argument of a variable whose name may begin or end with blanks: `$avp( x)` is not `$avp(x)`."""
    return _compile_text(variable.argument or "", compiler)


def _compile_text(text: str, compiler: Compiler) -> Callable[[ScriptRun], str]:
    read = compiler.text(text)
    return lambda run: to_text(read(run))


def constant_argument(variable: Variable) -> str | None:
    """Return the argument of a variable, without the blanks around it; None when it contains a variable."""
    text = constant_whole_argument(variable)
    return None if text is None else text.strip()


def constant_whole_argument(variable: Variable) -> str | None:
    """Return the argument of a variable with the blanks around it; None when it contains a variable."""
    text = variable.argument
    return None if text is None or "$" in text else text


def read_one_of(values: Callable[[ScriptRun], Sequence[str]], index: IndexReader) -> Reader:
    """Compile a read of one of several texts.

    Without an index it is the first, a negative index counts from the end, and `*` joins all.
    """

    def read(run: ScriptRun) -> Value:
        found = values(run)
        if index == "*":
            return joined(found, ", ") if found else None
        place = read_index(run, index) if callable(index) else 0
        return found[place] if place is not None and -len(found) <= place < len(found) else None

    return read
