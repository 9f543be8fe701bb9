"""The table of all functions, and the compiler of calls."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from evtui.script.functions.avp_functions import AVP_FUNCTIONS
from evtui.script.functions.cache_functions import CACHE_FUNCTIONS
from evtui.script.functions.call_arguments import CallBuilder, argument_at, reader_of
from evtui.script.functions.event_functions import EVENT_FUNCTIONS, UNREAD_RAISE
from evtui.script.functions.flag_functions import FLAG_FUNCTIONS
from evtui.script.functions.json_functions import JSON_FUNCTIONS
from evtui.script.functions.log_functions import LOG_FUNCTIONS
from evtui.script.functions.math_functions import MATH_FUNCTIONS
from evtui.script.functions.message_functions import MESSAGE_FUNCTIONS
from evtui.script.functions.proxy_functions import PROXY_FUNCTIONS
from evtui.script.functions.sip_functions import SIP_FUNCTIONS
from evtui.script.functions.text_functions import TEXT_FUNCTIONS
from evtui.script.functions.uri_functions import URI_FUNCTIONS
from evtui.script.functions.utility_functions import UTILITY_FUNCTIONS
from evtui.script.runtime.run_route import call_route
from evtui.script.runtime.run_state import (
    NO_ARGUMENTS,
    CallAction,
    CallArguments,
    CompiledRoute,
    LiveArguments,
    Reader,
    ScriptRun,
)
from evtui.script.runtime.script_values import to_text
from evtui.script.syntax.expressions import BareWord, CallExpression, Expression, Null, Text
from evtui.script.variables.compiler_port import Compiler


def _route(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `route(NAME, arguments…)`, whose name may be a variable.

    `route()` and `route(0)` run the main route.
    """
    # Strings are literal here, as in assignments: no variables are replaced.
    arguments = tuple(compiler.value(argument or Null()) for argument in call.arguments[1:])
    route = _compile_route_name(argument_at(call, 0), compiler) if call.arguments else _named("0", compiler)
    if compiler.state.dialect.live_arguments:
        return _call_with_live(route, arguments)
    if not arguments:
        return lambda run: -1 if (found := route(run)) is None else call_route(run, found, NO_ARGUMENTS)
    if len(arguments) == 1:  # the usual number, without a list
        only = arguments[0]
        return lambda run: -1 if (found := route(run)) is None else call_route(run, found, CallArguments((only(run),)))

    def act(run: ScriptRun) -> int:
        found = route(run)
        return -1 if found is None else call_route(run, found, CallArguments(tuple([read(run) for read in arguments])))

    return act


_FindRoute: TypeAlias = Callable[[ScriptRun], CompiledRoute | None]


def _compile_route_name(first: Expression | None, compiler: Compiler) -> _FindRoute:
    """Compile the search of a route by its name, a text with variables. There may be none of that name."""
    # A bare word is the name itself, even a word that elsewhere stands for a number, such as `on`.
    if isinstance(first, BareWord):
        first = Text(first.value)
    if isinstance(first, Text) and "$" not in first.value:
        return _named(first.value, compiler)
    name, routes = reader_of(first, compiler), compiler.state.routes
    return lambda run: _find(run, routes, to_text(name(run)))


def _named(wanted: str, compiler: Compiler) -> _FindRoute:
    routes = compiler.state.routes
    key = _key(wanted)

    def find(run: ScriptRun) -> CompiledRoute | None:
        found = routes.get(key)
        return found[0] if found else _find(run, routes, wanted)

    return find


def _key(wanted: str) -> tuple[str, str | None]:
    return "route", None if wanted == "0" else wanted


def _find(
    run: ScriptRun, routes: Mapping[tuple[str, str | None], Sequence[CompiledRoute]], wanted: str
) -> CompiledRoute | None:
    found = routes.get(_key(wanted))
    if found:
        return found[0]
    run.warn_once(f"there is no route {wanted[:80]}")
    return None


def _call_with_live(route: _FindRoute, arguments: Sequence[Reader]) -> CallAction:
    """Compile the call of a route whose `$param` reads the arguments when it is asked for."""

    def act(run: ScriptRun) -> int:
        found, before = route(run), run.live_arguments
        if found is None:
            return -1
        run.live_arguments = LiveArguments(arguments, before)
        code = call_route(run, found, NO_ARGUMENTS)
        run.live_arguments = before  # not after an exception: the run ends with it
        return code

    return act


FUNCTIONS: Final[dict[str, CallBuilder]] = {
    **PROXY_FUNCTIONS,
    **LOG_FUNCTIONS,
    **AVP_FUNCTIONS,
    **CACHE_FUNCTIONS,
    **FLAG_FUNCTIONS,
    **JSON_FUNCTIONS,
    **MATH_FUNCTIONS,
    **MESSAGE_FUNCTIONS,
    **SIP_FUNCTIONS,
    **TEXT_FUNCTIONS,
    **URI_FUNCTIONS,
    **UTILITY_FUNCTIONS,
    **EVENT_FUNCTIONS,
    "route": _route,
}


def compile_call(call: CallExpression, compiler: Compiler, *, reads_code: bool = True) -> CallAction:
    """Compile a call. An unknown function gives -1 and is logged once a place.

    `reads_code`: whether anything reads the code; the code 0 ends the script all the same.

    The compiled call raises ScriptFault when the function fails; the caller logs it and takes the code -1.
    """
    build = FUNCTIONS.get(call.name)
    if not reads_code:
        build = UNREAD_RAISE.get(call.name, build)
    if build is None:
        return _unknown(call.name)
    act, codes = build(call, compiler), compiler.state.dialect.other_codes.get(call.name)
    return act if codes is None else _with_codes(act, codes)


def _with_codes(act: CallAction, codes: Mapping[int, int]) -> CallAction:
    def act_with_codes(run: ScriptRun) -> int:
        code = act(run)
        return codes.get(code, code)

    return act_with_codes


def _unknown(name: str) -> CallAction:
    def act(run: ScriptRun) -> int:
        run.warn_once(f"evtui does not have the function {name}(): its code is -1")
        return -1

    return act
