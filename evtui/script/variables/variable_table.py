"""The tables of all variables: those without argument and index, those with one, and those that can be assigned."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from evtui.script.runtime.run_state import LONG_WORK, MAX_CHARACTERS, Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, Value, checked_length, from_param, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.avps import read_avp, write_avp
from evtui.script.variables.compiler_port import Compiler, ReadFamily, WriteFamily
from evtui.script.variables.json_variables import JSON_VARIABLES
from evtui.script.variables.sip_variables import SIP_VARIABLES, SIP_WRITERS, headers
from evtui.script.variables.variable_parts import compile_argument, compile_index, constant_argument, read_one_of


def _cell(variable: Variable, compiler: Compiler) -> list[Value] | None:
    """Return the cell of a `$var`; None when its name contains a variable."""
    name = constant_argument(variable)
    return None if name is None else compiler.state.cells.setdefault(name.strip(), [None])


def _read_computed_var(_run: ScriptRun) -> Value:
    raise ScriptFault("the name of a $var cannot contain another variable")


def _write_computed_var(run: ScriptRun, _value: Value) -> None:
    _read_computed_var(run)


def _read_var(variable: Variable, compiler: Compiler) -> Reader:
    """Compile a read of `$var(x)`, which is NULL until it is assigned."""
    cell = _cell(variable, compiler)
    return _read_computed_var if cell is None else lambda _run: cell[0]


def _write_var(variable: Variable, compiler: Compiler) -> Writer:
    cell = _cell(variable, compiler)
    if cell is None:
        return _write_computed_var

    def write(_run: ScriptRun, value: Value) -> None:
        cell[0] = value

    return write


def _read_shared(variable: Variable, compiler: Compiler) -> Reader:
    name, shared = compile_argument(variable, compiler), compiler.state.shared
    return lambda run: shared.get(name(run), 0)


def _write_shared(variable: Variable, compiler: Compiler) -> Writer:
    name, shared = compile_argument(variable, compiler), compiler.state.shared

    def write(run: ScriptRun, value: Value) -> None:
        key = name(run)
        if key not in shared and len(shared) >= 1_000:
            raise ScriptFault("more than 1000 shared variables")
        if (
            isinstance(value, str)
            and len(value) > LONG_WORK
            and len(value) + _other_characters(shared, key) > MAX_CHARACTERS
        ):
            raise ScriptFault(f"the shared variables hold more than {MAX_CHARACTERS} characters")
        shared[key] = value

    return write


def _other_characters(shared: Mapping[str, Value], key: str) -> int:
    """Count the characters of all shared variables except one."""
    return sum(len(value) for name, value in shared.items() if isinstance(value, str) and name != key)


def _read_header(variable: Variable, compiler: Compiler) -> Reader:
    name = compile_argument(variable, compiler)
    return read_one_of(lambda run: headers(run.message, name(run)), compile_index(variable, compiler))


def _count_headers(variable: Variable, compiler: Compiler) -> Reader:
    name = compile_argument(variable, compiler)
    return lambda run: len(headers(run.message, name(run)))


def _read_contact(variable: Variable, compiler: Compiler) -> Reader:
    return read_one_of(lambda run: headers(run.message, "contact"), compile_index(variable, compiler))


def _read_param(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$param(name)` or `$param(1)`: of the event, or of the route's call.

    A missing parameter is NULL and logged once.
    """
    name = compile_argument(variable, compiler)

    def read(run: ScriptRun) -> Value:
        params, wanted = run.params, name(run).strip()
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 9:
            place = int(wanted) - 1
        else:
            place = params.names.index(wanted) if wanted in params.names else -1
        if 0 <= place < len(params.values):
            return from_param(params.values[place])
        run.warn_once(f"no parameter {wanted[:80]} here: it is NULL")
        return None

    return read


def _read_return(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$return(0)`: the first value that a route returned after its code."""
    name = compile_argument(variable, compiler)

    def read(run: ScriptRun) -> Value:
        wanted = name(run).strip()
        place = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else len(run.returned)
        return run.returned[place] if place < len(run.returned) else None

    return read


def _read_statistic(variable: Variable, compiler: Compiler) -> Reader:
    name = compile_argument(variable, compiler)
    return lambda run: run.host.statistic(name(run).strip())


def _local_time(run: ScriptRun) -> datetime:
    return datetime.fromtimestamp(run.host.now(), UTC).astimezone()


def _read_time(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$time(%Y-%m-%d)`: the local time."""
    form = compile_argument(variable, compiler)

    def read(run: ScriptRun) -> Value:
        try:
            return checked_length(_local_time(run).strftime(form(run)[:1000]))
        except ValueError as error:
            raise ScriptFault(f"$time: {error}") from error

    return read


def _read_route(part: str) -> ReadFamily:
    """Compile `$route.name`: without an index of the current route, `[1]` of its caller, `[-1]` of the outermost."""

    def build(variable: Variable, compiler: Compiler) -> Reader:
        def names(run: ScriptRun) -> list[str]:
            if part == "type":
                return [route.kind for route in reversed(run.routes)]
            return [route.name or "0" for route in reversed(run.routes)]

        return read_one_of(names, compile_index(variable, compiler))

    return build


def _read_socket(variable: Variable, compiler: Compiler) -> Reader:
    """Compile `$socket_in(ip)`, `(port)` or `(proto)`; without an argument the whole socket."""
    name = compile_argument(variable, compiler)

    def read(run: ScriptRun) -> Value:
        (ip, port), protocol = run.message.received, run.message.protocol
        parts: dict[str, Value] = {"ip": ip, "port": port, "proto": protocol, "": f"{protocol}:{ip}:{port}"}
        return parts.get(name(run).strip())

    return read


def _set_level(which: str) -> Writer:
    def write(run: ScriptRun, value: Value) -> None:
        if not isinstance(value, int):
            raise ScriptFault(f"{which} is a number, not {to_text(value)[:40]}")
        setattr(run.state, which, value)

    return write


def _current_route(run: ScriptRun) -> Value:
    if not run.routes:
        return None
    route = run.routes[-1]
    return f"{route.kind}[{route.name}]" if route.name is not None else route.kind


def _null_dialog(name: str) -> Reader:
    return lambda run: run.warn_once(f"${name} is NULL: no dialogs are kept here")


DIALOG_VARIABLES: Final = (
    "DLG_count", "DLG_ctx_json", "DLG_del_reason", "DLG_did", "DLG_dir", "DLG_end_reason", "DLG_flags", "DLG_json",
    "DLG_lifetime", "DLG_status", "DLG_timeout",
)  # fmt: skip
"""Variables of the message's dialog, which are NULL here; `$dlg_val(x)` is one too."""

PLAIN_VARIABLES: Final[Mapping[str, Reader]] = {
    **SIP_VARIABLES,
    **{name: _null_dialog(name) for name in DIALOG_VARIABLES},
    "rc": lambda run: run.rc,
    "retcode": lambda run: run.rc,
    "Ts": lambda run: int(run.host.now()),
    "Tsm": lambda run: int(run.host.now() * 1_000_000) % 1_000_000,
    "Tf": lambda run: _local_time(run).strftime("%a %b %e %H:%M:%S %Y"),
    "TS": lambda run: run.state.started,
    "pp": lambda run: run.state.pid,
    "cfg_line": lambda run: run.place.line,
    "cfg_file": lambda run: run.place.file or None,
    "route": _current_route,
    "log_level": lambda run: run.state.log_level,
    "xlog_level": lambda run: run.state.xlog_level,
    "null": lambda _run: None,
}
"""Variables without argument and index."""

VARIABLE_FAMILIES: Final[Mapping[str, ReadFamily]] = {
    **JSON_VARIABLES,
    "avp": read_avp,
    "var": _read_var,
    "shv": _read_shared,
    "hdr": _read_header,
    "hdrcnt": _count_headers,
    "ct": _read_contact,
    "param": _read_param,
    "return": _read_return,
    "stat": _read_statistic,
    "time": _read_time,
    "route.name": _read_route("name"),
    "route.type": _read_route("type"),
    "socket_in": _read_socket,
    "dlg_val": lambda _variable, _compiler: _null_dialog("dlg_val"),
}
"""Variables with an argument or an index."""

PLAIN_WRITERS: Final[Mapping[str, Writer]] = {
    **SIP_WRITERS,
    "log_level": _set_level("log_level"),
    "xlog_level": _set_level("xlog_level"),
}
WRITE_FAMILIES: Final[Mapping[str, WriteFamily]] = {"avp": write_avp, "var": _write_var, "shv": _write_shared}
