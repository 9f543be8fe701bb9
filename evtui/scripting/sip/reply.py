"""Write replies to requests, without keeping any state (RFC 3261 8.2.6 and 8.2.7, RFC 3581)."""

import re
from collections.abc import Sequence
from hashlib import blake2s
from typing import Final

from evtui.scripting.sip.sip_message import SipMessage, long_name

_COPIED: Final = ("From", "To", "Call-ID", "CSeq")
_TAG: Final = re.compile(r";\s*tag\s*=", re.IGNORECASE)
_RPORT: Final = re.compile(r";\s*(?:rport|received)(?:\s*=[^;,\s]*)?(?=\s*(?:[;,]|\Z))", re.IGNORECASE)
_LINE: Final = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+[ \t]*:[^\r\n]*")
_BREAKS: Final = re.compile(r"[\r\n\0]+")
_DEFAULT_PORT: Final = 5060


def can_reply(message: SipMessage, code: int) -> bool:
    """Return whether a message can be replied to with a code: not a reply, not an ACK, and a code from 100 to 699."""
    return message.status is None and message.method != "ACK" and 100 <= code <= 699


def reply_address(request: SipMessage) -> tuple[str, int]:
    """Return where to send the reply: to the address that the request came from, at the port that its Via names."""
    host, port = request.source
    if "rport" in request.via.parameters:
        return host, port
    via_port = request.via.port or _DEFAULT_PORT
    return host, via_port if via_port < 65536 else port


def write_reply(request: SipMessage, code: int, reason: str, headers: Sequence[str] = (), *, salt: bytes) -> bytes:
    """Write a reply with the Via, From, To, Call-ID and CSeq of the request, and with `headers`, which are whole lines.

    A To without a tag gets one, the same for each copy of the request; `salt` is secret bytes of this server.
    """
    lines = [f"SIP/2.0 {code} {_BREAKS.sub(' ', reason)}"]
    lines += [f"Via: {value}" for value in _vias(request)]
    for name in _COPIED:
        value = request.header(name)
        if name == "To" and code > 100 and not _TAG.search(value):
            value += f";tag={_tag(request, salt)}"
        lines.append(f"{name}: {value}")
    lines += _allowed(headers)
    lines += ["Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def _vias(request: SipMessage) -> list[str]:
    first, *others = request.values("Via")
    top, comma, rest = _split_top(first)
    host, port = request.source
    wants_port = "rport" in request.via.parameters
    if wants_port or request.via.host.strip("[]") != host:
        top = _RPORT.sub("", top).rstrip() + f";received={host}" + (f";rport={port}" if wants_port else "")
    return [top + comma + rest, *others]


def _split_top(value: str) -> tuple[str, str, str]:
    """Split a Via header behind its first entry; a comma in quotes does not separate entries."""
    quoted = False
    for place, char in enumerate(value):
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            return value[:place], ",", value[place + 1 :]
    return value, "", ""


def _tag(request: SipMessage, salt: bytes) -> str:
    parts = (request.header("Call-ID"), request.header("From"), request.header("CSeq"), request.header("Via"))
    return blake2s("\0".join(parts).encode("utf-8", "surrogateescape"), key=salt, digest_size=8).hexdigest()


def _allowed(headers: Sequence[str]) -> list[str]:
    """Return the lines that a script may add: it cannot end the headers early or replace the copied ones."""
    lines = [line for text in headers for line in _BREAKS.split(text)]
    taken = {name.lower() for name in (*_COPIED, "Via", "Content-Length")}
    return [
        line
        for line in lines
        if _LINE.fullmatch(line) and long_name(line.partition(":")[0].strip()).lower() not in taken
    ]
