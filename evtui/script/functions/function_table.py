"""The list of all functions, and what a call of any other does."""

from typing import Final

from evtui.script.compiler.interfaces import Builder, Compiler
from evtui.script.functions.call_arguments import argument_at, reader_of
from evtui.script.functions.event_functions import EVENTS
from evtui.script.functions.log_functions import LOGS
from evtui.script.functions.proxy_functions import IDLE
from evtui.script.functions.sip_functions import MESSAGES
from evtui.script.functions.state_functions import KEEPING
from evtui.script.runtime.execute import call as call_route
from evtui.script.runtime.execution import Action, ScriptRun
from evtui.script.runtime.script_values import say
from evtui.script.syntax.expressions import BareWord, CallExpression, Text


def _route(call: CallExpression, compiler: Compiler) -> Action:
    """`route(NAME, arguments…)`: the name may be a variable; `route()` and `route(0)` are the main route."""
    first = argument_at(call, 0)
    # A word is the name itself, also one that is a number elsewhere, as `on` is.
    name = reader_of(Text(first.value) if isinstance(first, BareWord) else first, compiler)
    arguments = tuple(reader_of(argument, compiler) for argument in call.arguments[1:])
    routes = compiler.state.routes

    def act(run: ScriptRun) -> int:
        wanted = say(name(run)) if call.arguments else "0"
        found = routes.get(("route", None if wanted == "0" else wanted))
        if not found:
            run.once(f"there is no route {wanted[:80]}")
            return -1
        return call_route(run, found[0], tuple([read(run) for read in arguments]))

    return act


FUNCTIONS: Final[dict[str, Builder]] = {**IDLE, **LOGS, **KEEPING, **MESSAGES, **EVENTS, "route": _route}


def compiled_call(call: CallExpression, compiler: Compiler) -> Action:
    """Compile a call; a function that is not known here logs where, once, and gives -1.

    What it returns raises Fault when it cannot do what it is asked: its code is -1 then.
    """
    build = FUNCTIONS.get(call.name)
    return build(call, compiler) if build is not None else _unknown(call.name)


def _unknown(name: str) -> Action:
    def act(run: ScriptRun) -> int:
        run.once(f"function {name}() is not run here: its code is -1")
        return -1

    return act
