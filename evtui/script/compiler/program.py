"""Programs: compiled scripts, ready to run their routes."""

from collections.abc import Sequence
from typing import Final

from evtui.core.known_versions import ScriptVersion
from evtui.core.values import Params
from evtui.script.compiler.block_port import After
from evtui.script.compiler.blocks import MAX_UNCOUNTED, compile_block, write_block
from evtui.script.compiler.conditions import compile_condition
from evtui.script.compiler.function_code import FunctionCode
from evtui.script.compiler.initial_values import apply_module_parameter
from evtui.script.compiler.templates import compile_text
from evtui.script.compiler.value_expressions import compile_value
from evtui.script.functions.function_table import compile_call
from evtui.script.runtime.host_ports import Events, Host
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_route import execute
from evtui.script.runtime.run_state import (
    CallAction,
    CompiledRoute,
    Condition,
    ProgramState,
    Reader,
    RunOutcome,
    ScriptRun,
    Step,
    Writer,
)
from evtui.script.runtime.script_values import Value
from evtui.script.syntax.expressions import BareWord, CallExpression, Expression, Number, Text, Variable
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.tree import Block, Global, ModParam, Route, RouteKind, Script
from evtui.script.variables.avps import write_avp
from evtui.script.variables.json_variables import write_json_at
from evtui.script.variables.variable_table import PLAIN_WRITERS, WRITE_FAMILIES
from evtui.script.versions.spelled_version import ReadAs, read_as

_LISTENING: Final = frozenset(("listen", "socket", "alias"))


class Program:
    """The compiled routes of one or several files. `$var`s and the cache live as long as their program."""

    @staticmethod
    def compiles(state: ProgramState) -> "Compilation":
        """Return the compiler of a program with this state."""
        return Compilation(state)

    def __init__(
        self,
        scripts: Script | Sequence[Script],
        host: Host,
        events: Events,
        *,
        pid: int = 0,
        version: ScriptVersion | None = None,
    ) -> None:
        """Compile the scripts by the rules of a version; None: of the one that they show, else the default.

        raises ScriptError: a route is nested too deeply, or an include was not replaced.
        """
        parts = [scripts] if isinstance(scripts, Script) else scripts
        items = [item for script in parts for item in script.items]
        self.read_as: ReadAs = read_as(parts, version)
        dialect = self.read_as.dialect
        self.state = ProgramState(host, events, dialect, started=int(host.now()), pid=pid, max_turns=dialect.max_turns)
        for item in items:
            if isinstance(item, Global):
                _apply(item, self.state)
            elif isinstance(item, ModParam):
                apply_module_parameter(item, self.state)
        compilation = self.compiles(self.state)
        self.routes: tuple[CompiledRoute, ...] = tuple(
            compilation.route(item) for item in items if isinstance(item, Route)
        )
        """All routes in the order in which they are written."""

    @property
    def events(self) -> frozenset[str]:
        """The events that the script publishes: those that `raise_event` and, from 3.1 on, `subscribe_event` name."""
        named = self.state.subscribed if self.state.dialect.publishes_subscribed else set[str]()
        return frozenset(self.state.raised | named)

    def set_xlog_level(self, level: int) -> None:
        """Set what `xlog` may write; where it has no level of its own, that is the log level."""
        state = self.state
        state.xlog_level = level
        if not state.dialect.xlog_has_level:
            state.log_level = state.first_log_level = level

    def find(self, kind: RouteKind, name: str | None = None) -> Sequence[CompiledRoute]:
        """Return the routes of a kind and a name; several event routes may handle one event."""
        return self.state.routes.get((kind, name), ())

    def run(
        self,
        kind: RouteKind,
        name: str | None = None,
        scope: Scope | None = None,
        *,
        params: Params | None = None,
    ) -> RunOutcome:
        """Run the first route of a kind and a name; without one the outcome is empty. It never raises."""
        found = self.find(kind, name)
        return self.run_route(found[0], scope, params=params) if found else RunOutcome()

    def run_route(
        self, compiled: CompiledRoute, scope: Scope | None = None, *, params: Params | None = None
    ) -> RunOutcome:
        """Run one route.

        `scope` holds the message and the AVPs: a sync event route gets that of its raiser, others one of their own.
        `params` are those of the event that an event_route handles. It never raises: errors are in the outcome.
        """
        return execute(ScriptRun(self.state, scope if scope is not None else Scope(), params), compiled)


class Compilation:
    """The compiler of one program; satisfies `block_port.BlockCompiler`."""

    def __init__(self, state: ProgramState) -> None:
        self.state = state

    def route(self, route: Route) -> CompiledRoute:
        """Compile a route and add it to the program. raises ScriptError: it is nested too deeply."""
        before = self.state.compiled
        try:
            body = self.block(route.body)
        except RecursionError as error:
            raise ScriptError(route.place, "this route is nested too deeply to be run") from error
        compiled = CompiledRoute(route, body, min(self.state.compiled - before, MAX_UNCOUNTED) + 1)
        name = None if (route.kind, route.name) == ("route", "0") else route.name  # `route{}` is `route[0]`
        self.state.routes.setdefault((route.kind, name), []).append(compiled)
        return compiled

    def value(self, expression: Expression) -> Reader:
        """Compile an expression for its value."""
        return compile_value(expression, self)

    def test(self, expression: Expression) -> Condition:
        """Compile an expression as a condition."""
        return compile_condition(expression, self)

    def text(self, text: str) -> Reader:
        """Compile a text with variables."""
        return compile_text(text, self)

    def action(self, call: CallExpression, *, reads_code: bool = True) -> CallAction:
        """Compile a call; `reads_code`: whether anything reads its code."""
        return compile_call(call, self, reads_code=reads_code)

    def block(self, block: Block, *, goes_on: bool = False) -> Step:
        """Compile a block to a function; `goes_on`: another turn of a `for` follows it."""
        return compile_block(block, self, goes_on=goes_on)

    def write(self, block: Block, code: FunctionCode, after: After, *, goes_on: bool = False) -> None:
        """Write a block into the code of a function, or a call of its own function where that code is full."""
        write_block(block, code, self, after, goes_on=goes_on)

    def writer(self, variable: Variable, *, clears: bool = False) -> Writer:
        """Compile an assignment; one to a variable that cannot be assigned is logged once and has no effect."""
        if variable.name == "avp":
            return write_avp(variable, self, clears=clears)
        if variable.name == "json":
            return write_json_at(variable, self, parses=clears)
        family = WRITE_FAMILIES.get(variable.name)
        if family is not None:
            return family(variable, self)
        return PLAIN_WRITERS.get(variable.name) or _unwritable(variable.name)


def _unwritable(name: str) -> Writer:
    def write(run: ScriptRun, _value: Value) -> None:
        run.warn_once(f"${name} cannot be assigned here")

    return write


def _apply(item: Global, state: ProgramState) -> None:
    """Apply the global settings that change how a script runs."""
    first = item.values[0] if item.values else None
    if item.name in {"log_level", "debug"} and isinstance(first, Number):
        state.log_level = state.first_log_level = first.value
    elif item.name == "xlog_level" and isinstance(first, Number):
        state.xlog_level = state.first_xlog_level = first.value
    elif item.name == "max_while_loops" and isinstance(first, Number):
        state.max_turns = max(1, first.value)
    elif item.name in _LISTENING:
        state.aliases |= frozenset(_hosts(item.values))


def _hosts(values: Sequence[Expression]) -> list[str]:
    """Return the hosts of listening sockets: `udp:192.0.2.1:5060` gives `192.0.2.1` and `192.0.2.1:5060`."""
    found: list[str] = []
    for value in values:
        if isinstance(value, BareWord | Text):
            text = value.value.lower()
            scheme, _, rest = text.partition(":")
            address = rest if scheme in {"udp", "tcp", "tls", "sctp", "ws", "wss", "bin", "any"} else text
            host, _, port = address.rpartition(":") if not address.endswith("]") else (address, "", "")
            name = (host if port.isdigit() or port == "*" else address).strip("[]")
            found += [name, f"{name}:{port}"] if port.isdigit() else [name]
    return found
