"""Functions that work on AVPs: `is_avp_set`, `avp_delete`, `avp_copy`, `avp_print`, and those that compute."""

import re
from collections.abc import Callable
from typing import Final

from evtui.script.functions.avp_operations import AVP_OPERATIONS, avp_path, change_values
from evtui.script.functions.call_arguments import CallBuilder, argument_at, avp_at, reader_of, truth_code
from evtui.script.runtime.run_state import CallAction, ScriptRun
from evtui.script.runtime.script_values import Value, joined, parse_integer, to_text
from evtui.script.syntax.expressions import CallExpression, Text
from evtui.script.variables.avps import values
from evtui.script.variables.compiler_port import Compiler

_AVP: Final = re.compile(r"\$\(?avp\(([^()]*)\)")


def _name_at(call: CallExpression, place: int, compiler: Compiler) -> Callable[[ScriptRun], str]:
    """Compile the name of an AVP that is given as a variable, in quotes, or as a bare name."""
    name = avp_at(call, place, compiler)
    if name is not None:
        return name
    argument = argument_at(call, place)
    found = _AVP.search(argument.value) if isinstance(argument, Text) else None
    if found:
        fixed = found[1]
        return lambda _run: fixed
    read = reader_of(argument, compiler)
    return lambda run: to_text(read(run)).strip()


def _is_avp_set(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `is_avp_set("$avp(x)/sn")`: with flags, whether the newest value is a text, a number, or empty or 0."""
    name, flags = _name_at(call, 0, compiler), avp_path(argument_at(call, 0)).flags
    given = reader_of(argument_at(call, 1), compiler)

    def act(run: ScriptRun) -> int:
        stack = run.avps.get(name(run)) or ()
        letters = flags + _given_flags(given(run))
        return truth_code(holds=any(_is_of_kind(value, letters) for value in stack[-1:]))

    return act


def _given_flags(value: Value) -> str:
    """Return the flags of an argument of their own, as 3.x has them."""
    return value if isinstance(value, str) else ""


def _is_of_kind(value: Value, flags: str) -> bool:
    if ("n" in flags and not isinstance(value, int)) or ("s" in flags and not isinstance(value, str)):
        return False
    return "e" not in flags or not value


def _avp_delete(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `avp_delete("$avp(x)/g")`: removes the newest value, with `g` all values."""
    argument, name = argument_at(call, 0), _name_at(call, 0, compiler)
    everything = isinstance(argument, Text) and "g" in argument.value.rpartition("/")[2] and "/" in argument.value
    flags = reader_of(argument_at(call, 1), compiler)

    def act(run: ScriptRun) -> int:
        stack = run.avps.get(name(run))
        if not stack:
            return -1
        if everything or "g" in to_text(flags(run)):
            stack.clear()
        else:
            stack.pop()
        return 1

    return act


def _avp_copy(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `avp_copy("$avp(a)", "$avp(b)/gdns")`: the newest value, with `g` all; `n` and `s` change their kind.

    A value that is not a number where `n` wants one ends it.
    """
    source, target = _name_at(call, 0, compiler), _name_at(call, 1, compiler)
    flags, given = avp_path(argument_at(call, 1)).flags, reader_of(argument_at(call, 2), compiler)

    def act(run: ScriptRun) -> int:
        letters = flags + _given_flags(given(run))

        def change(value: Value) -> tuple[Value]:
            if "n" in letters:
                return (parse_integer(to_text(value)),)
            return (to_text(value) if "s" in letters else value,)

        return change_values(run, source(run), target(run), letters, change)

    return act


def _avp_print(call: CallExpression, compiler: Compiler) -> CallAction:
    del call, compiler

    def act(run: ScriptRun) -> int:
        for name in run.avps:
            shown = joined([to_text(value) for value in values(run, name)], ", ")
            run.log(run.state.log_level, f"$avp({name}): {shown}")
        return 1

    return act


AVP_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "is_avp_set": _is_avp_set,
    "avp_delete": _avp_delete,
    "avp_copy": _avp_copy,
    "avp_print": _avp_print,
    **AVP_OPERATIONS,
}
