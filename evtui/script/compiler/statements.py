"""Compile statements and blocks.

A block notes the place of each statement before it runs, logs a ScriptFault and continues behind the statement.
"""

from functools import partial
from typing import Final, assert_never

from evtui.script.compiler.assigned_values import compile_assigned
from evtui.script.compiler.fast_paths import cell_of, fast_clear, fast_push, fast_set
from evtui.script.compiler.jumps import compile_jump
from evtui.script.compiler.loops import compile_loop_or_switch
from evtui.script.compiler.value_expressions import catch_faults, constant_value
from evtui.script.runtime.arithmetic import COMPOUNDS
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_route import execute, execute_resumed
from evtui.script.runtime.run_state import (
    NEXT,
    CallAction,
    CompiledRoute,
    Condition,
    Reader,
    ScriptRun,
    Step,
    Stopped,
    Writer,
)
from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.syntax.expressions import Place
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
    Route,
    Statement,
    Switch,
    While,
)
from evtui.script.variables.compiler_port import Compiler

MAX_UNCOUNTED: Final = 128
"""Statements of a block that run without being counted; the loop or the route around it counts them."""
_COMPOUND: Final = frozenset(COMPOUNDS)
_LAUNCH_ROUTE: Final = Route("route", "launch")


def compile_block(block: Block, compiler: Compiler, *, goes_on: bool = False) -> Step:
    """Compile the statements of a block, which run one after the other.

    When the last one is an `if` whose condition does not hold, the block has the code 1. `goes_on`: that `if` has a
    code of its own all the same, because another turn of a `for` follows.
    """
    # No generator here: blocks within each other would take space on the C stack.
    state = compiler.state
    parts: list[Step] = []
    steps: list[tuple[Place, Step]] = []
    before = state.compiled
    for statement in block.statements:
        state.compiled += 1
        is_last = statement is block.statements[-1] and not goes_on
        step = _if(statement, compiler, is_last=is_last) if isinstance(statement, If) else None
        steps.append((statement.place, step or compile_statement(statement, compiler)))
        if state.compiled - before >= MAX_UNCOUNTED:
            parts.append(_counted(_steps(tuple(steps)), state.compiled - before))
            before = state.compiled
            steps = []
    rest = _steps(tuple(steps))
    return _in_parts((*parts, rest)) if parts else rest


def _counted(part: Step, weight: int) -> Step:
    """Compile the count of the statements of a part before it runs."""

    def step(run: ScriptRun) -> int:
        run.count_work(weight)
        return part(run)

    return step


def _in_parts(parts: tuple[Step, ...]) -> Step:
    def run_parts(run: ScriptRun) -> int:
        for part in parts:
            signal = part(run)
            if signal:
                return signal
        return NEXT

    return run_parts


def _steps(steps: tuple[tuple[Place, Step], ...]) -> Step:
    """Compile steps that run one after the other; a ScriptFault of one is logged."""

    def run_block(run: ScriptRun) -> int:
        for place, step in steps:
            run.place = place
            try:
                signal = step(run)
            except ScriptFault as fault:
                run.rc = -1
                run.log_error(str(fault))
                continue
            if signal:
                return signal
        return NEXT

    return run_block


def compile_statement(statement: Statement, compiler: Compiler) -> Step:
    """Compile one statement."""
    match statement:
        case Assign() | CallStatement():
            return _assign_or_call(statement, compiler)
        case Block():
            return compiler.block(statement)
        case If():
            return _if(statement, compiler)
        case While() | ForEach() | Switch():
            return compile_loop_or_switch(statement, compiler)
        case Return() | Exit() | Break():
            return compile_jump(statement, compiler)
        case Async():
            return _async(statement, compiler)
        case Include():
            raise ScriptError(
                statement.place,
                f"{statement.path} cannot be included: only scripts that are read from a file can include others",
            )
    assert_never(statement)


def _assign_or_call(statement: Assign | CallStatement, compiler: Compiler) -> Step:
    return (
        _assign(statement, compiler)
        if isinstance(statement, Assign)
        else _call(statement.call.name, compiler.action(statement.call))
    )


def _assign(statement: Assign, compiler: Compiler) -> Step:
    target = statement.target
    if statement.operator in _COMPOUND:
        if not compiler.state.dialect.compounds_assign:
            return _compound(statement, compiler)
        statement = Assign(target, "=", statement.value, statement.place)
    read, fixed = compile_assigned(statement, compiler), constant_value(statement.value)
    return _assign_fast(statement, read, fixed, compiler) or _assign_plain(
        compiler.writer(target, clears=statement.operator == ":="), read
    )


def _assign_fast(statement: Assign, read: Reader, fixed: tuple[Value] | None, compiler: Compiler) -> Step | None:
    target = statement.target
    if statement.operator == "=":
        cell = cell_of(target, compiler)
        return fast_set(cell, read) if cell is not None else fast_push(target, fixed, read)
    return fast_clear(target) if fixed == (None,) else None


def _assign_plain(write: Writer, read: Reader) -> Step:
    def assign(run: ScriptRun) -> int:
        write(run, read(run))
        run.rc = 1
        return NEXT

    return assign


def _compound(statement: Assign, compiler: Compiler) -> Step:
    """Compile `+=` and the like: an AVP gets the result as a new value, others are replaced."""
    work, target = COMPOUNDS[statement.operator], statement.target
    read, value, write = compiler.value(target), compiler.value(statement.value), compiler.writer(target)

    def assign(run: ScriptRun) -> int:
        write(run, work(read(run), value(run)))
        run.rc = 1
        return NEXT

    return assign


def _call(name: str, act: CallAction) -> Step:
    def step(run: ScriptRun) -> int:
        try:
            run.rc = code = act(run)
        except ScriptFault as fault:
            run.log_error(f"{name}: {fault}")
            run.rc = code = -1
        if not code:
            raise Stopped
        return NEXT

    return step


def _if(statement: If, compiler: Compiler, *, is_last: bool = False) -> Step:
    """Compile `if … else if … else` as one list, so that a long chain does not nest as deep as it is long.

    A condition that does not hold gives the code 0, or -1 after an error. The last statement of a block gives 1; so
    does an `else if`, which is a block of its own.
    """
    arms: list[tuple[Condition, Step]] = []
    rest: If | None = statement
    otherwise: Step | None = None
    while rest is not None:
        arms.append((compiler.test(rest.condition), compiler.block(rest.then) if rest.then.statements else _do_nothing))
        following = rest.otherwise
        rest = None
        match following:
            case Block(statements=(If() as only,)):
                rest = only
            case Block(statements=[_, *_]):
                otherwise = compiler.block(following)
            case _:
                pass
    if len(arms) == 1:
        return _single(*arms[0], otherwise or (_do_nothing if is_last else None))
    return _several(tuple(arms), otherwise or _do_nothing)


def _do_nothing(run: ScriptRun) -> int:
    """Run an empty block."""
    run.rc = 1
    return NEXT


def _single(test: Condition, then: Step, otherwise: Step | None) -> Step:
    def step(run: ScriptRun) -> int:
        if found := test(run):
            return then(run)
        if otherwise is not None:
            return otherwise(run)
        run.rc = -1 if found is None else 0
        return NEXT

    return step


def _several(arms: tuple[tuple[Condition, Step], ...], otherwise: Step) -> Step:
    def step(run: ScriptRun) -> int:
        for test, then in arms:
            if test(run):
                return then(run)
        return otherwise(run)

    return step


def _async(statement: Async, compiler: Compiler) -> Step:
    """Compile `async` and `launch`.

    `async` calls the function, runs the resume route and ends the script. `launch` does it beside the script, with a
    copy of the AVPs, and the script continues at once.
    """
    act = catch_faults(statement.call.name, compiler.action(statement.call))
    name = statement.resume

    def resume(run: ScriptRun) -> None:
        if name is None:
            return
        for compiled in run.state.routes.get(("route", name), ())[:1]:
            run.state.run_hook(compiled, partial(execute_resumed, run, compiled))
            return
        run.warn_once(f"there is no route {name}")

    def wait(run: ScriptRun) -> int:
        run.rc = act(run)
        resume(run)
        raise Stopped

    def launch(run: ScriptRun) -> int:
        beside = ScriptRun(run.state, Scope(run.message, {key: list(stack) for key, stack in run.avps.items()}))
        place = run.place

        def work(inner: ScriptRun) -> int:
            inner.place = place
            inner.rc = act(inner)
            resume(inner)
            return NEXT

        run.host.spawn(lambda: execute(beside, CompiledRoute(_LAUNCH_ROUTE, work)))
        run.rc = 1
        return NEXT

    return launch if statement.launches else wait
