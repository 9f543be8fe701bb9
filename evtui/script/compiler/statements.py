"""Statements to closures. A block notes the place of each statement before it runs, and goes on when one fails."""

from functools import partial
from typing import Final, assert_never

from evtui.script.compiler.fast_paths import cell_of, fast_clear, fast_push, fast_set
from evtui.script.compiler.interfaces import Compiler
from evtui.script.compiler.loops import compiled_repetition
from evtui.script.compiler.value_expressions import constant_of, guarded
from evtui.script.runtime.arithmetic import COMPOUNDS
from evtui.script.runtime.execute import execute, go_on
from evtui.script.runtime.execution import (
    BREAK,
    NEXT,
    RETURN,
    Action,
    CompiledScript,
    Reader,
    ScriptRun,
    Step,
    Stopped,
    Test,
    Writer,
)
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_values import ScriptFault, Value, say
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

_COMPOUND: Final = frozenset(COMPOUNDS)
_LAUNCHED: Final = Route("route", "launch")


def compiled_block(block: Block, compiler: Compiler) -> Step:
    """Compile the statements of a block one after the other."""
    # No generator: blocks within each other would take space on the C stack.
    steps = tuple([(statement.place, compiled_statement(statement, compiler)) for statement in block.statements])

    def run_block(run: ScriptRun) -> int:
        for place, step in steps:
            run.place = place
            try:
                signal = step(run)
            except ScriptFault as fault:
                run.complain(str(fault))
                continue
            if signal:
                return signal
        return NEXT

    return run_block


def compiled_statement(statement: Statement, compiler: Compiler) -> Step:
    """Compile one statement."""
    match statement:
        case Assign() | CallStatement():
            return _act(statement, compiler)
        case Block():
            return compiler.block(statement)
        case If():
            return _if(statement, compiler)
        case While() | ForEach() | Switch():
            return compiled_repetition(statement, compiler)
        case Return() | Exit() | Break():
            return _leave(statement, compiler)
        case Async():
            return _async(statement, compiler)
        case Include():
            raise ScriptError(statement.place, f"{statement.path} is not read: there is no file it could stand beside")
    assert_never(statement)


def _act(statement: Assign | CallStatement, compiler: Compiler) -> Step:
    return (
        _assign(statement, compiler)
        if isinstance(statement, Assign)
        else _call(statement.call.name, compiler.action(statement.call))
    )


def _leave(statement: Return | Exit | Break, compiler: Compiler) -> Step:
    match statement:
        case Return():
            return _return(statement, compiler)
        case Exit():
            return _exit(drops=statement.drops)
        case Break():
            return lambda _run: BREAK
    assert_never(statement)


def _assign(statement: Assign, compiler: Compiler) -> Step:
    target = statement.target
    if statement.operator in _COMPOUND:
        return _compound(statement, compiler)
    read, fixed = compiler.value(statement.value), constant_of(statement.value)
    return _assign_fast(statement, read, fixed, compiler) or _written(
        compiler.writer(target, clears=statement.operator == ":="), read
    )


def _assign_fast(statement: Assign, read: Reader, fixed: tuple[Value] | None, compiler: Compiler) -> Step | None:
    target = statement.target
    if statement.operator == "=":
        cell = cell_of(target, compiler)
        return fast_set(cell, read) if cell is not None else fast_push(target, fixed, read)
    return fast_clear(target) if fixed == (None,) else None


def _written(write: Writer, read: Reader) -> Step:
    def assign(run: ScriptRun) -> int:
        write(run, read(run))
        return NEXT

    return assign


def _compound(statement: Assign, compiler: Compiler) -> Step:
    """`+=` and the like; of an AVP they change the newest value."""
    work, target = COMPOUNDS[statement.operator], statement.target
    read, value = compiler.value(target), compiler.value(statement.value)
    write = compiler.writer(target)
    pops = compiler.writer(target) if target.name == "avp" and target.index is None else None

    def assign(run: ScriptRun) -> int:
        result = work(read(run), value(run))
        if pops is not None:
            pops(run, None)
        write(run, result)
        return NEXT

    return assign


def _call(name: str, act: Action) -> Step:
    def step(run: ScriptRun) -> int:
        try:
            run.rc = code = act(run)
        except ScriptFault as fault:
            run.complain(f"{name}: {fault}")
            run.rc = code = -1
        if not code:
            raise Stopped
        return NEXT

    return step


def _if(statement: If, compiler: Compiler) -> Step:
    """Compile `if … else if … else` as one list: a long chain must not nest as deep as it is long."""
    arms: list[tuple[Test, Step]] = []
    rest: If | None = statement
    otherwise: Step | None = None
    while rest is not None:
        arms.append((compiler.test(rest.condition), compiler.block(rest.then)))
        following = rest.otherwise
        rest = None
        match following:
            case Block(statements=(If() as only,)):
                rest = only
            case Block():
                otherwise = compiler.block(following)
            case None:
                pass
    if len(arms) == 1:
        return _single(*arms[0], otherwise)
    return _many(tuple(arms), otherwise)


def _single(test: Test, then: Step, otherwise: Step | None) -> Step:
    def step(run: ScriptRun) -> int:
        if test(run):
            return then(run)
        return otherwise(run) if otherwise is not None else NEXT

    return step


def _many(arms: tuple[tuple[Test, Step], ...], otherwise: Step | None) -> Step:
    def step(run: ScriptRun) -> int:
        for test, then in arms:
            if test(run):
                return then(run)
        return otherwise(run) if otherwise is not None else NEXT

    return step


def _return(statement: Return, compiler: Compiler) -> Step:
    """The first value is the code, 0 ends the script; the others are for `$return(…)`."""
    readers = tuple(compiler.value(value) for value in statement.values)

    def step(run: ScriptRun) -> int:
        code, *more = [read(run) for read in readers] or [1]
        if not isinstance(code, int):
            run.complain(f"return gives a number, not {say(code)[:40]}: it is -1")
            code = -1
        run.rc = code
        if not code:
            raise Stopped
        run.returned = more
        return RETURN

    return step


def _exit(*, drops: bool) -> Step:
    def step(_run: ScriptRun) -> int:
        raise Stopped(drops=drops)

    return step


def _async(statement: Async, compiler: Compiler) -> Step:
    """`async` waits, runs the resume route and ends the script; `launch` goes on at once."""
    act = guarded(statement.call.name, compiler.action(statement.call))
    name = statement.resume

    def resume(run: ScriptRun) -> None:
        if name is None:
            return
        for compiled in run.state.routes.get(("route", name), ())[:1]:
            run.state.counted(compiled, partial(go_on, run, compiled))
            return
        run.once(f"there is no route {name}")

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

        run.host.spawn(lambda: execute(beside, CompiledScript(_LAUNCHED, work)))
        run.rc = 1
        return NEXT

    return launch if statement.launches else wait
