"""`$avp(…)`: stacks of values, read newest first (docs/opensips-behaviour.md 5.4).

In memory the newest value is the last element.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from evtui.script.runtime.run_state import FEW_VALUES, LONG_TEXT, MAX_CHARACTERS, MAX_VALUES, Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, Value, joined, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.variable_parts import (
    compile_index,
    compile_whole_argument,
    constant_whole_argument,
    read_index,
)

AvpName = Callable[[ScriptRun], str]
VALUE_SIZE: Final = 32
"""The characters as which a value counts beside those of its text."""


def compile_avp_name(variable: Variable, compiler: Compiler) -> AvpName:
    """Compile the name of an AVP, which may contain variables: `s:x` and ` x` are names of their own."""
    fixed = constant_whole_argument(variable)
    if fixed is not None:
        return lambda _run: fixed
    return compile_whole_argument(variable, compiler)


def push(run: ScriptRun, name: str, value: Value) -> None:
    """Push a value on an AVP; NULL removes the newest. raises ScriptFault: there are too many values or AVPs."""
    avps = run.avps
    stack = avps.get(name)
    if value is None:
        if stack:
            stack.pop()
    elif stack is None:
        _check_new(run, name)
        count_long_text(run, value)
        avps[name] = [value]
    elif len(stack) < MAX_VALUES:
        if len(stack) >= FEW_VALUES:
            _count(run, _size(value))
        else:
            count_long_text(run, value)
        stack.append(value)
    else:
        raise ScriptFault(f"more than {MAX_VALUES} values in $avp({name}): is it never cleared?")


def push_counted(run: ScriptRun, name: str, value: Value) -> None:
    """Push a value and count it, also a short one: calls that push many use this. raises ScriptFault, as `push`."""
    _count(run, _size(value))
    push(run, name, value)


def put_stack(run: ScriptRun, name: str, stack: Sequence[Value]) -> None:
    """Set all values of an AVP, oldest first. raises ScriptFault: the AVPs of the run would hold too much."""
    if name not in run.avps:
        _check_new(run, name)
    _count(run, sum(map(_size, stack)))
    run.avps[name] = list(stack)


def count_long_text(run: ScriptRun, value: Value) -> None:
    """Count a long text before it goes into an AVP. raises ScriptFault: the AVPs of the run would hold too much."""
    if isinstance(value, str) and len(value) > LONG_TEXT:
        _count(run, _size(value))


def avps_size(avps: Mapping[str, Sequence[Value]]) -> int:
    """Return the characters of AVPs, their names included; each value counts as VALUE_SIZE more."""
    return sum(len(name) + sum(map(_size, stack)) for name, stack in avps.items())


def _check_new(run: ScriptRun, name: str) -> None:
    if len(run.avps) >= MAX_VALUES:
        raise ScriptFault(f"more than {MAX_VALUES} AVPs")
    count_long_text(run, name)


def _count(run: ScriptRun, size: int) -> None:
    run.avp_characters += size
    if run.avp_characters > MAX_CHARACTERS:  # values may have been removed since: count exactly
        run.count_work(sum(map(len, run.avps.values())) >> 3)
        run.avp_characters = size + avps_size(run.avps)
        if run.avp_characters > MAX_CHARACTERS:
            raise ScriptFault(f"the AVPs hold more than {MAX_CHARACTERS} characters")


def _size(value: Value) -> int:
    return VALUE_SIZE + len(value) if isinstance(value, str) else VALUE_SIZE


def read_avp(variable: Variable, compiler: Compiler) -> Reader:
    """Compile a read of the newest value, of one by its index, or of all values joined."""
    at, name = compile_index(variable, compiler), compile_avp_name(variable, compiler)
    if at == "*":
        return _all(name)
    if at == "append":
        return lambda _run: None
    if at is None:
        return _newest(name)

    def read(run: ScriptRun) -> Value:
        stack, index = run.avps.get(name(run)) or [], read_index(run, at)
        place = -1 - (index or 0)
        return stack[place] if index is not None and -len(stack) <= place < len(stack) else None

    return read


def write_avp(variable: Variable, compiler: Compiler, *, clears: bool = False) -> Writer:
    """Compile an assignment to an AVP in any of its forms; `clears` stands for the operator `:=`."""
    at, name = compile_index(variable, compiler), compile_avp_name(variable, compiler)
    if at is None:
        return _replace_writer(name) if clears else _push_writer(name)
    if at == "*":
        return _replace_writer(name)
    if clears and at == "append":
        return _replace_writer(name)
    if clears:
        return _clear_writer(name)
    if isinstance(at, str):
        return _append_writer(name)
    return _index_writer(name, at if compiler.state.dialect.assigns_from_end else _from_front(at))


def _from_front(at: Callable[[ScriptRun], int]) -> Callable[[ScriptRun], int]:
    """Return an index that raises ScriptFault when it is negative."""

    def index(run: ScriptRun) -> int:
        found = at(run)
        if found < 0:
            raise ScriptFault(f"the index {found} counts from the end: OpenSIPS 2.4 assigns to none of these")
        return found

    return index


def values(run: ScriptRun, name: str) -> tuple[Value, ...]:
    """Return all values of an AVP, newest first."""
    return tuple(run.avps.get(name, ())[::-1])


def _newest(name: AvpName) -> Reader:
    def read(run: ScriptRun) -> Value:
        stack = run.avps.get(name(run))
        return stack[-1] if stack else None

    return read


def _all(name: AvpName) -> Reader:
    def read(run: ScriptRun) -> Value:
        found = values(run, name(run))
        return joined([to_text(value) for value in found], ", ") if found else None

    return read


def _push_writer(name: AvpName) -> Writer:
    return lambda run, value: push(run, name(run), value)


def _replace_writer(name: AvpName) -> Writer:
    """Write `:=`, and `=` to `[*]`: the new value replaces all."""

    def write(run: ScriptRun, value: Value) -> None:
        named = name(run)
        run.avps.pop(named, None)
        if value is not None:
            push(run, named, value)

    return write


def _clear_writer(name: AvpName) -> Writer:
    """Write `$(avp(x)[1]) := v`: all values are removed. raises ScriptFault: `v` is not NULL; it is not set."""

    def write(run: ScriptRun, value: Value) -> None:
        named = name(run)
        run.avps.pop(named, None)
        if value is not None:
            raise ScriptFault(f":= with an index removes all values of $avp({named}), and sets none")

    return write


def _append_writer(name: AvpName) -> Writer:
    """Write `$(avp(x)[append]) = v`: the value becomes the oldest. NULL removes the newest, as without an index."""

    def write(run: ScriptRun, value: Value) -> None:
        named = name(run)
        push(run, named, value)
        if value is not None:
            stack = run.avps[named]
            stack.insert(0, stack.pop())

    return write


def _index_writer(name: AvpName, at: Callable[[ScriptRun], int]) -> Writer:
    """Replace the value at an index, or remove it with NULL.

    raises ScriptFault: there is no value to replace at the index.
    """

    def write(run: ScriptRun, value: Value) -> None:
        named, index = name(run), at(run)
        stack = run.avps.get(named) or []
        place = -1 - index
        if not -len(stack) <= place < len(stack):
            if value is None:
                return
            raise ScriptFault(f"$avp({named}) has no value {index}")
        count_long_text(run, value)
        if value is None:
            del stack[place]
        else:
            stack[place] = value

    return write
