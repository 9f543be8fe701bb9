"""Functions that raise events, subscribe sockets and read event parameters (docs/opensips-behaviour.md 2.1 and 3)."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from evtui.core.errors import BadParamsError
from evtui.core.values import NO_PARAMS, Params
from evtui.script.functions.call_arguments import (
    CallBuilder,
    avp_at,
    function_of_values,
    literal_at,
    number_at,
    reader_of,
    text_at,
    variable_at,
)
from evtui.script.functions.wait_functions import notify_on_event, wait_for_event
from evtui.script.runtime.host_ports import Events
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_state import CallAction, Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, Value, from_param, to_text
from evtui.script.syntax.expressions import CallExpression, Text
from evtui.script.syntax.format_strings import format_pieces
from evtui.script.variables.avps import AvpName, values
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.variable_parts import constant_whole_argument

_Raise: TypeAlias = Callable[[str, Params, Scope], int]
"""One of the two raises of `Events`."""


def _raise_event(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile raise_event where its code is read."""
    return _compile_raise(call, compiler, compiler.state.events.raise_event)


def _raise_unread(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile raise_event where its code is not read."""
    return _compile_raise(call, compiler, compiler.state.events.raise_unread)


def _compile_raise(call: CallExpression, compiler: Compiler, raises: _Raise) -> CallAction:
    """Compile raise_event in its four forms.

    They are `("E")`, `("E", $avp(values))`, `("E", $avp(names), $avp(values))` and `("E", , $avp(values))`.
    """
    given = [place for place, argument in enumerate(call.arguments) if place and argument is not None]
    avps = [avp_at(call, place, compiler) for place in given]
    if not call.arguments or call.arguments[0] is None or len(given) > 2 or None in avps:
        return _always_refused("raise_event takes an event and at most two AVPs: names and values")
    first = call.arguments[0]
    literal = compiler.state.dialect.literal_texts
    name = first.value if literal and isinstance(first, Text) else literal_at(call, 0)
    if name is not None:
        compiler.state.raised.add(name)
    read = compiler.value(first) if literal else reader_of(first, compiler)
    named = [avp for avp in avps if avp is not None]
    fixed = [found for found in (_fixed_name(call, place) for place in given) if found is not None]
    if name is not None and len(fixed) == len(named) == 2:
        return _raise_pairs(name, fixed[0], fixed[1], raises)
    return _raise_computed(read, named, raises)


def _fixed_name(call: CallExpression, place: int) -> str | None:
    variable = variable_at(call, place)
    return constant_whole_argument(variable) if variable is not None else None


def _always_refused(why: str) -> CallAction:
    def act(run: ScriptRun) -> int:
        run.log_error(why)
        return -1

    return act


def _raise_pairs(event: str, names: str, texts: str, raises: _Raise) -> CallAction:
    """Compile the most common raise: a fixed event, and two AVPs with fixed names.

    A fast path, bought for `just bench script`; whatever is unusual goes to `_raise_checked_pairs`. Most raises have
    the names of the last one: they share them.
    """
    last_keys: list[Value] = []
    last_names: tuple[str, ...] = ()

    def act(run: ScriptRun) -> int:
        nonlocal last_keys, last_names
        avps = run.avps
        keys, found = avps.get(names), avps.get(texts)
        if keys and found and len(keys) == len(found):
            written = last_names if keys == last_keys else tuple(keys[::-1])
            try:
                params = Params(tuple(found[::-1]), written)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            except BadParamsError:  # a name is not text
                return _raise_checked_pairs(run, event, names, texts, raises)
            if written is not last_names:
                last_keys, last_names = keys.copy(), params.names
            return raises(event, params, run.scope)
        return _raise_checked_pairs(run, event, names, texts, raises)

    return act


def _raise_checked_pairs(run: ScriptRun, event: str, names: str, texts: str, raises: _Raise) -> int:
    """Raise an event with names and values, after checking them.

    Without subscribers nothing is checked, because OpenSIPS does not evaluate the parameters then. raises ScriptFault:
    there are fewer names than values, or a name is not text.
    """
    events = run.state.events
    if not events.has_subscribers(event):
        return raises(event, NO_PARAMS, run.scope)
    keys, found = values(run, names), values(run, texts)
    if len(keys) < len(found):
        raise _refused(events, event, f"{len(keys)} names for {len(found)} values")
    if len(keys) > len(found):
        run.log_error(f"raise_event {event}: {len(keys)} names for {len(found)} values: the others are left out")
    written = [key for key in keys[: len(found)] if isinstance(key, str)]
    if len(written) < len(found):
        raise _refused(events, event, "a name that is not text")
    return raises(event, Params(found, tuple(written)), run.scope)


def _refused(events: Events, event: str, why: str) -> ScriptFault:
    events.refuse_raise(event, why)
    return ScriptFault(f"{event}: {why}: it is not raised")


def _raise_computed(read: Reader, avps: list[AvpName], raises: _Raise) -> CallAction:
    def act(run: ScriptRun) -> int:
        event = to_text(read(run))
        if len(avps) == 2:
            return _raise_checked_pairs(run, event, avps[0](run), avps[1](run), raises)
        params = Params(values(run, avps[0](run))) if avps else NO_PARAMS
        return raises(event, params, run.scope)

    return act


def _subscribe_event(call: CallExpression, compiler: Compiler) -> CallAction:
    name = literal_at(call, 0)
    if name is not None:
        compiler.state.subscribed.add(name)
    return function_of_values(_subscribe)(call, compiler)


def _subscribe(run: ScriptRun, given: Sequence[Value]) -> int:
    """Subscribe a socket; without a third argument, or with 0, for ever."""
    expire = number_at(given, 2)
    if not text_at(given, 0) or not text_at(given, 1):
        raise ScriptFault("it takes an event and a socket")
    return run.state.events.subscribe_event(text_at(given, 0), text_at(given, 1), expire if expire > 0 else None)


def _fetch_event_params(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile fetch_event_params with the list `[name=]$variable; …` of 1.9 to 2.4."""
    argument = call.arguments[0] if call.arguments else None
    written = getattr(argument, "value", None)
    if not isinstance(written, str):
        return _always_refused('fetch_event_params takes one text: "name=$variable; …"')
    wanted: list[tuple[str | int, Writer]] = []
    place = 0
    for item in filter(None, map(str.strip, written.split(";"))):
        dollar = item.find("$")
        found = format_pieces(item[dollar:]) if dollar >= 0 else ()
        if len(found) != 1 or isinstance(found[0], str):
            return _always_refused(f"fetch_event_params: no variable in {item[:80]!r}")
        name = item[:dollar].rstrip().removesuffix("=").strip()
        place += not name  # only items without a name are counted
        wanted.append((name or place, compiler.writer(found[0])))
    return _fetch_all(wanted)


def _fetch_all(wanted: list[tuple[str | int, Writer]]) -> CallAction:
    def act(run: ScriptRun) -> int:
        if run.event is None:
            run.log_error("fetch_event_params: no event is being handled here")
            return -1
        if not run.event.values:
            return -2
        return sum(_fetch_one(run, run.event, key, write) for key, write in wanted) or -3

    return act


def _fetch_one(run: ScriptRun, params: Params, key: str | int, write: Writer) -> bool:
    place = key - 1 if isinstance(key, int) else params.names.index(key) if key in params.names else -1
    if not 0 <= place < len(params.values):
        run.warn_once(f"fetch_event_params: the event has no parameter {key}")
        return False
    write(run, from_param(params.values[place]))
    return True


EVENT_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "raise_event": _raise_event,
    "subscribe_event": _subscribe_event,
    "fetch_event_params": _fetch_event_params,
    "wait_for_event": wait_for_event,
    "notify_on_event": notify_on_event,
}

UNREAD_RAISE: Final[dict[str, CallBuilder]] = {"raise_event": _raise_unread}
"""What to compile instead where the code of the call is not read."""
