"""Write `if … else if … else` into the code of a function.

A condition that does not hold gives the code 0, or -1 after an error. The last statement of a block gives 1; so does an
`else if`, which is a block of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evtui.script.compiler.block_port import After, BlockCompiler, write_signal
from evtui.script.compiler.function_code import FunctionCode
from evtui.script.compiler.inline_conditions import inline_condition
from evtui.script.compiler.inline_operands import Operands, at
from evtui.script.runtime.run_state import Condition
from evtui.script.syntax.expressions import Expression, Place, Variable
from evtui.script.syntax.tree import Block, If

_MOST_ARMS: Final = 8
"""Arms of an `if` that become `elif`, which nest in Python; a longer chain is a function of its own."""


@dataclass(frozen=True, slots=True)
class ConditionCode:
    """A condition as a Python expression."""

    text: str
    closure: Condition
    is_inline: bool
    """It notes its place by itself, where it needs one; else it is a call of the closure."""


def condition_code(expression: Expression, place: Place, code: FunctionCode, compiler: BlockCompiler) -> ConditionCode:
    """Compile a condition."""
    closure = compiler.test(expression)
    found = inline_condition(expression, code, compiler.state, lambda: f"{code.bind(at(place, closure))}(run)")
    if found is not None:
        return ConditionCode(found, closure, is_inline=True)
    return ConditionCode(f"{code.bind(closure)}(run)", closure, is_inline=False)


def may_fail(expression: Expression, code: FunctionCode, compiler: BlockCompiler) -> bool:
    """Say whether a condition may raise ScriptFault, which ends its whole statement: a variable alone may."""
    return isinstance(expression, Variable) and Operands(code, compiler.state).read(expression) is None


def write_if(statement: If, code: FunctionCode, compiler: BlockCompiler, after: After, *, is_last: bool) -> None:
    """Write an `if` with all its `else if`. `is_last`: it ends its block."""
    arms, otherwise = _arms(statement)
    if len(arms) > _MOST_ARMS or code.is_full or any(may_fail(arm.condition, code, compiler) for arm in arms):
        own = FunctionCode()
        _write_apart(arms, otherwise, own, compiler, is_last=is_last)
        write_signal(own.finish(), code, after)
    elif len(arms) == 1:
        _write_single(statement, otherwise, code, compiler, after, is_last=is_last)
    else:
        _write_several(arms, otherwise, code, compiler, after)


def _arms(statement: If) -> tuple[list[If], Block | None]:
    """Return the arms of a chain of `else if`, and the block behind the last one."""
    arms = [statement]
    while True:
        match arms[-1].otherwise:
            case Block(statements=(If() as following,)):
                arms.append(following)
            case Block(statements=[_, *_]) as otherwise:
                return arms, otherwise
            case _:
                return arms, None


def _write_single(
    statement: If, otherwise: Block | None, code: FunctionCode, compiler: BlockCompiler, after: After, *, is_last: bool
) -> None:
    condition = condition_code(statement.condition, statement.place, code, compiler)
    if after.reads_place or not condition.is_inline:
        code.note(statement.place)
    if otherwise is None and after.reads_code and not is_last:
        found = code.fresh("t")
        code.line(f"{found} = {condition.text}")
        _write_arm("if", found, statement.then, code, compiler, after)
        with code.under("else:"):
            code.line(f"run.rc = -1 if {found} is None else 0")
    else:
        _write_arm("if", condition.text, statement.then, code, compiler, after)
        _write_otherwise(otherwise, code, compiler, after)


def _write_several(
    arms: Sequence[If], otherwise: Block | None, code: FunctionCode, compiler: BlockCompiler, after: After
) -> None:
    place = arms[0].place
    code.note(place)
    for number, arm in enumerate(arms):
        condition = condition_code(arm.condition, place, code, compiler)
        _write_arm("elif" if number else "if", condition.text, arm.then, code, compiler, after)
    _write_otherwise(otherwise, code, compiler, after)


def _write_arm(word: str, test: str, then: Block, code: FunctionCode, compiler: BlockCompiler, after: After) -> None:
    with code.under(f"{word} {test}:"):
        _write_contents(then, code, compiler, after)


def _write_otherwise(otherwise: Block | None, code: FunctionCode, compiler: BlockCompiler, after: After) -> None:
    if otherwise is not None or after.reads_code:
        with code.under("else:"):
            _write_contents(otherwise or Block(), code, compiler, after)


def _write_contents(block: Block, code: FunctionCode, compiler: BlockCompiler, after: After) -> None:
    """Write the block of an arm; an empty one has the code 1."""
    if block.statements:
        compiler.write(block, code, after)
    elif after.reads_code:
        code.line("run.rc = 1")


def _write_apart(
    arms: Sequence[If], otherwise: Block | None, code: FunctionCode, compiler: BlockCompiler, *, is_last: bool
) -> None:
    """Write the arms into a function of their own: one behind the other, each with a return."""
    place = arms[0].place
    code.note(place)
    found = code.fresh("t")
    for arm in arms:
        condition = condition_code(arm.condition, place, code, compiler)
        with code.under("try:"):
            code.line(f"{found} = {condition.text}")
        with code.under("except Fault as fault:"):
            code.line("fail(run, fault)")
            code.line("return 0")
        _write_arm("if", found, arm.then, code, compiler, After())
        with code.under(f"if {found}:"):
            code.line("return 0")
    if otherwise is None and len(arms) == 1 and not is_last:
        code.line(f"run.rc = -1 if {found} is None else 0")
    else:
        _write_contents(otherwise or Block(), code, compiler, After())
