"""Read and compile the arguments of function calls."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from evtui.script.runtime.run_state import CallAction, Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import Value, parse_integer, to_text
from evtui.script.syntax.expressions import CallExpression, Expression, Text, Variable
from evtui.script.syntax.format_strings import format_pieces
from evtui.script.variables.avps import AvpName, compile_avp_name
from evtui.script.variables.compiler_port import Compiler

CallBuilder: TypeAlias = Callable[[CallExpression, Compiler], CallAction]
"""Compiles a function's call."""
ValueFunction: TypeAlias = Callable[[ScriptRun, Sequence[Value]], int]
"""A function of its arguments' values; an argument that was left out is None.

raises ScriptFault: it is logged, and the code is -1.
"""


def function_of_values(work: ValueFunction) -> CallBuilder:
    """Make the compiler of a function that needs only the values of its arguments."""

    def build(call: CallExpression, compiler: Compiler) -> CallAction:
        readers = tuple([reader_of(argument, compiler) for argument in call.arguments])
        return lambda run: work(run, [read(run) for read in readers])

    return build


def reader_of(argument: Expression | None, compiler: Compiler) -> Reader:
    """Compile an argument; variables in a string are replaced, and one that was left out is NULL."""
    if isinstance(argument, Text):
        return compiler.text(argument.value)
    return compiler.value(argument) if argument is not None else lambda _run: None


def argument_at(call: CallExpression, place: int) -> Expression | None:
    """Return the argument at an index; None when there is none."""
    return call.arguments[place] if place < len(call.arguments) else None


def variable_at(call: CallExpression, place: int) -> Variable | None:
    """Return an argument that is a variable, also one in quotes, as 2.x writes it; None for other arguments."""
    argument = argument_at(call, place)
    if isinstance(argument, Text):
        found = format_pieces(argument.value)
        argument = found[0] if len(found) == 1 and isinstance(found[0], Variable) else None
    return argument if isinstance(argument, Variable) else None


def avp_at(call: CallExpression, place: int, compiler: Compiler) -> AvpName | None:
    """Return the compiled name of an AVP argument; None when the argument is not an AVP."""
    variable = variable_at(call, place)
    return compile_avp_name(variable, compiler) if variable is not None and variable.name == "avp" else None


def writer_at(call: CallExpression, place: int, compiler: Compiler) -> Writer | None:
    """Compile the assignment to an argument that receives a result; None when the argument is not a variable."""
    variable = variable_at(call, place)
    return compiler.writer(variable) if variable is not None else None


def text_at(values: Sequence[Value], place: int, default: str = "") -> str:
    """Return the argument at an index as text; `default` when it is missing or NULL."""
    value = values[place] if place < len(values) else None
    return default if value is None else to_text(value)


def number_at(values: Sequence[Value], place: int, default: int = 0) -> int:
    """Return the argument at an index as an integer; `default` when it is missing or NULL.

    2.x writes numbers as strings. raises ScriptFault: the text is not an integer.
    """
    value = values[place] if place < len(values) else None
    if value is None:
        return default
    return value if isinstance(value, int) else parse_integer(value)


def literal_at(call: CallExpression, place: int) -> str | None:
    """Return an argument that is a text without variables; None for other arguments."""
    argument = argument_at(call, place)
    return argument.value if isinstance(argument, Text) and "$" not in argument.value else None


def truth_code(*, holds: bool) -> int:
    """Return the code of a yes-or-no function: 1 or -1."""
    return 1 if holds else -1
