"""What variables and functions need of the compiler: closures for expressions, texts, assignments and calls."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from evtui.script.runtime.run_state import CallAction, Condition, ProgramState, Reader, Writer
from evtui.script.syntax.expressions import CallExpression, Expression, Variable


class Compiler(Protocol):
    """Compiles parts of the tree to closures."""

    @property
    def state(self) -> ProgramState:
        """The state of the program that is being compiled."""
        ...

    def value(self, expression: Expression) -> Reader:
        """Compile an expression for its value."""
        ...

    def test(self, expression: Expression) -> Condition:
        """Compile an expression as a condition."""
        ...

    def text(self, text: str) -> Reader:
        """Compile a text with variables; the closure returns text."""
        ...

    def writer(self, variable: Variable, *, clears: bool = False) -> Writer:
        """Compile an assignment; `clears` stands for the operator `:=`."""
        ...

    def action(self, call: CallExpression, *, reads_code: bool = True) -> CallAction:
        """Compile a function's call; `reads_code`: whether anything reads its code."""
        ...


ReadFamily: TypeAlias = Callable[[Variable, Compiler], Reader]
"""Compiles the read of a variable that has an argument or an index."""
WriteFamily: TypeAlias = Callable[[Variable, Compiler], Writer]
"""Compiles an assignment to a variable that has an argument or an index."""
