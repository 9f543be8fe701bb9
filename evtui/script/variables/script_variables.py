"""`$var`, `$shv`, `$param` and `$return`: what scripts store, and what routes are given and give back."""

from collections.abc import Mapping
from typing import Final

from evtui.script.runtime.run_state import LONG_WORK, MAX_CHARACTERS, LiveArguments, Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, Value, from_param
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.compiler_port import Compiler, ReadFamily, WriteFamily
from evtui.script.variables.variable_parts import compile_argument, compile_whole_argument, constant_whole_argument


def _cell(variable: Variable, compiler: Compiler) -> list[Value] | None:
    """Return the cell of a `$var`; None when its name contains a variable."""
    name = constant_whole_argument(variable)
    return None if name is None else compiler.state.cells.setdefault(name, [None])


def _read_computed_var(_run: ScriptRun) -> Value:
    raise ScriptFault("the name of a $var cannot contain another variable")


def _write_computed_var(run: ScriptRun, _value: Value) -> None:
    _read_computed_var(run)


def _read_var(variable: Variable, compiler: Compiler) -> Reader:
    """Compile a read of `$var(x)`, which is NULL until it is assigned."""
    cell = _cell(variable, compiler)
    return _read_computed_var if cell is None else lambda _run: cell[0]


def _write_var(variable: Variable, compiler: Compiler) -> Writer:
    cell = _cell(variable, compiler)
    if cell is None:
        return _write_computed_var

    def write(_run: ScriptRun, value: Value) -> None:
        cell[0] = value

    return write


def _read_shared(variable: Variable, compiler: Compiler) -> Reader:
    name, shared = compile_argument(variable, compiler), compiler.state.shared
    return lambda run: shared.get(name(run), 0)


def _write_shared(variable: Variable, compiler: Compiler) -> Writer:
    name, shared = compile_argument(variable, compiler), compiler.state.shared

    def write(run: ScriptRun, value: Value) -> None:
        key, value = name(run), 0 if value is None else value
        if key not in shared and len(shared) >= 1_000:
            raise ScriptFault("more than 1000 shared variables")
        if (
            isinstance(value, str)
            and len(value) > LONG_WORK
            and len(value) + _other_characters(shared, key) > MAX_CHARACTERS
        ):
            raise ScriptFault(f"the shared variables hold more than {MAX_CHARACTERS} characters")
        shared[key] = value

    return write


def _other_characters(shared: Mapping[str, Value], key: str) -> int:
    """Count the characters of all shared variables except one."""
    return sum(len(value) for name, value in shared.items() if isinstance(value, str) and name != key)


def _read_param(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$param(name)` or `$param(1)`: of the event, or of the route's call.

    A missing parameter is NULL and logged once.
    """
    fixed, name = constant_whole_argument(variable), compile_whole_argument(variable, compiler)
    live, number = compiler.state.dialect.live_arguments, None if fixed is None else _index_of(fixed)
    if fixed is not None and number is None and not live:
        return _read_named(fixed)

    def read(run: ScriptRun) -> Value:
        params, wanted, place = run.params, fixed, number
        if wanted is None:
            wanted = name(run)
            place = _index_of(wanted)
        if live and run.live_arguments is not None:
            return _read_live(run, run.live_arguments, wanted)
        if place is None:
            place = params.names.index(wanted) if wanted in params.names else -1
        if 0 <= place < len(params.values):
            return from_param(params.values[place])
        _warn_of(run, wanted)
        return None

    return read


def _read_named(name: str) -> Reader:
    """Compile the most common read: by a fixed name."""

    def read(run: ScriptRun) -> Value:
        params = run.params
        try:
            value = params.values[params.names.index(name)]
        except ValueError:
            _warn_of(run, name)
            return None
        return value if type(value) is str else from_param(value)

    return read


def _warn_of(run: ScriptRun, wanted: str) -> None:
    run.warn_once(f"no parameter {wanted[:80]} here: it is NULL")


def _index_of(wanted: str) -> int | None:
    """Return the index of a parameter that is named by its number, which counts from 1; None for another name."""
    return int(wanted) - 1 if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else None


def _read_live(run: ScriptRun, arguments: LiveArguments, wanted: str) -> Value:
    """Read an argument of the call as it is now, where the call was made; NULL when there is none of that number."""
    place = _index_of(wanted)
    if place is None or not 0 <= place < len(arguments.readers):
        return None
    run.live_arguments = arguments.outer
    try:
        return arguments.readers[place](run)
    finally:
        run.live_arguments = arguments


def _read_return(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$return(0)`: the first value that a route returned after its code."""
    name = compile_argument(variable, compiler)

    def read(run: ScriptRun) -> Value:
        wanted = name(run).strip()
        place = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else len(run.returned)
        return run.returned[place] if place < len(run.returned) else None

    return read


SCRIPT_FAMILIES: Final[Mapping[str, ReadFamily]] = {
    "var": _read_var,
    "shv": _read_shared,
    "param": _read_param,
    "return": _read_return,
}

SCRIPT_WRITERS: Final[Mapping[str, WriteFamily]] = {"var": _write_var, "shv": _write_shared}
