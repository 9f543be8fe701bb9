"""What the parts of the compiler ask of it: how the inside of a call or of a variable becomes closures."""

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

from evtui.script.runtime.script_run import CallAction, ProgramState, Reader, ScriptRun, Step, Test, Writer
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.syntax.expressions import CallExpression, Expression, Variable
from evtui.script.syntax.tree import Block


class Compiler(Protocol):
    """Turns pieces of the tree into closures."""

    @property
    def state(self) -> ProgramState:
        """The state of the program that is compiled."""
        ...

    def value(self, expression: Expression) -> Reader:
        """Compile an expression for its value."""
        ...

    def test(self, expression: Expression) -> Test:
        """Compile an expression as a condition."""
        ...

    def text(self, text: str) -> Reader:
        """Compile a text in which variables are to be replaced; gives text."""
        ...

    def writer(self, variable: Variable, *, clears: bool = False) -> Writer:
        """Compile an assignment; `clears` is that of `:=`."""
        ...

    def action(self, call: CallExpression) -> CallAction:
        """Compile a function's call."""
        ...

    def block(self, block: Block) -> Step:
        """Compile the statements of a block."""
        ...


ReadFamily: TypeAlias = Callable[[Variable, Compiler], Reader]
"""Compiles the reading of a variable that has an argument or an index."""
WriteFamily: TypeAlias = Callable[[Variable, Compiler], Writer]
CallBuilder: TypeAlias = Callable[[CallExpression, Compiler], CallAction]
"""Compiles a function's call."""
IndexReader: TypeAlias = Callable[[ScriptRun], int] | Literal["*", "append"] | None
"""An index: a number known when it runs, all, behind the last, none."""


def compile_index(variable: Variable, compiler: Compiler) -> IndexReader:
    """Compile the index of a variable."""
    index = variable.index
    if index is None or isinstance(index, str):
        return index
    read = compiler.value(index)

    def number(run: ScriptRun) -> int:
        value = read(run)
        if not isinstance(value, int):
            raise ScriptFault(f"the index of ${variable.name} is {to_text(value)[:40]}, not a number")
        return value

    return number


def compile_argument(variable: Variable, compiler: Compiler) -> Callable[[ScriptRun], str]:
    """Compile the argument of a variable as text; a missing one is empty."""
    read = compiler.text(variable.argument or "")
    return lambda run: to_text(read(run))


def constant_argument(variable: Variable) -> str | None:
    """Return the argument when no variable stands in it."""
    text = variable.argument
    return None if text is None or "$" in text else text


def read_one_of(values: "Callable[[ScriptRun], list[str]]", at: IndexReader) -> Reader:
    """Read one of several texts: the first without an index, from the end with a negative one, all with `*`."""

    def read(run: ScriptRun) -> Value:
        found = values(run)
        if at == "*":
            return ", ".join(found) if found else None
        place = at(run) if callable(at) else 0
        return found[place] if -len(found) <= place < len(found) else None

    return read
