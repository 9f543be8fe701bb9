"""What the parts of the compiler ask of it: how the inside of a call or of a variable becomes closures."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from evtui.script.runtime.script_run import CallAction, ProgramState, Reader, Step, Test, Writer
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
