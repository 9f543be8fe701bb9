"""The table of all functions, and the compiler of calls."""

from collections.abc import Mapping, Sequence
from typing import Final

from evtui.script.functions.avp_functions import AVP_FUNCTIONS
from evtui.script.functions.cache_functions import CACHE_FUNCTIONS
from evtui.script.functions.call_arguments import CallBuilder, argument_at, reader_of
from evtui.script.functions.event_functions import EVENT_FUNCTIONS
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
from evtui.script.runtime.run_state import CallAction, CompiledRoute, LiveArguments, Reader, ScriptRun
from evtui.script.runtime.script_values import to_text
from evtui.script.syntax.expressions import BareWord, CallExpression, Null, Text
from evtui.script.variables.compiler_port import Compiler


def _route(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `route(NAME, arguments…)`, whose name may be a variable.

    `route()` and `route(0)` run the main route.
    """
    first = argument_at(call, 0)
    # A bare word is the name itself, even a word that elsewhere stands for a number, such as `on`.
    name = reader_of(Text(first.value) if isinstance(first, BareWord) else first, compiler)
    # Strings are literal here, as in assignments: no variables are replaced.
    arguments = tuple(compiler.value(argument or Null()) for argument in call.arguments[1:])
    routes, live = compiler.state.routes, compiler.state.dialect.live_arguments

    def act(run: ScriptRun) -> int:
        wanted = to_text(name(run)) if call.arguments else "0"
        found = routes.get(("route", None if wanted == "0" else wanted))
        if not found:
            run.warn_once(f"there is no route {wanted[:80]}")
            return -1
        if live:
            return _call_with_live(run, found[0], arguments)
        return call_route(run, found[0], tuple([read(run) for read in arguments]))

    return act


def _call_with_live(run: ScriptRun, route: CompiledRoute, arguments: Sequence[Reader]) -> int:
    """Call a route whose `$param` reads the arguments when it is asked for."""
    before = run.live_arguments
    run.live_arguments = LiveArguments(arguments, before)
    code = call_route(run, route, ())
    run.live_arguments = before  # not after an exception: the run ends with it
    return code


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


def compile_call(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile a call. An unknown function gives -1 and is logged once a place.

    The compiled call raises ScriptFault when the function fails; the caller logs it and takes the code -1.
    """
    build = FUNCTIONS.get(call.name)
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
