"""The variables that read the SIP message; NULL where the message has no such part."""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun, Writer
from evtui.script.runtime.script_message import ScriptMessage
from evtui.script.runtime.script_values import ScriptFault, Value, to_bytes, to_text
from evtui.script.transformations.nameaddrs import NameAddr, parse_nameaddr
from evtui.script.transformations.uris import Uri, parse_uri

_COMPACT: Final = {
    "f": "from", "t": "to", "i": "call-id", "m": "contact", "v": "via", "l": "content-length", "c": "content-type",
    "s": "subject", "k": "supported", "e": "content-encoding", "o": "event", "r": "refer-to", "u": "allow-events",
    "x": "session-expires", "b": "referred-by", "a": "accept-contact", "j": "reject-contact",
    "d": "request-disposition",
}  # fmt: skip
_CREDENTIAL: Final = re.compile(r'\b(\w++)\s*+=\s*+(?:"((?:\\.|[^"\\])*+)"|([^\s,"]++))', re.DOTALL)
"""Each word is looked at from its start only: else a word of 30,000 characters would take 9 seconds."""

cached_nameaddr: Final = functools.lru_cache(maxsize=256)(parse_nameaddr)
cached_uri: Final = functools.lru_cache(maxsize=256)(parse_uri)
"""They keep 256 texts each, because a stranger's message may be 64 kB long."""


def full_name(name: str) -> str:
    """Return a header's name for comparisons: in lower case, and in its long form."""
    lower = name.strip().lower()
    return _COMPACT.get(lower, lower)


def headers(message: ScriptMessage, name: str) -> list[str]:
    """Return all values of a header, in order."""
    wanted = full_name(name)
    return [value for key, value in message.headers if full_name(key) == wanted]


def header(message: ScriptMessage, name: str) -> str | None:
    """Return the first value of a header; None when it is not there."""
    wanted = full_name(name)
    return next((value for key, value in message.headers if full_name(key) == wanted), None)


def has_totag(run: ScriptRun) -> bool:
    """Return whether the To header has a tag, which means that the message belongs to a dialog."""
    found = _to(run)
    return found is not None and bool(found.param("tag"))


def request_uri(run: ScriptRun) -> str | None:
    """Return the Request-URI, as the script changed it."""
    return run.scope.uri if run.scope.uri is not None else run.message.uri


def _header(name: str) -> Reader:
    return lambda run: header(run.message, name)


def _address(name: str) -> Callable[[ScriptRun], NameAddr | None]:
    def find(run: ScriptRun) -> NameAddr | None:
        value = header(run.message, name)
        return None if value is None else cached_nameaddr(value)

    return find


_to = _address("to")


def _address_variables(prefix: str, name: str) -> dict[str, Reader]:
    """Make `$fu $fU $fd $fn $ft`, or the same variables of another header."""
    find = _address(name)

    def of(part: Callable[[NameAddr], str | None]) -> Reader:
        def read(run: ScriptRun) -> Value:
            found = find(run)
            return (part(found) or None) if found else None

        return read

    def of_uri(part: Callable[[Uri], str]) -> Reader:
        def take(found: NameAddr) -> str | None:
            uri = cached_uri(found.uri)
            return part(uri) if uri else None

        return of(take)

    return {
        f"{prefix}u": of(lambda found: found.uri),
        f"{prefix}n": of(lambda found: found.name),
        f"{prefix}t": of(lambda found: found.param("tag")),
        f"{prefix}U": of_uri(lambda uri: uri.user),
        f"{prefix}d": of_uri(lambda uri: uri.host),
    }


def _uri_variables(prefix: str, text: Callable[[ScriptRun], str | None]) -> dict[str, Reader]:
    """Make `$ru $rU $rd $rp $rP`, or the same variables of another URI; the default port is 5060, as in OpenSIPS."""

    def of(part: Callable[[Uri], Value]) -> Reader:
        def read(run: ScriptRun) -> Value:
            uri = cached_uri(text(run) or "")
            return (part(uri) or None) if uri else None

        return read

    return {
        f"{prefix}u": text,
        f"{prefix}U": of(lambda uri: uri.user),
        f"{prefix}d": of(lambda uri: uri.host),
        f"{prefix}p": of(lambda uri: int(uri.port or (5061 if uri.scheme.lower() == "sips" else 5060))),
        f"{prefix}P": of(lambda uri: uri.param("transport") or "udp"),
    }


def _number_header(name: str) -> Reader:
    def read(run: ScriptRun) -> Value:
        number = (header(run.message, name) or "").partition(" ")[0]
        return int(number[:18]) if number.isascii() and number.isdigit() else None

    return read


def _credential(field: str) -> Reader:
    def read(run: ScriptRun) -> Value:
        value = header(run.message, "authorization") or header(run.message, "proxy-authorization") or ""
        found = {key.lower(): quoted or bare for key, quoted, bare in _CREDENTIAL.findall(value)}
        return found.get(field)

    return read


def _reply_code(run: ScriptRun) -> Value:
    status = run.message.status
    return status if status is not None else run.scope.replied or 0


SIP_VARIABLES: Final[Mapping[str, Reader]] = {
    **_address_variables("f", "from"),
    **_address_variables("t", "to"),
    **_uri_variables("r", request_uri),
    **_uri_variables("o", lambda run: run.message.uri),
    **_uri_variables("d", lambda run: run.scope.destination),
    "rm": lambda run: run.message.method,
    "ci": _header("call-id"),
    "cs": _number_header("cseq"),
    "cl": _number_header("content-length"),
    "ct": _header("contact"),
    "cT": _header("content-type"),
    "ua": _header("user-agent"),
    "re": _header("remote-party-id"),
    "ai": _header("p-asserted-identity"),
    "pu": _header("p-preferred-identity"),
    "di": _header("diversion"),
    "rt": _header("refer-to"),
    "au": _credential("username"),
    "ar": _credential("realm"),
    "adu": _credential("uri"),
    "si": lambda run: run.message.source[0],
    "sp": lambda run: run.message.source[1],
    "Ri": lambda run: run.message.received[0],
    "Rp": lambda run: run.message.received[1],
    "pr": lambda run: run.message.protocol,
    "proto": lambda run: run.message.protocol,
    "rb": lambda run: run.message.body or None,
    "mb": lambda run: run.message.text or None,
    "ml": lambda run: len(to_bytes(run.message.text)),
    "rs": lambda run: run.message.status,
    "rr": lambda run: run.message.reason or None,
    "T_reply_code": _reply_code,
    "msg.is_request": lambda run: int(run.message.status is None),
}


def _set_uri(run: ScriptRun, value: Value) -> None:
    text = to_text(value)
    if value is None or cached_uri(text) is None:
        raise ScriptFault(f"not a URI: {text[:60]!r}")
    run.scope.uri = text


def _set_part(part: str) -> Writer:
    def write(run: ScriptRun, value: Value) -> None:
        uri = cached_uri(request_uri(run) or "")
        if uri is None:
            raise ScriptFault("the message has no R-URI to change")
        _set_uri(run, str(uri.changed(part, "" if value is None else to_text(value))))

    return write


def _set_destination(run: ScriptRun, value: Value) -> None:
    run.scope.destination = None if value is None else to_text(value)


SIP_WRITERS: Final[Mapping[str, Writer]] = {
    "ru": _set_uri,
    "rU": _set_part("user"),
    "rd": _set_part("host"),
    "rp": _set_part("port"),
    "du": _set_destination,
}

BARE_WORDS: Final[Mapping[str, Reader]] = {
    "uri": SIP_VARIABLES["ru"],
    "from_uri": SIP_VARIABLES["fu"],
    "to_uri": SIP_VARIABLES["tu"],
    "method": SIP_VARIABLES["rm"],
    "src_ip": SIP_VARIABLES["si"],
    "src_port": SIP_VARIABLES["sp"],
    "dst_ip": SIP_VARIABLES["Ri"],
    "dst_port": SIP_VARIABLES["Rp"],
    "proto": SIP_VARIABLES["proto"],
    "status": SIP_VARIABLES["rs"],
    "af": lambda run: "INET6" if ":" in run.message.source[0] else "INET",
    "retcode": lambda run: run.rc,
    "msg:len": SIP_VARIABLES["ml"],
    "max_len": lambda _run: 65_535,
}
"""The bare words of 2.x that stand for values."""
