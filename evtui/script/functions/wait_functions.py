"""Functions that wait for events, as the module event_routing has them (docs/opensips-behaviour.md 4)."""

from collections.abc import Callable

from evtui.core.errors import RequestError
from evtui.core.values import Params
from evtui.core.wildcards import matches
from evtui.script.functions.call_arguments import argument_at, avp_at, number_at, reader_of
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_route import execute
from evtui.script.runtime.run_state import CallAction, CompiledRoute, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, from_param, to_text
from evtui.script.syntax.expressions import CallExpression
from evtui.script.variables.avps import push, values
from evtui.script.variables.compiler_port import Compiler

Accept = Callable[[Params], bool]


def wait_for_event(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `wait_for_event("E", $avp(filter), seconds)`.

    Its code is 1 after an event, -1 when it was refused, -2 after the time.
    """
    event, filters = reader_of(argument_at(call, 0), compiler), _filters(call, compiler)
    seconds = reader_of(argument_at(call, 2), compiler)

    def act(run: ScriptRun) -> int:
        try:
            params = run.state.events.wait(to_text(event(run)), filters(run), _timeout(seconds(run)))
        except RequestError as error:
            raise ScriptFault(f"{error}") from error
        if params is None:
            return -2
        _set_params(run, params)
        return 1

    return act


def notify_on_event(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `notify_on_event("E", $avp(filter), route, seconds)`: the route runs for each match during that time."""
    event, filters = reader_of(argument_at(call, 0), compiler), _filters(call, compiler)
    route, seconds = reader_of(argument_at(call, 2), compiler), reader_of(argument_at(call, 3), compiler)

    def act(run: ScriptRun) -> int:
        name = to_text(route(run))
        found = run.state.routes.get(("route", name))
        if not found:
            raise ScriptFault(f"there is no route {name[:80]}")
        handle = _handler(run, found[0])
        try:
            run.state.events.notify(to_text(event(run)), filters(run), _timeout(seconds(run)), handle)
        except RequestError as error:
            raise ScriptFault(f"{error}") from error
        return 1

    return act


def accepts(filters: list[str]) -> Accept:
    """Return a test of an event's parameters by `key=value` filters.

    All filters must match; a filter whose key the event does not have is ignored. raises ScriptFault: a filter is no
    `key=value`.
    """
    for text in filters:
        if not text.partition("=")[0].strip() or "=" not in text:
            raise ScriptFault(f"not a filter: {text[:40]!r}: write key=value")
    split = [(key.strip().lower(), value.strip()) for key, _, value in (text.partition("=") for text in filters)]

    def accept(params: Params) -> bool:
        found = {(name or "").lower(): from_param(value) for name, value in params.pairs()}
        return all(
            not value or key not in found or matches("" if found[key] is None else to_text(found[key]), value)
            for key, value in split
        )

    return accept


def _filters(call: CallExpression, compiler: Compiler) -> Callable[[ScriptRun], Accept]:
    name = avp_at(call, 1, compiler)
    if name is None:
        return lambda _run: accepts([])
    return lambda run: accepts([to_text(value) for value in values(run, name(run))])


def _timeout(value: object) -> float | None:
    number = number_at([value], 0) if isinstance(value, int | str) else 0
    return float(number) if number > 0 else None


def _set_params(run: ScriptRun, params: Params) -> None:
    """Make the event's parameters readable: as AVPs of their names, and as `$param`."""
    run.params = params
    for name, value in params.pairs():
        if name:
            run.avps.pop(name, None)
            push(run, name, from_param(value))


def _handler(run: ScriptRun, compiled: CompiledRoute) -> Callable[[Params], object]:
    state, message, place = run.state, run.message, run.place

    def handle(params: Params) -> object:
        inner = ScriptRun(state, Scope(message), params)
        inner.place = place
        _set_params(inner, params)
        return state.run_hook(compiled, lambda: execute(inner, compiled))

    return handle
