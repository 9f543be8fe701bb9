"""The variables that read headers and the first line: `$hdr(…)`, `$hdr_name`, `$ci`, `$rm`, `$rs` and their kin."""

from collections.abc import Mapping
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun
from evtui.script.runtime.script_values import NumberedText, Value, to_bytes
from evtui.script.syntax.expressions import Variable
from evtui.script.variables.compiler_port import Compiler, ReadFamily
from evtui.script.variables.variable_parts import compile_argument, compile_index, constant_argument, read_one_of


def _first(name: str) -> Reader:
    return lambda run: run.scope.headers.first(name)


def _sequence(run: ScriptRun) -> Value:
    """Read `$cs`: the number of CSeq as it is written."""
    words = (run.scope.headers.first("cseq") or "").split(None, 1)
    return words[0] if words else None


def _content_length(run: ScriptRun) -> Value:
    text = (run.scope.headers.first("content-length") or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _read_header(variable: Variable, compiler: Compiler) -> Reader:
    name = constant_argument(variable)
    if name is None:
        read_name = compile_argument(variable, compiler)
        return read_one_of(lambda run: run.scope.headers.values(read_name(run)), compile_index(variable, compiler))
    return read_one_of(lambda run: run.scope.headers.values(name), compile_index(variable, compiler))


def _count_headers(variable: Variable, compiler: Compiler) -> Reader:
    name = compile_argument(variable, compiler)
    return lambda run: len(run.scope.headers.values(name(run)))


def _read_header_name(variable: Variable, compiler: Compiler) -> Reader:
    return read_one_of(lambda run: run.scope.headers.names, compile_index(variable, compiler))


def _path(run: ScriptRun) -> Value:
    return run.scope.own.path


_METHODS: Final = {
    name: 1 << place
    for place, name in enumerate(
        (
            "INVITE", "CANCEL", "ACK", "BYE", "INFO", "OPTIONS", "UPDATE", "REGISTER", "MESSAGE", "SUBSCRIBE",
            "NOTIFY", "PRACK", "REFER", "PUBLISH",
        )
    )
}  # fmt: skip
_OTHER_METHOD: Final = 1 << 14


def _read_method(run: ScriptRun) -> Value:
    method = run.message.method
    return NumberedText(method, _METHODS.get(method, _OTHER_METHOD)) if method else method


HEADER_VARIABLES: Final[Mapping[str, Reader]] = {
    "ci": _first("call-id"),
    "cs": _sequence,
    "cl": _content_length,
    "ua": _first("user-agent"),
    "path": _path,
    "rm": _read_method,
    "rs": lambda run: run.message.status,
    "rr": lambda run: run.message.reason or None if run.message.status is not None else None,
    "mb": lambda run: run.message.text or None,
    "ml": lambda run: len(to_bytes(run.message.text)),
    "msg.type": lambda run: "request" if run.message.status is None else "reply",
}

HEADER_FAMILIES: Final[Mapping[str, ReadFamily]] = {
    "hdr": _read_header,
    "hdrcnt": _count_headers,
    "hdr_name": _read_header_name,
}
