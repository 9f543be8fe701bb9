"""Expressions that are written into the code of a function, for values of the most common types.

A `$var`, the newest value of an `$avp` and `$rc` are read by the code itself. Arithmetic and comparisons are written
for plain integers, and comparisons with a fixed text for plain texts, behind a test of the types. For all other types
the code calls the closure of the whole expression. That is right because these reads change nothing: they may be
repeated, and done in any order.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from evtui.script.compiler.function_code import FunctionCode
from evtui.script.runtime.run_state import ProgramState, ScriptRun
from evtui.script.runtime.script_values import Value, wrap
from evtui.script.syntax.expressions import Arithmetic, Binary, Expression, Number, Place, Unary, Variable
from evtui.script.variables.variable_parts import constant_whole_argument

Closure: TypeAlias = Callable[[ScriptRun], Value]

_ALIKE: Final = frozenset("+-*&|^")
"""Operators that are the same in Python: for these, integers may be wrapped to 32 bits after the last operation."""
_BIG: Final = 1073741823
"""Integers below this one in size compare fastest in Python; `wrap` looks at the others."""
_MOST: Final = 32
"""Values and operations of one expression in the code; a longer one is a closure."""


class Operands:
    """The values that an expression reads, each into a local variable once, and the types that they must have."""

    def __init__(self, code: FunctionCode, state: ProgramState) -> None:
        self.code = code
        self._state = state
        self._known: dict[tuple[str, str | None], tuple[str, str]] = {}
        self._tests: list[str] = []
        self._count = 0

    def read(self, expression: Expression) -> str | None:
        """Return the code that reads a plain variable; None when the expression is another one."""
        if not isinstance(expression, Variable) or self.is_long():
            return None
        if expression.name in {"rc", "retcode"} and _is_plain(expression) and expression.argument is None:
            return "run.rc"
        cell = cell_of(expression, self._state)
        if cell is not None:
            return f"{self.code.bind_cell(cell)}[0]"
        name = stack_name(expression)
        if name is None:
            return None
        stack = self.code.fresh("s")
        return f"({stack}[-1] if ({stack} := {self.code.avps()}.get({self.code.bind(name)})) else None)"

    def integer(self, expression: Expression) -> str | None:
        """Return the code of an integer, which may need to be wrapped; None when it cannot be written."""
        found: str | None = None
        if not self.is_long():
            match expression:
                case Number(value=value):
                    found = f"({wrap(value)})"
                case Variable():
                    found = self._typed(expression, "int")
                case Arithmetic(value=inner):
                    found = self.integer(inner)
                case Unary(operator="-" | "~" as operator, operand=inner):
                    found = joined_code("", operator, self.integer(inner))
                case Binary(operator=operator, left=left, right=right) if operator in _ALIKE:
                    # A product of products would grow: its factors are wrapped.
                    part = self.wrapped if operator == "*" else self.integer
                    found = joined_code(part(left), operator, part(right))
                case _:
                    pass
        return found

    def wrapped(self, expression: Expression) -> str | None:
        """Return the code of an integer of 32 bits; None when it cannot be written."""
        found = self.integer(expression)
        if found is None or isinstance(expression, Number | Variable):
            return found
        name = self.code.fresh("v")
        match expression:
            case Binary(operator="+", left=Variable(), right=Number(value=value)) if 0 <= value < _BIG:
                fits = f"({name} := {found}) < {_BIG}"
            case _:
                fits = f"-{_BIG} < ({name} := {found}) < {_BIG}"
        return f"({name} if {fits} else wrap({name}))"

    def text(self, expression: Expression) -> str | None:
        """Return the code of a text of ASCII characters; None when it cannot be written."""
        return self._typed(expression, "str")

    def guarded(self, fast: str, slow: Callable[[], str]) -> str:
        """Return the code of `fast` where all types are right, else what `slow` returns."""
        return f"({fast} if {' and '.join(self._tests)} else {slow()})" if self._tests else fast

    def is_long(self) -> bool:
        """Count a value or an operation; say whether they are too many."""
        self._count += 1
        return self._count > _MOST

    def _typed(self, expression: Expression, kind: str) -> str | None:
        """Return the local variable that holds a value of a type; a variable is read once and has one type."""
        read = self.read(expression)
        if read is None or not isinstance(expression, Variable):
            return None
        key = expression.name, expression.argument
        if key in self._known:
            name, known = self._known[key]
            return name if known == kind else None
        name = self.code.fresh("v")
        self._known[key] = name, kind
        self._tests.append(f"type({name} := {read}) is {kind}")
        if kind == "str":
            self._tests.append(f"{name}.isascii()")
        return name


def joined_code(left: str | None, operator: str, right: str | None) -> str | None:
    """Return the code of an operation; None when a side has none."""
    return None if left is None or right is None else f"({left} {operator} {right})"


def cell_of(expression: Expression, state: ProgramState) -> list[Value] | None:
    """Return the cell of a plain `$var(x)`; None for other expressions."""
    if not isinstance(expression, Variable) or expression.name != "var" or not _is_plain(expression):
        return None
    name = constant_whole_argument(expression)
    return None if name is None else state.cells.setdefault(name, [None])


def stack_name(expression: Expression) -> str | None:
    """Return the name of a plain `$avp(x)`; None for other expressions."""
    if not isinstance(expression, Variable) or expression.name != "avp" or not _is_plain(expression):
        return None
    return constant_whole_argument(expression)


def at(place: Place, closure: Closure) -> Closure:
    """Return the closure that notes its place before it runs: the code that calls it may not have done so."""

    def run_there(run: ScriptRun) -> Value:
        run.place = place
        return closure(run)

    return run_there


def _is_plain(variable: Variable) -> bool:
    return variable.index is None and not variable.transformations and variable.context is None
