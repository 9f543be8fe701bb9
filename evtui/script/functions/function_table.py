"""The list of all functions, and what a call of any other does."""

from typing import Final

from evtui.script.functions.call_arguments import CallBuilder, argument_at, reader_of
from evtui.script.functions.event_functions import EVENT_FUNCTIONS
from evtui.script.functions.log_functions import LOG_FUNCTIONS
from evtui.script.functions.proxy_functions import PROXY_FUNCTIONS
from evtui.script.functions.sip_functions import SIP_FUNCTIONS
from evtui.script.functions.state_functions import STATE_FUNCTIONS
from evtui.script.runtime.run_route import call_route
from evtui.script.runtime.script_run import CallAction, ScriptRun
from evtui.script.runtime.script_values import to_text
from evtui.script.syntax.expressions import BareWord, CallExpression, Text
from evtui.script.variables.compiler_port import Compiler


def _route(call: CallExpression, compiler: Compiler) -> CallAction:
    """`route(NAME, arguments…)`: the name may be a variable; `route()` and `route(0)` are the main route."""
    first = argument_at(call, 0)
    # A word is the name itself, also one that is a number elsewhere, as `on` is.
    name = reader_of(Text(first.value) if isinstance(first, BareWord) else first, compiler)
    arguments = tuple(reader_of(argument, compiler) for argument in call.arguments[1:])
    routes = compiler.state.routes

    def act(run: ScriptRun) -> int:
        wanted = to_text(name(run)) if call.arguments else "0"
        found = routes.get(("route", None if wanted == "0" else wanted))
        if not found:
            run.warn_once(f"there is no route {wanted[:80]}")
            return -1
        return call_route(run, found[0], tuple([read(run) for read in arguments]))

    return act


FUNCTIONS: Final[dict[str, CallBuilder]] = {
    **PROXY_FUNCTIONS,
    **LOG_FUNCTIONS,
    **STATE_FUNCTIONS,
    **SIP_FUNCTIONS,
    **EVENT_FUNCTIONS,
    "route": _route,
}


def compile_call(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile a call; a function that is not known here logs where, once, and gives -1.

    What it returns raises Fault when it cannot do what it is asked: its code is -1 then.
    """
    build = FUNCTIONS.get(call.name)
    return build(call, compiler) if build is not None else _unknown(call.name)


def _unknown(name: str) -> CallAction:
    def act(run: ScriptRun) -> int:
        run.warn_once(f"function {name}() is not run here: its code is -1")
        return -1

    return act
