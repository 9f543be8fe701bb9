"""Compile the values of assignments: of which kind a value is for the variable that takes it."""

from typing import Final

from evtui.script.compiler.value_expressions import is_bare
from evtui.script.runtime.run_state import Reader, ScriptRun
from evtui.script.runtime.script_values import NumberedText, ScriptFault, SpelledNumber, Value
from evtui.script.syntax.expressions import Variable
from evtui.script.syntax.tree import Assign
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.variable_table import NUMBERED_VARIABLES

_SPELLING: Final = (
    frozenset(
        ("json", "json_pretty", "json_compact", "param", "return", "msg.flag", "msg.is_request", "msg.branch.flag")
    )
    | NUMBERED_VARIABLES
)
"""Variables that may be an integer and another text even without a transformation."""
_TEXT_TARGETS: Final = frozenset(("ru", "ruri", "rU", "ruri.user", "rd", "ruri.domain", "du", "duri", "dd"))
"""Variables that take the text of an integer variable, and no other integer."""
_SPELLED_TARGETS: Final = _TEXT_TARGETS | {"rp", "dp"}
"""Variables that take the text that an integer prints as."""


def compile_assigned(statement: Assign, compiler: Compiler) -> Reader:
    """Compile the value of an assignment. The reader raises ScriptFault for an integer where only a text can stand."""
    target = statement.target.name
    read = _one_kind(statement, compiler.value(statement.value))
    needs_text = target in _TEXT_TARGETS or (target == "json" and statement.operator == ":=")
    return _no_integer(read) if needs_text and is_bare(statement.value) else read


def _one_kind(statement: Assign, read: Reader) -> Reader:
    """Compile the value of an assignment: an integer loses the text that it prints as, and a text its integer.

    The variables of URIs, and JSON that is parsed, take the text of such an integer; `$ru_q` takes the integer of such
    a text.
    """
    expression, target = statement.value, statement.target.name
    if not isinstance(expression, Variable) or not (expression.transformations or expression.name in _SPELLING):
        return read
    parses = target == "json" and statement.operator == ":="
    number = str if parses or target in _SPELLED_TARGETS else int

    def plain(run: ScriptRun) -> Value:
        value = read(run)
        kind = type(value)
        if kind is int or kind is str or value is None:
            return value
        if isinstance(value, SpelledNumber):
            return number(value)
        return str(value) if isinstance(value, NumberedText) else value

    return read if target == "ru_q" else plain


def _no_integer(read: Reader) -> Reader:
    """Compile a value that must have a text. The reader raises ScriptFault for an integer, which has none here."""

    def value(run: ScriptRun) -> Value:
        found = read(run)
        if isinstance(found, int):
            raise ScriptFault(f"a text is assigned here, not the integer {found}")
        return found

    return value
