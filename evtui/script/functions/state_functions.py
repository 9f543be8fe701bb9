"""Functions that work on flags, AVPs and the local cache."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from evtui.script.functions.call_arguments import (
    CallBuilder,
    argument_at,
    avp_at,
    function_of_values,
    number_at,
    reader_of,
    text_at,
    truth_code,
    writer_at,
)
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_state import CallAction, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value, joined, parse_integer, to_text
from evtui.script.syntax.expressions import CallExpression, Text
from evtui.script.variables.avps import plain_name, put_stack, values
from evtui.script.variables.compiler_port import Compiler

_MAX_FLAGS: Final = 256
_AVP: Final = re.compile(r"\$\(?avp\(([^()]*)\)")
_NOT_FOUND: Final = -2


def _flags(flags: Callable[[Scope], set[str]]) -> tuple[CallBuilder, CallBuilder, CallBuilder]:
    """Make set, reset and test of a set of flags, which have names or numbers."""

    def put(run: ScriptRun, given: Sequence[Value]) -> int:
        if len(flags(run.scope)) >= _MAX_FLAGS:
            raise ScriptFault(f"more than {_MAX_FLAGS} flags")
        flags(run.scope).add(text_at(given, 0).lower())
        return 1

    def reset(run: ScriptRun, given: Sequence[Value]) -> int:
        flags(run.scope).discard(text_at(given, 0).lower())
        return 1

    def test(run: ScriptRun, given: Sequence[Value]) -> int:
        return truth_code(holds=text_at(given, 0).lower() in flags(run.scope))

    return function_of_values(put), function_of_values(reset), function_of_values(test)


_set, _reset, _test = _flags(lambda scope: scope.flags)
_set_branch, _reset_branch, _test_branch = _flags(lambda scope: scope.branch_flags)


def _name_at(call: CallExpression, place: int, compiler: Compiler) -> Callable[[ScriptRun], str]:
    """Compile the name of an AVP that is given as a variable, in quotes, or as a bare name."""
    name = avp_at(call, place, compiler)
    if name is not None:
        return name
    argument = argument_at(call, place)
    found = _AVP.search(argument.value) if isinstance(argument, Text) else None
    if found:
        fixed = plain_name(found[1])
        return lambda _run: fixed
    read = reader_of(argument, compiler)
    return lambda run: plain_name(to_text(read(run)))


def _is_avp_set(call: CallExpression, compiler: Compiler) -> CallAction:
    name = _name_at(call, 0, compiler)
    return lambda run: truth_code(holds=bool(run.avps.get(name(run))))


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
    source, target = _name_at(call, 0, compiler), _name_at(call, 1, compiler)

    def act(run: ScriptRun) -> int:
        stack = run.avps.get(source(run))
        if not stack:
            return -1
        put_stack(run, target(run), stack)
        return 1

    return act


def _avp_print(call: CallExpression, compiler: Compiler) -> CallAction:
    del call, compiler

    def act(run: ScriptRun) -> int:
        for name in run.avps:
            shown = joined([to_text(value) for value in values(run, name)], ", ")
            run.log(run.state.log_level, f"$avp({name}): {shown}")
        return 1

    return act


def _is_local(run: ScriptRun, given: Sequence[Value]) -> bool:
    system = text_at(given, 0)
    if system.partition(":")[0].lower() == "local":
        return True
    run.warn_once(f"only the local cache is supported, not {system[:80]}")
    return False


def _key(given: Sequence[Value]) -> str:
    """Return the cache key; each group of `local:group` has its own keys."""
    return f"{text_at(given, 0).partition(':')[2]}:{text_at(given, 1)}"


def _cache_store(run: ScriptRun, given: Sequence[Value]) -> int:
    if not _is_local(run, given):
        return -1
    run.state.cache.put(_key(given), text_at(given, 2), number_at(given, 3), run.host.now())
    return 1


def _cache_remove(run: ScriptRun, given: Sequence[Value]) -> int:
    return truth_code(holds=_is_local(run, given) and run.state.cache.remove(_key(given)))


def _cache_fetch(*, counter: bool) -> CallBuilder:
    def build(call: CallExpression, compiler: Compiler) -> CallAction:
        readers = tuple(reader_of(argument_at(call, place), compiler) for place in (0, 1))
        write = writer_at(call, 2, compiler)

        def act(run: ScriptRun) -> int:
            given = [read(run) for read in readers]
            found = run.state.cache.get(_key(given), run.host.now()) if _is_local(run, given) else None
            if found is None:
                return _NOT_FOUND
            if write is not None:
                write(run, parse_integer(found) if counter else found)
            return 1

        return act

    return build


def _cache_add(sign: int) -> CallBuilder:
    """Make the compiler of `cache_add("local", key, amount, expire [, $result])` or of cache_sub."""

    def build(call: CallExpression, compiler: Compiler) -> CallAction:
        readers = tuple(reader_of(argument_at(call, place), compiler) for place in range(4))
        write = writer_at(call, 4, compiler)

        def act(run: ScriptRun) -> int:
            given = [read(run) for read in readers]
            if not _is_local(run, given):
                return -1
            amount, expire = sign * number_at(given, 2), number_at(given, 3)
            total = run.state.cache.add(_key(given), amount, expire, run.host.now())
            if write is not None:
                write(run, total)
            return 1

        return act

    return build


STATE_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "setflag": _set,
    "resetflag": _reset,
    "isflagset": _test,
    "setbflag": _set_branch,
    "resetbflag": _reset_branch,
    "isbflagset": _test_branch,
    "is_avp_set": _is_avp_set,
    "avp_delete": _avp_delete,
    "avp_copy": _avp_copy,
    "avp_print": _avp_print,
    "cache_store": function_of_values(_cache_store),
    "cache_fetch": _cache_fetch(counter=False),
    "cache_counter_fetch": _cache_fetch(counter=True),
    "cache_remove": function_of_values(_cache_remove),
    "cache_add": _cache_add(1),
    "cache_sub": _cache_add(-1),
}
