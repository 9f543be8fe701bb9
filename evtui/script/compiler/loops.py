"""Compile loops and switches: the statements that `break` leaves."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, assert_never

from evtui.script.compiler.null_operands import compile_empty
from evtui.script.runtime.arithmetic import COMPARISONS, with_number
from evtui.script.runtime.run_state import BREAK, BROKEN, NEXT, NO_LOOP, ScriptRun, Step
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.syntax.expressions import Number, Variable
from evtui.script.syntax.tree import Block, Case, ForEach, If, Switch, While
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.json_variables import list_json, write_json_item

_NEVER_EQUAL: Final = -(1 << 31)
"""The number that no value equals as a `case`, as in OpenSIPS."""


def compile_loop_or_switch(statement: While | ForEach | Switch, compiler: Compiler) -> Step:
    """Compile a statement that `break` leaves."""
    match statement:
        case While():
            return _while(statement, compiler)
        case ForEach():
            return _for_each(statement, compiler)
        case Switch():
            return _switch(statement, compiler)
    assert_never(statement)


def _while(statement: While, compiler: Compiler) -> Step:
    test, place = compiler.test(statement.condition), statement.place
    body, weight = _weighed(statement.body, compiler)

    def step(run: ScriptRun) -> int:
        turns, limit = 0, run.state.max_turns
        while test(run):
            if turns >= limit:
                if place not in run.ended_loops:
                    run.ended_loops.add(place)
                    run.log_error(f"this loop was ended after {limit} turns")
                run.rc = run.rc or 1  # the code of the last statement, as that of a route
                return NEXT
            turns += 1
            signal = body(run)
            if signal:
                return NEXT if signal == BREAK else signal
            run.place = place
            run.count_work(weight)
        run.rc = 1
        return NEXT

    return step


def _for_each(statement: ForEach, compiler: Compiler) -> Step:
    if not _has_all_values(statement.source):
        return _refused_loop(statement.source)
    values = _loop_values(statement.source, compiler)
    item = statement.item
    write = write_json_item(item, compiler) if item.name == "json" else compiler.writer(item)
    body, weight = _weighed(statement.body, compiler, goes_on=True)
    is_empty = not statement.body.statements
    ends_with_if = not is_empty and isinstance(statement.body.statements[-1], If)

    def step(run: ScriptRun) -> int:
        turned = False
        for value in values(run):
            turned = True
            try:
                write(run, value)
            except ScriptFault as fault:
                run.log_error(f"this loop ends: {fault}")
                run.rc = BROKEN
                return NEXT
            signal = body(run)
            if signal:
                return NEXT if signal == BREAK else signal
            run.count_work(weight)
        if is_empty or not turned or (ends_with_if and run.rc in {0, -1}):
            run.rc = 1
        return NEXT

    return step


def _has_all_values(source: Variable) -> bool:
    return source.index == "*" or (source.name == "json" and "[*]" in (source.argument or ""))


def _refused_loop(source: Variable) -> Step:
    """Compile a loop over one value: it has no turn."""

    def step(run: ScriptRun) -> int:
        run.log_error(f"a loop over ${source.name} needs all its values: write $({source.name}(…)[*])")
        run.rc = NO_LOOP
        return NEXT

    return step


def _weighed(body: Block, compiler: Compiler, *, goes_on: bool = False) -> tuple[Step, int]:
    """Compile the body of a loop; return it with the work of a turn: its statements, and the turn itself."""
    before = compiler.state.compiled
    step = compiler.block(body, goes_on=goes_on)
    return step, compiler.state.compiled - before + 1


def _loop_values(source: Variable, compiler: Compiler) -> Callable[[ScriptRun], Iterable[Value]]:
    """Compile the values of a variable: those of an AVP as they are at each turn, others as when the loop begins."""
    name = compiler.text(source.argument or "")
    match source.name:
        case "avp":
            return lambda run: _avp_values(run, to_text(name(run)))
        case "json":
            return list_json(source, compiler)
        case "hdr" | "ct":
            fixed = "contact" if source.name == "ct" else None
            return lambda run: tuple(run.scope.headers.values(fixed or to_text(name(run))))
        case _:
            read = compiler.value(source)
            return lambda run: () if (value := read(run)) is None else (value,)


def _avp_values(run: ScriptRun, name: str) -> Iterator[Value]:
    """Read the values by their index at each turn, as the body may change the AVP."""
    index = 0
    while index < len(stack := run.avps.get(name, ())):
        yield stack[-1 - index]
        index += 1


def _switch(statement: Switch, compiler: Compiler) -> Step:
    read, others = compiler.value(statement.value), compile_empty(statement.value, compiler)
    cases = tuple([_case_test(case, compiler) for case in statement.cases])
    bodies = tuple([compiler.block(Block(case.statements)) for case in statement.cases])
    default = next((place for place, case in enumerate(statement.cases) if case.value is None), len(cases))

    def step(run: ScriptRun) -> int:
        try:
            value = read(run)
        except ScriptFault as fault:
            run.log_error(str(fault))
            run.rc = BROKEN
            return NEXT
        run.rc = 1
        start = default
        equals = (value,) if value is not None else (None, *others(run))
        for place, fits in enumerate(cases):
            if any(fits(run, one) for one in equals):
                start = place
                break
        for body in bodies[start:]:
            signal = body(run)
            if signal:
                return NEXT if signal == BREAK else signal
        return NEXT

    return step


def _case_test(case: Case, compiler: Compiler) -> Callable[[ScriptRun, Value], bool]:
    """Compile the test of a case; a number does not match a text."""
    if case.value is None:
        return lambda _run, _value: False
    if isinstance(case.value, Number) and case.value.value == _NEVER_EQUAL:
        return lambda _run, _value: False
    read = compiler.value(case.value)
    equal = with_number(COMPARISONS["=="]) if isinstance(case.value, Number) else COMPARISONS["=="]

    def fits(run: ScriptRun, value: Value) -> bool:
        try:
            return equal(value, read(run))
        except ScriptFault:
            return False

    return fits
