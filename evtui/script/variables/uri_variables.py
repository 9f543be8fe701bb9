"""The variables of the request's URIs, `$ru $ou $du` and their parts, and the changes that assignments make."""

from collections.abc import Callable, Mapping
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import NumberedText, ScriptFault, Value, integer_of, to_text
from evtui.script.runtime.sip_uris import SipUri, parse_sip_uri

_PORT_RANGE: Final = 1 << 64
_PORT_BITS: Final = 0xFFFF
_PORT_DIGITS: Final = 16
"""The last digits decide these bits: 10**16 is a multiple of 2**16."""
_TRANSPORTS: Final = {"udp": 1, "tcp": 2, "tls": 3, "sctp": 4, "ws": 5, "wss": 6}
"""The integers of `$rP`."""
_WHOLE_PRIORITY: Final = 1_000
"""The q value 1."""


def request_uri(run: ScriptRun) -> str | None:
    """Return the Request-URI as the script changed it, also one that cannot be parsed; None for a reply."""
    received = run.message.uri
    changed = run.scope.own.uri if received is not None else None
    return changed if changed is not None else received


def set_request_uri(run: ScriptRun, text: str) -> None:
    """Set the Request-URI, which need not be one; an empty text gives back the one that was received."""
    run.scope.own.uri = text or None


def uri_of(run: ScriptRun, text: str | None) -> SipUri | None:
    """Parse a URI as the dialect does; return None when it is none."""
    return None if text is None else parse_sip_uri(text, early=run.state.dialect.has_early_uris)


def changeable_uri(run: ScriptRun) -> SipUri:
    """Return the Request-URI for a change. raises ScriptFault: it is not a URI, or there is none.

    In a reply it is one that the script has set, which nothing shows.
    """
    changed = run.scope.own.uri
    uri = uri_of(run, changed if changed is not None else run.message.uri)
    if uri is None:
        raise ScriptFault("the R-URI is not a URI")
    return uri


def change_request_uri(run: ScriptRun, part: str, value: str | None) -> None:
    """Change the `user`, `host` or `port` of the Request-URI. raises ScriptFault: it is not a URI."""
    run.scope.own.uri = changeable_uri(run).changed(part, value)


def _parts(text: Callable[[ScriptRun], str | None], prefix: str) -> dict[str, Reader]:
    """Make `$rU $rd $rp $rP`, or those of another URI; a port that is not written is that of its transport."""

    def of(part: Callable[[SipUri], Value]) -> Reader:
        def read(run: ScriptRun) -> Value:
            uri = uri_of(run, text(run))
            return part(uri) if uri is not None else None

        return read

    return {
        f"{prefix}U": of(lambda uri: None if uri.is_emergency else uri.user),
        f"{prefix}d": of(lambda uri: uri.host),
        f"{prefix}p": of(_port),
        f"{prefix}P": of(_transport),
    }


def _port(uri: SipUri) -> Value:
    """Return a port: a text that is also an integer when it is written, else the integer of the transport's."""
    if uri.port is None:
        return uri.default_port
    return NumberedText(uri.port, int(uri.port[-_PORT_DIGITS:]) & _PORT_BITS) if uri.port else uri.port


def _transport(uri: SipUri) -> Value:
    text = uri.transport
    number = _TRANSPORTS.get(text.lower())
    return text if number is None else NumberedText(text, number)


def _read_request_uri(run: ScriptRun) -> Value:
    text = request_uri(run)
    return text if uri_of(run, text) is not None else None


def _original(run: ScriptRun) -> str | None:
    return run.message.uri


def _destination(run: ScriptRun) -> str | None:
    return run.scope.own.destination


def _text(value: Value) -> str:
    return "" if value is None else to_text(value)


def port_text(value: Value) -> str | None:
    """Return a port for a URI; None, for no port, of NULL and of an empty text."""
    if isinstance(value, int):
        return str(value % _PORT_RANGE)
    return value or None


def _write_uri(run: ScriptRun, value: Value) -> None:
    if value is None:
        raise ScriptFault("$ru cannot be NULL")
    set_request_uri(run, _text(value))


def _write_user(run: ScriptRun, value: Value) -> None:
    change_request_uri(run, "user", _text(value) or None)


def _write_host(run: ScriptRun, value: Value) -> None:
    if value is None:
        raise ScriptFault("$rd cannot be NULL")
    change_request_uri(run, "host", _text(value))


def _write_port(run: ScriptRun, value: Value) -> None:
    change_request_uri(run, "port", port_text(value))


def _write_destination(run: ScriptRun, value: Value) -> None:
    run.scope.own.destination = _text(value) or None


def _change_destination(part: str) -> Writer:
    def write(run: ScriptRun, value: Value) -> None:
        uri = uri_of(run, run.scope.own.destination)
        if uri is None:
            raise ScriptFault("there is no destination URI to change")
        if part == "host" and not _text(value):
            raise ScriptFault("$dd cannot be empty")
        run.scope.own.destination = uri.changed(part, _text(value) if part == "host" else port_text(value))

    return write


def _write_priority(run: ScriptRun, value: Value) -> None:
    number = integer_of(value)
    if number is None:
        raise ScriptFault("$ru_q is a number")
    run.scope.own.priority = min(number, _WHOLE_PRIORITY)


_REQUEST_PARTS: Final = _parts(request_uri, "r")

URI_VARIABLES: Final[Mapping[str, Reader]] = {
    "ru": _read_request_uri,
    "ruri": _read_request_uri,
    **_REQUEST_PARTS,
    "ruri.user": _REQUEST_PARTS["rU"],
    "ruri.domain": _REQUEST_PARTS["rd"],
    "ru_q": lambda run: run.scope.own.priority if run.message.uri is not None else None,
    "ou": _original,
    "ouri": _original,
    **_parts(_original, "o"),
    "du": _destination,
    "duri": _destination,
    **_parts(_destination, "d"),
    "T_ruri": request_uri,
}
URI_WRITERS: Final[Mapping[str, Writer]] = {
    "ru": _write_uri,
    "ruri": _write_uri,
    "rU": _write_user,
    "ruri.user": _write_user,
    "rd": _write_host,
    "ruri.domain": _write_host,
    "rp": _write_port,
    "ru_q": _write_priority,
    "du": _write_destination,
    "duri": _write_destination,
    "dd": _change_destination("host"),
    "dp": _change_destination("port"),
}
