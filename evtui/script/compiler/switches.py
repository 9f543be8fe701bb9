"""Write `switch` into the code of a function, and compile the choice of its case."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from evtui.script.compiler.assignments import write_guard
from evtui.script.compiler.block_port import After, BlockCompiler
from evtui.script.compiler.function_code import FunctionCode
from evtui.script.compiler.null_operands import compile_empty
from evtui.script.runtime.arithmetic import COMPARISONS, folded, with_number
from evtui.script.runtime.run_state import BROKEN, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.syntax.expressions import Null, Number, Text
from evtui.script.syntax.tree import Block, Case, Switch
from evtui.script.variables.compiler_port import Compiler

_NEVER_EQUAL: Final = -(1 << 31)
"""The number that no value equals as a `case`, as in OpenSIPS."""

CaseTest: TypeAlias = Callable[[ScriptRun, Value], bool]
Choice: TypeAlias = Callable[[ScriptRun], int]
"""Returns the number of the case from which a `switch` runs, counted from 0."""


def write_switch(statement: Switch, code: FunctionCode, compiler: BlockCompiler, after: After) -> None:
    """Write a `switch`: the bodies from the chosen one on run until a `break`."""
    choose, start = _compile_choice(statement, compiler), code.fresh("t")
    code.note(statement.place)
    with code.under("try:"):
        code.line(f"{start} = {code.bind(choose)}(run)")
    write_guard(code)
    with code.under("else:"), code.under("while True:"):
        for number, case in enumerate(statement.cases):
            with code.under(f"if {start} <= {number}:"):
                inside = After(after.reads_place, reads_code=True, in_loop=True)
                compiler.write(Block(case.statements), code, inside)
        code.line("break")


def _compile_choice(statement: Switch, compiler: Compiler) -> Choice:
    """Compile the choice of a case. It sets the code; when the value cannot be read, none of the cases is chosen."""
    read, others = compiler.value(statement.value), compile_empty(statement.value, compiler)
    tests = tuple([case_test(case, compiler) for case in statement.cases])
    default = next((place for place, case in enumerate(statement.cases) if case.value is None), len(tests))
    fixed = _fixed_cases(statement.cases)

    def choose(run: ScriptRun) -> int:
        try:
            value = read(run)
        except ScriptFault as fault:
            run.log_error(str(fault))
            run.rc = BROKEN
            return len(tests)
        run.rc = 1
        if fixed is not None and type(value) is str and value.isascii():
            return fixed.get(value.lower(), default)
        equals = (value,) if value is not None else (None, *others(run))
        return _first_that_fits(run, tests, equals, default)

    return choose


def _first_that_fits(run: ScriptRun, tests: Sequence[CaseTest], equals: Sequence[Value], default: int) -> int:
    for place, fits in enumerate(tests):
        for value in equals:
            if fits(run, value):
                return place
    return default


def _fixed_cases(cases: Sequence[Case]) -> Mapping[str, int] | None:
    """Return the number of the case of each text in lower case, for texts of ASCII characters.

    None: a case has another value than a fixed number, which no such text equals, or a text.
    """
    found: dict[str, int] = {}
    for place, case in enumerate(cases):
        match case.value:
            case Text(value=text):
                found.setdefault(folded(text), place)
            case Number() | Null() | None:
                pass
            case _:
                return None
    return found


def case_test(case: Case, compiler: Compiler) -> CaseTest:
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
