"""The variables of the process and of the run: `$rc`, `$pp`, `$route`, `$cfg_line`, log levels, statistics, `$env`."""

from collections.abc import Callable, Mapping
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, Value, joined, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.syntax.tree import Route
from evtui.script.variables.compiler_port import Compiler, ReadFamily, WriteFamily
from evtui.script.variables.variable_parts import compile_argument, compile_index, read_one_of

_RANDOM_LIMIT: Final = 1 << 31


def _read_statistic(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$stat(x)`: a statistic of the script, or one of the host."""
    name = compile_argument(variable, compiler)

    def read(run: ScriptRun) -> Value:
        wanted = name(run).strip()
        own = run.state.statistics.value(wanted)
        return own if own is not None else run.host.statistic(wanted)

    return read


def _write_statistic(variable: Variable, compiler: Compiler) -> Writer:
    """Compile an assignment to `$stat(x)`, which resets it whatever the value is."""
    name = compile_argument(variable, compiler)

    def write(run: ScriptRun, value: Value) -> None:
        if not isinstance(value, int):
            raise ScriptFault("a statistic can be set to a number only")
        run.state.statistics.reset(name(run).strip())

    return write


def _read_route(show: Callable[[Route], str], *, lists: bool) -> ReadFamily:
    """Make the compiler of `$route` or a part of it: without an index of the current route, `[1]` of its caller."""

    def build(variable: Variable, compiler: Compiler) -> Reader:
        if variable.index == "*":
            return lambda run: joined([show(route) for route in run.routes], " > ") if lists else None
        return read_one_of(
            lambda run: [show(route) for route in reversed(run.routes)], compile_index(variable, compiler)
        )

    return build


def _whole_route(route: Route) -> str:
    return f"{route.kind}[{route.name}]" if route.name is not None else route.kind


def _read_environment(variable: Variable, compiler: Compiler) -> Reader:
    name = compile_argument(variable, compiler)
    return lambda run: run.host.environment(name(run).strip())


def _level(which: str, initial: str) -> Writer:
    """Make the assignment to a log level; NULL gives it back the value of the settings."""

    def write(run: ScriptRun, value: Value) -> None:
        if value is None:
            setattr(run.state, which, getattr(run.state, initial))
        elif isinstance(value, int):
            setattr(run.state, which, value)
        else:
            raise ScriptFault(f"${which} is a number, not {to_text(value)[:40]}")

    return write


PROCESS_VARIABLES: Final[Mapping[str, Reader]] = {
    "rc": lambda run: run.rc,
    "retcode": lambda run: run.rc,
    "pp": lambda run: run.state.pid,
    "cfg_line": lambda run: run.place.line,
    "cfg_file": lambda run: run.place.file or None,
    "log_level": lambda run: run.state.log_level,
    "xlog_level": lambda run: run.state.xlog_level,
    "RANDOM": lambda run: int(run.host.random() * _RANDOM_LIMIT),
    "err.class": lambda _run: 0,
    "err.level": lambda _run: 0,
    "err.info": lambda _run: "",
    "err.rcode": lambda _run: 0,
    "err.rreason": lambda _run: "",
    "null": lambda _run: None,
}
"""`$err.…` are what OpenSIPS has while it has parsed nothing wrong."""

PROCESS_FAMILIES: Final[Mapping[str, ReadFamily]] = {
    "stat": _read_statistic,
    "route": _read_route(_whole_route, lists=True),
    "route.name": _read_route(lambda route: route.name or "", lists=False),
    "route.type": _read_route(lambda route: route.kind, lists=False),
    "env": _read_environment,
    "C": lambda _variable, _compiler: lambda _run: "",
}
"""`$C(bg)` is for terminals: it is empty in a log."""

PROCESS_WRITERS: Final[Mapping[str, Writer]] = {
    "log_level": _level("log_level", "first_log_level"),
    "xlog_level": _level("xlog_level", "first_xlog_level"),
}

STATISTIC_WRITERS: Final[Mapping[str, WriteFamily]] = {"stat": _write_statistic}
