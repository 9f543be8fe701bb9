"""Parse SIP messages from bytes, for routing scripts.

The library sipmessage parses single headers. Its parser of whole messages is not used: it does not know folded lines,
needs UTF-8 everywhere and a Request-URI without headers, and loses the order of the headers.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from sipmessage import CSeq, Via
from sipmessage.message import COMPACT_FORMS

from evtui.core.errors import BadMessageError

_T = TypeVar("_T")

MANDATORY: Final = ("Via", "From", "To", "Call-ID", "CSeq")
"""Headers that every message must have (RFC 3261 8.1.1). As in most servers, Max-Forwards may be missing."""

_BREAK: Final = re.compile(rb"\r\n|\n")
_BEGIN: Final = re.compile(rb"[^\r\n\t ]")
_END: Final = re.compile(rb"(?:\r\n|\n)(?:\r\n|\n)")
_FOLD: Final = re.compile(rb"\n[ \t]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+")
_SEPARATOR: Final = re.compile(rb"^---[ \t]*(?:\r\n|\n|\Z)", re.MULTILINE)
_FIRST_LINE: Final = re.compile(
    rb"^(?:SIP/2\.0 [1-6][0-9]{2}(?![0-9])|[A-Za-z0-9.!%*_+`'~-]{1,100} [^\s]{1,4096} SIP/2\.0[ \t]*\r?$)", re.MULTILINE
)
_LENGTH: Final = re.compile(rb"^(?:Content-Length|l)[ \t]*:[ \t]*([0-9]{1,9})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SipMessage:
    """A request or a reply; satisfies the protocol by which scripts see a message."""

    method: str
    uri: str | None
    status: int | None
    reason: str
    headers: Sequence[tuple[str, str]]
    body: str
    via: Via
    """The topmost Via."""
    sequence: int
    """The number in CSeq."""
    text: str
    source: tuple[str, int] = ("127.0.0.1", 5060)
    received: tuple[str, int] = ("127.0.0.1", 5060)
    protocol: str = "udp"

    def header(self, name: str) -> str:
        """Return the first value of a header by its long name, also of its compact form; empty when it is missing."""
        return next(iter(self.values(name)), "")

    def values(self, name: str) -> list[str]:
        """Return all values of a header by its long name."""
        wanted = name.lower()
        return [value for written, value in self.headers if long_name(written).lower() == wanted]

    @property
    def transaction(self) -> tuple[str, int, str]:
        """What a request and its replies share: Call-ID, the number and the method of CSeq."""
        return self.header("Call-ID"), self.sequence, self.method


def long_name(name: str) -> str:
    """Return the long form of a header's name."""
    return COMPACT_FORMS.get(name.lower(), name)


def is_keepalive(data: bytes) -> bool:
    """Return whether a datagram only keeps a NAT binding open: line ends, zeros or nothing."""
    return not data.strip(b"\r\n\0 ")


def parse_message(
    data: bytes, source: tuple[str, int] = ("127.0.0.1", 5060), received: tuple[str, int] = ("127.0.0.1", 5060)
) -> SipMessage:
    """Parse one message. Line ends may be LF alone, lines may be folded, and bytes that are not UTF-8 are kept.

    raises BadMessageError: it names the wrong part.
    """
    head, body = _split(data.lstrip(b"\r\n"))
    first, *lines = _unfold(head).split(b"\n")
    start = _text(first.rstrip(b"\r"))
    headers = [_header(_text(line.rstrip(b"\r"))) for line in lines]
    found = {long_name(name).lower(): value for name, value in reversed(headers)}
    for name in MANDATORY:
        if not found.get(name.lower()):
            raise BadMessageError(f"no {name}")
    via = _parsed(lambda value: Via.parse_many(value)[0], found["via"], "Via")
    cseq = _parsed(CSeq.parse, found["cseq"], "CSeq")
    method, uri, status, reason = _start(start, cseq)
    return SipMessage(
        method, uri, status, reason, headers, _text(_cut(body, found.get("content-length"))), via, cseq.sequence,
        _text(data), source, received,
    )  # fmt: skip


def split_messages(data: bytes) -> list[bytes]:
    """Split a file into messages at lines that are `---`; in a file without such lines, by Content-Length.

    A message without a Content-Length ends where the next one begins, and so does text that is not a message.
    """
    if _SEPARATOR.search(data):
        parts = [part.strip(b"\r\n") for part in _SEPARATOR.split(data)]
        return [_ended(part) for part in parts if part]
    messages: list[bytes] = []
    place = 0
    while begin := _BEGIN.search(data, place):
        message, place = _framed(data, begin.start())
        messages.append(message)
    return messages


def _framed(data: bytes, start: int) -> tuple[bytes, int]:
    """Return the message that begins at `start`, and the place behind it."""
    end = _END.search(data, start)
    if end is None:
        return _ended(data[start:].rstrip(b"\r\n")), len(data)
    length = _LENGTH.search(data[start : end.start()])
    if length is not None:
        stop = min(end.end() + int(length[1]), len(data))
    else:
        following = _FIRST_LINE.search(data, end.end())
        stop = len(data) if following is None else following.start()
    return data[start:stop], stop


def _ended(part: bytes) -> bytes:
    return part if _END.search(part) else part + b"\r\n\r\n"


def _split(data: bytes) -> tuple[bytes, bytes]:
    end = _END.search(data)
    if end is None:
        raise BadMessageError("no empty line after the headers")
    return data[: end.start()], data[end.end() :]


def _unfold(head: bytes) -> bytes:
    """Join folded lines: a line end with the blanks around it becomes one blank (RFC 3261 7.3.1)."""
    *folded, last = _FOLD.split(head)
    return b" ".join([*(line.removesuffix(b"\r").rstrip(b" \t") for line in folded), last])


def _cut(body: bytes, length: str | None) -> bytes:
    """Cut off bytes of a datagram behind the body."""
    return body[: int(length)] if length is not None and re.fullmatch("[0-9]{1,9}", length) else body


def _start(line: str, cseq: CSeq) -> tuple[str, str | None, int | None, str]:
    """Parse the first line: method and Request-URI, or status and reason."""
    words = line.split(" ", 2)
    if words[0] == "SIP/2.0":
        code = words[1] if len(words) > 1 else ""
        if not re.fullmatch("[1-6][0-9]{2}", code):
            raise BadMessageError(f"status {code[:20]!r}")
        return cseq.method, None, int(code), words[2] if len(words) > 2 else ""
    if len(words) != 3 or words[2].rstrip() != "SIP/2.0":
        raise BadMessageError("neither a request nor a reply of SIP/2.0")
    if not _TOKEN.fullmatch(words[0]):
        raise BadMessageError("method")
    if not words[1]:
        raise BadMessageError("no Request-URI")
    if words[0] != cseq.method:
        raise BadMessageError("the methods of the request and its CSeq differ")
    return words[0], words[1], None, ""


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name = name.rstrip(" \t")
    if not colon or not _TOKEN.fullmatch(name):
        raise BadMessageError(f"header {line[:40]!r}")
    return name, value.strip(" \t")


def _parsed(parse: Callable[[str], _T], value: str, part: str) -> _T:
    """Parse a header with the library. raises BadMessageError."""
    try:
        return parse(value)
    except (ValueError, IndexError) as error:
        # The library raises one error object again and again: it would hold what every refused message was read with.
        error.__traceback__ = error.__context__ = None
        raise BadMessageError(part) from None


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
