"""`$socket_in`, `$socket_out` and `$si $sp`: where the message came from and what received it."""

from collections.abc import Mapping
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import ScriptFault, Value, to_text
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.compiler_port import Compiler, ReadFamily, WriteFamily
from evtui.script.variables.variable_parts import constant_argument


def _address(run: ScriptRun, part: str) -> Value:
    """Return a part of the receiving socket; NULL when no socket received the message."""
    (ip, port), protocol = run.message.received, run.message.protocol
    if not ip:
        return None
    bracketed = f"[{ip}]" if ":" in ip and not ip.startswith("[") else ip
    parts: dict[str, Value] = {
        "": f"{protocol}:{bracketed}:{port}",
        "ip": ip,
        "port": port,
        "proto": protocol,
        "anycast": 0,
        "af": "INET6" if ":" in ip else "INET",
    }
    return parts.get(part)


_PARTS: Final = frozenset({"", "ip", "port", "proto", "anycast", "af", "advertised_ip", "advertised_port", "tag"})


def _read_socket(variable: Variable, compiler: Compiler, *, sends: bool) -> Reader:
    """Compile `$socket_in(ip)` and its relatives; without an argument it is the whole socket."""
    del compiler
    part = (constant_argument(variable) or "").strip().lower()
    if sends and part == "forced":
        return lambda run: run.scope.own.socket
    if part not in _PARTS:
        return lambda run: run.warn_once(f"${variable.name} has no part {part[:40]}: it is NULL")
    return lambda run: _address(run, part)


def _write_socket(_variable: Variable, _compiler: Compiler) -> Writer:
    def write(run: ScriptRun, value: Value) -> None:
        if not isinstance(value, str):
            raise ScriptFault(f"$socket_out is a socket such as udp:192.0.2.1:5060, not {to_text(value)[:40]}")
        own = _address(run, "")
        if own is not None:
            run.scope.own.socket = value if value == own else None

    return write


SOCKET_VARIABLES: Final[Mapping[str, Reader]] = {
    "si": lambda run: run.message.source[0],
    "src_ip": lambda run: run.message.source[0],
    "sp": lambda run: run.message.source[1],
    "Ri": lambda run: _address(run, "ip"),
    "Rp": lambda run: _address(run, "port"),
    "pr": lambda run: _address(run, "proto"),
    "proto": lambda run: _address(run, "proto"),
}

SOCKET_FAMILIES: Final[Mapping[str, ReadFamily]] = {
    "socket_in": lambda variable, compiler: _read_socket(variable, compiler, sends=False),
    "socket_out": lambda variable, compiler: _read_socket(variable, compiler, sends=True),
}

SOCKET_WRITERS: Final[Mapping[str, WriteFamily]] = {"socket_out": _write_socket}
