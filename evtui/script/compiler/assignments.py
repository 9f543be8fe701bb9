"""Write assignments into the code of a function."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from evtui.script.compiler.assigned_values import compile_assigned
from evtui.script.compiler.function_code import FunctionCode
from evtui.script.compiler.inline_operands import Operands, at, cell_of, stack_name
from evtui.script.compiler.value_expressions import constant_value
from evtui.script.runtime.arithmetic import COMPOUNDS
from evtui.script.runtime.run_state import FEW_VALUES, LONG_TEXT, ProgramState, Reader, ScriptRun
from evtui.script.runtime.script_values import Value
from evtui.script.syntax.expressions import Arithmetic, Binary, BinaryOperator, Expression, Null, Number, Text, Variable
from evtui.script.syntax.tree import Assign
from evtui.script.variables.compiler_port import Compiler

_IN_PLACE: Final[Mapping[str, BinaryOperator]] = {
    "+=": "+", "-=": "-", "*=": "*", "&=": "&", "|=": "|", "^=": "^",
}  # fmt: skip
"""The operation on two integers of a compound assignment; those that divide are left to closures."""


@dataclass(frozen=True, slots=True)
class _ValueCode:
    """An assigned value as a Python expression."""

    text: str
    is_inline: bool
    """It notes its place by itself, where it needs one; else it is a call of a closure."""
    may_fail: bool
    """It may raise ScriptFault."""


def write_assignment(
    statement: Assign, code: FunctionCode, compiler: Compiler, *, sets_place: bool, sets_code: bool
) -> None:
    """Write an assignment. `sets_place` and `sets_code`: what follows may read its place or its code."""
    if statement.operator in COMPOUNDS:
        if compiler.state.dialect.compounds_assign:
            statement = Assign(statement.target, "=", statement.value, statement.place)
        else:
            _write_compound(statement, code, compiler, sets_place=sets_place, sets_code=sets_code)
            return
    value = _value_code(statement, compile_assigned(statement, compiler), code, compiler.state)
    if sets_place or not value.is_inline:
        code.note(statement.place)
    is_sure = not value.may_fail and cell_of(statement.target, compiler.state) is not None
    with contextlib.nullcontext() if is_sure else code.under("try:"):
        _write_effect(statement, value.text, code, compiler)
        if sets_code:
            code.line("run.rc = 1")
    if not is_sure:
        write_guard(code)


def write_guard(code: FunctionCode) -> None:
    """Write what follows a `try:` that holds a statement: a fault is logged, and the script goes on behind it."""
    with code.under("except Fault as fault:"):
        code.line("fail(run, fault)")


def ignores_code(statement: object) -> bool:
    """Say whether a statement sets the code and neither reads it before nor does anything that may."""
    return isinstance(statement, Assign) and _is_plain(statement.target) and _is_plain(statement.value)


def _is_plain(expression: Expression) -> bool:
    """Say whether an expression consists of constants and of `$var` and `$avp` with fixed names."""
    match expression:
        case Number() | Null() | Text():
            return True
        case Variable(name="var" | "avp", index=None | Number(), transformations=(), argument=argument):
            return argument is not None and "$" not in argument
        case Binary(left=left, right=right):
            return _is_plain(left) and _is_plain(right)
        case Arithmetic(value=value):
            return _is_plain(value)
        case _:
            return False


def _write_effect(statement: Assign, value: str, code: FunctionCode, compiler: Compiler) -> None:
    target = statement.target
    cell, name = cell_of(target, compiler.state), stack_name(target)
    if cell is not None:
        code.line(f"{code.bind_cell(cell)}[0] = {value}")
    elif name is not None and statement.operator == "=":
        _write_push(name, value, constant_value(statement.value), statement, code)
    elif name is not None and isinstance(statement.value, Null):
        stack = code.fresh("s")
        with code.under(f"if {stack} := {code.avps()}.get({code.bind(name)}):"):
            code.line(f"{stack}.clear()")
    else:
        write = compiler.writer(target, clears=statement.operator == ":=")
        code.line(f"{code.bind(write)}(run, {value})")


def _write_push(name: str, value: str, constant: tuple[Value] | None, statement: Assign, code: FunctionCode) -> None:
    """Write `$avp(x) = …`: one more value where there are few and it is a short one."""
    if constant == (None,):
        code.note(statement.place)
        code.line(f"push(run, {code.bind(name)}, None)")
        return
    stack, pushed = code.fresh("s"), value
    tests = f"({stack} := {code.avps()}.get({code.bind(name)})) is not None and len({stack}) < {FEW_VALUES}"
    if constant is None:
        pushed = code.fresh("v")
        code.line(f"{pushed} = {value}")
        tests += f" and (type({pushed}) is int or type({pushed}) is str and len({pushed}) <= {LONG_TEXT})"
    with code.under(f"if {tests}:"):
        code.line(f"{stack}.append({pushed})")
    with code.under("else:"):
        code.note(statement.place)
        code.line(f"push(run, {code.bind(name)}, {pushed})")


def _pushes_or_clears(statement: Assign) -> bool:
    """Say whether it is `$avp(x) = …` or `$avp(x) := NULL` of a fixed name."""
    written = statement.operator == "=" or isinstance(statement.value, Null)
    return written and stack_name(statement.target) is not None


def _value_code(statement: Assign, read: Reader, code: FunctionCode, state: ProgramState) -> _ValueCode:
    """Return the code of the value that is assigned; `read` is its closure."""
    value, target = statement.value, statement.target
    found: str | None = None
    if cell_of(target, state) is not None or _pushes_or_clears(statement):
        fixed = constant_value(value)
        if fixed is not None:
            return _ValueCode(code.constant(fixed[0]), is_inline=True, may_fail=False)
        operands = Operands(code, state)
        if isinstance(value, Variable):
            found = operands.read(value)
        elif (whole := operands.wrapped(value)) is not None:
            text = operands.guarded(whole, lambda: f"{code.bind(at(statement.place, read))}(run)")
            return _ValueCode(text, is_inline=True, may_fail=True)
    if found is not None:
        return _ValueCode(found, is_inline=True, may_fail=False)
    return _ValueCode(f"{code.bind(read)}(run)", is_inline=False, may_fail=True)


def _write_compound(
    statement: Assign, code: FunctionCode, compiler: Compiler, *, sets_place: bool, sets_code: bool
) -> None:
    """Write `+=` and the like: an AVP gets the result as a new value, others are replaced."""
    read, cell = _compound_reader(statement, compiler), cell_of(statement.target, compiler.state)
    value, operator = f"{code.bind(read)}(run)", _IN_PLACE.get(statement.operator)
    operands = Operands(code, compiler.state)
    whole = operands.wrapped(Binary(operator, statement.target, statement.value)) if cell and operator else None
    if whole is not None:
        value = operands.guarded(whole, lambda: f"{code.bind(at(statement.place, read))}(run)")
    if sets_place or whole is None:
        code.note(statement.place)
    with code.under("try:"):
        if cell is not None:
            code.line(f"{code.bind_cell(cell)}[0] = {value}")
        else:
            code.line(f"{code.bind(compiler.writer(statement.target))}(run, {value})")
        if sets_code:
            code.line("run.rc = 1")
    write_guard(code)


def _compound_reader(statement: Assign, compiler: Compiler) -> Reader:
    work = COMPOUNDS[statement.operator]
    read, value = compiler.value(statement.target), compiler.value(statement.value)

    def result(run: ScriptRun) -> Value:
        return work(read(run), value(run))

    return result
