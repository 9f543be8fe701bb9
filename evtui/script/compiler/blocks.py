"""Write blocks and their statements into the code of a function.

Each statement notes its place before it runs, and a ScriptFault in it is logged; then the script goes on behind it.
"""

from dataclasses import replace
from typing import Final, assert_never

from evtui.script.compiler.assignments import ignores_code, write_assignment, write_guard
from evtui.script.compiler.async_calls import compile_async
from evtui.script.compiler.block_port import After, BlockCompiler, write_signal
from evtui.script.compiler.choices import write_if
from evtui.script.compiler.function_code import FunctionCode
from evtui.script.compiler.jumps import write_jump
from evtui.script.compiler.loops import write_loop
from evtui.script.compiler.switches import write_switch
from evtui.script.runtime.run_state import Step
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.tree import (
    Assign,
    Async,
    Block,
    Break,
    CallStatement,
    Exit,
    ForEach,
    If,
    Include,
    Return,
    Statement,
    Switch,
    While,
)

MAX_UNCOUNTED: Final = 128
"""Statements of a block that run without being counted; the loop or the route around it counts them."""


def compile_block(block: Block, compiler: BlockCompiler, *, goes_on: bool = False) -> Step:
    """Compile a block to a function of its own."""
    code = FunctionCode()
    _write_statements(block, code, compiler, After(), goes_on=goes_on)
    return code.finish()


def write_block(
    block: Block, code: FunctionCode, compiler: BlockCompiler, after: After, *, goes_on: bool = False
) -> None:
    """Write a block into the code of a function, or a call of its own function where that code is full."""
    if code.is_full:
        write_signal(compile_block(block, compiler, goes_on=goes_on), code, after)
    else:
        _write_statements(block, code, compiler, after, goes_on=goes_on)


def _write_statements(
    block: Block, code: FunctionCode, compiler: BlockCompiler, after: After, *, goes_on: bool
) -> None:
    """Write the statements of a block, which run one after the other.

    When the last one is an `if` whose condition does not hold, the block has the code 1. `goes_on`: that `if` has a
    code of its own all the same, because another turn of a `for` follows. In a long block each part counts its
    statements before it runs, at the place of the first one.
    """
    state, statements = compiler.state, block.statements
    target, before, count, first = code, state.compiled, code.reserve(), block.place
    for number, statement in enumerate(statements):
        first = statement.place if state.compiled == before else first
        state.compiled += 1
        is_last = number == len(statements) - 1
        behind = after if is_last else After(False, not ignores_code(statements[number + 1]), after.in_loop)
        if target is not code:
            behind = replace(behind, in_loop=False)
        _write_statement(statement, target, compiler, behind, is_last=is_last and not goes_on)
        weight = state.compiled - before
        if weight >= MAX_UNCOUNTED:
            target.fill(count, f"run.place = {target.bind(first)}; run.count_work({weight})")
            target = _next_part(target, code, after)
            before, count = state.compiled, target.reserve()
    if target is not code:
        write_signal(target.finish(), code, after)


def _next_part(target: FunctionCode, code: FunctionCode, after: After) -> FunctionCode:
    """Return where the next part of a long block is written: behind this one, or in a function of its own."""
    if not target.is_long:
        return target
    if target is not code:
        write_signal(target.finish(), code, after)
    return FunctionCode()


def _write_statement(
    statement: Statement, code: FunctionCode, compiler: BlockCompiler, after: After, *, is_last: bool
) -> None:
    """Write one statement."""
    match statement:
        case Assign():
            write_assignment(statement, code, compiler, sets_place=after.reads_place, sets_code=after.reads_code)
        case CallStatement():
            _write_call(statement, code, compiler, after)
        case Block():
            code.note(statement.place)
            compiler.write(statement, code, after)
        case If():
            write_if(statement, code, compiler, after, is_last=is_last)
        case While() | ForEach():
            write_loop(statement, code, compiler, after)
        case Switch():
            write_switch(statement, code, compiler, after)
        case Return() | Exit() | Break():
            write_jump(statement, code, compiler, after)
        case Async():
            code.note(statement.place)
            with code.under("try:"):
                code.line(f"{code.bind(compile_async(statement, compiler))}(run)")
            write_guard(code)
        case Include():
            raise ScriptError(
                statement.place,
                f"{statement.path} cannot be included: only scripts that are read from a file can include others",
            )
        case _:
            assert_never(statement)


def _write_call(statement: CallStatement, code: FunctionCode, compiler: BlockCompiler, after: After) -> None:
    """Write a call as a statement: its code goes to `$rc`, and the code 0 ends the script."""
    call = statement.call
    act = compiler.action(call, reads_code=after.reads_code)
    result = code.fresh("t")
    code.note(statement.place)
    with code.under("try:"):
        code.line(f"run.rc = {result} = {code.bind(act)}(run)")
    with code.under("except Fault as fault:"):
        code.line(f"{result} = call_failed(run, fault, {code.bind(call.name)})")
    with code.under(f"if not {result}:"):
        code.line("raise Stopped")
