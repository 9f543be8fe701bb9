"""The variables of time: `$Ts`, `$Tf`, `$time(…)`, `$ctime(…)`."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun
from evtui.script.runtime.script_values import ScriptFault, Value, checked_length
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.compiler_port import Compiler, ReadFamily
from evtui.script.variables.variable_parts import compile_whole_argument, constant_argument

_LONGEST_FORM: Final = 1000


def _local(run: ScriptRun) -> datetime:
    return datetime.fromtimestamp(run.host.now(), UTC).astimezone()


def _read_time(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$time(%Y-%m-%d)`: the local time."""
    form = compile_whole_argument(variable, compiler)

    def read(run: ScriptRun) -> Value:
        try:
            return checked_length(_local(run).strftime(form(run)[:_LONGEST_FORM]))
        except ValueError as error:
            raise ScriptFault(f"$time: {error}") from error

    return read


_FIELDS: Final[Mapping[str, Callable[[datetime], int]]] = {
    "sec": lambda time: time.second,
    "min": lambda time: time.minute,
    "hour": lambda time: time.hour,
    "mday": lambda time: time.day,
    "mon": lambda time: time.month,
    "year": lambda time: time.year,
    "wday": lambda time: time.isoweekday() % 7 + 1,
    "yday": lambda time: time.timetuple().tm_yday,
    "isdst": lambda time: int(bool(time.dst())),
}
"""The fields of `$ctime`; the week begins with Sunday, which is 1."""


def _read_field(variable: Variable, compiler: Compiler) -> Reader:
    del compiler
    name = (constant_argument(variable) or "sec").strip()
    field = _FIELDS.get(name)
    if field is None:
        return lambda run: run.warn_once(f"$ctime has no part {name[:40]}: it is NULL")
    return lambda run: field(_local(run))


TIME_VARIABLES: Final[Mapping[str, Reader]] = {
    "Ts": lambda run: int(run.host.now()),
    "Tsm": lambda run: int(run.host.now() * 1_000_000) % 1_000_000,
    "Tf": lambda run: _local(run).strftime("%a %b %e %H:%M:%S %Y"),
    "TS": lambda run: run.state.started,
}

TIME_FAMILIES: Final[Mapping[str, ReadFamily]] = {"time": _read_time, "ctime": _read_field}
