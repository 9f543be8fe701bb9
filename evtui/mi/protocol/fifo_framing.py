"""Split the stream of the FIFO into requests: `:reply:{json}`, and `:command:reply` with lines of arguments.

Requests follow each other without a separator, and a read may end anywhere in one. A JSON request ends where its value
ends, a line request at its first empty line. A request that lacks its end ends, as broken, before the head of the next
one: a line request before a line that is such a head, a JSON request as `partial_json.py` says.

How the stream is split into reads never changes the result: each decision is made at the first byte that settles it.
"""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct

from evtui.codecs.jsonvalue import decode_text
from evtui.mi.protocol.line_protocol import LineRequest
from evtui.mi.protocol.partial_json import BoundedBuffer, PartialJson

MAX_HEAD: Final = 1024
"""Bytes of the longest `:name:` or `:command:name` line."""

_TAIL: Final = 2 * MAX_HEAD
"""Bytes of unreadable input that are kept, because a JSON request may begin in them."""

_NOT_BLANK = re.compile(rb"\S")
_JSON_HEAD = re.compile(rb':([^:\n]{0,%d}):[ \t\r]{0,255}+\n?[ \t]{0,255}+(?=[{\["])' % MAX_HEAD)
_LINE_HEAD = re.compile(rb":([^:\n]{1,%d}):([^\n]{0,%d})\n" % (MAX_HEAD, MAX_HEAD))
_MAYBE_JSON_HEAD = re.compile(rb":[^:\n]{0,%d}:[ \t\r]{0,255}\n[ \t]{0,255}" % MAX_HEAD)
_JSON_AHEAD = re.compile(rb""":[^:\s"',{}\[\]]{0,255}:[ \t]{0,255}[{\[]""")
"""A JSON request behind unreadable bytes. Quoted inside another JSON text it does not match: its quotes are escaped."""
_NEXT_HEAD = re.compile(rb"(?<=\n):|:[\w-]{1,64}+:[\w-]{1,255}+[ \t]{0,255}+\r?\n|" + _JSON_AHEAD.pattern)
_UNFINISHED_HEAD = re.compile(rb":([^:\n]*):[ \t]*(.*)", re.DOTALL)
_LINES_END = re.compile(rb"\n(?:\r?\n|(?=:[\w-]{1,64}:[ \t]{0,255}(?:[{\[]|[\w-]{1,255}[ \t]{0,255}\r?\n)))")
"""An empty line, or a newline before the head of the next request; no command has an argument that looks like one."""
_MAYBE_LINES_END = re.compile(rb"\n(?:\r?|:[\w-]{0,64}|:[\w-]{1,64}:[ \t]{0,255}(?:[\w-]{1,255}[ \t]{0,255}\r?)?)")
"""What `_LINES_END` may begin with."""


class JsonRequest(Struct, frozen=True):
    """A JSON request; with an empty name of a reply FIFO the client wants no reply."""

    reply: bytes
    body: bytes


class UnreadableRequest(Struct, frozen=True):
    """Bytes that are not the beginning of a request; they were dropped."""


class BrokenRequest(Struct, frozen=True):
    """A request that did not end or was too long; it was dropped. `command` is None for JSON."""

    reply: bytes
    command: str | None
    too_long: bool


Framed: TypeAlias = JsonRequest | LineRequest | UnreadableRequest | BrokenRequest


class FifoScanner:
    """Splits the stream. It holds at most one request of `max_request` bytes; a longer one is dropped up to its end."""

    def __init__(self, max_request: int) -> None:
        self._max = max_request
        self._buffer = bytearray()
        self._request: _Json | _Lines | None = None
        self._unreadable = False

    @property
    def unfinished(self) -> bool:
        """Return whether a request or unreadable bytes wait for their end."""
        return self._request is not None or bool(self._buffer) or self._unreadable

    def feed(self, data: bytes) -> list[Framed]:
        """Add bytes and return the requests that they complete, in order."""
        self._buffer += data
        found: list[Framed] = []
        while self._advance(found.append):
            pass
        return found

    def give_up(self) -> list[Framed]:
        """Drop the request that is unfinished, because it does not end; go on where the next may begin in its bytes.

        That is a line that begins with a colon, or a head of either kind anywhere.
        """
        found: list[Framed] = []
        rest = self._drop_unfinished(found.append)
        at = _NEXT_HEAD.search(rest)
        return found + (self.feed(rest[at.start() :]) if at else [])

    def forget(self) -> None:
        """Drop all bytes that wait."""
        self._request = None
        self._unreadable = False
        self._buffer.clear()

    def _advance(self, emit: Callable[[Framed], None]) -> bool:
        if self._request is None:
            return self._begin(emit)
        if not self._request.take(self._buffer):
            return False
        emit(self._request.framed())
        self._request = None
        return bool(self._buffer)

    def _begin(self, emit: Callable[[Framed], None]) -> bool:
        """Look for the next head; returns whether there is more to do with the bytes at hand."""
        if not self._unreadable:
            begin = _NOT_BLANK.search(self._buffer)
            del self._buffer[: len(self._buffer) if begin is None else begin.start()]
        if not self._buffer:
            return False
        if not self._unreadable:
            if head := _JSON_HEAD.match(self._buffer):
                self._start(_Json(bytes(head[1]), self._max), head.end())
                return True
            if not self._is_unreadable():
                return self._begin_lines()
        return self._skip(emit)

    def _begin_lines(self) -> bool:
        head = _LINE_HEAD.match(self._buffer)
        if head is None or _MAYBE_JSON_HEAD.fullmatch(self._buffer):
            return False
        self._start(_Lines(bytes(head[1]), bytes(head[2]), self._max), head.end() - 1)
        return True

    def _start(self, request: "_Json | _Lines", at: int) -> None:
        self._request = request
        del self._buffer[:at]

    def _is_unreadable(self) -> bool:
        """Return whether the first line can no longer become a head."""
        # Searched in place: the buffer may hold many requests, and a copy of it for each of them takes long.
        end = self._buffer.find(b"\n")
        stop = len(self._buffer) if end < 0 else end
        if not self._buffer.startswith(b":") or _JSON_AHEAD.search(self._buffer, 1, stop):
            return True
        if end >= 0:
            return not (_LINE_HEAD.match(self._buffer) or _MAYBE_JSON_HEAD.fullmatch(self._buffer))
        colon = self._buffer.find(b":", 1)
        return (stop if colon < 0 else colon) - 1 > MAX_HEAD or (colon >= 0 and stop - colon - 1 > MAX_HEAD)

    def _skip(self, emit: Callable[[Framed], None]) -> bool:
        """Drop unreadable bytes up to their newline, or up to a JSON request in them."""
        self._unreadable = True
        end = self._buffer.find(b"\n")
        ahead = _JSON_AHEAD.search(self._buffer, 0, end if end >= 0 else len(self._buffer))
        if ahead is None and end < 0:
            del self._buffer[:-_TAIL]
            return False
        del self._buffer[: ahead.start() if ahead else end + 1]
        self._unreadable = False
        emit(UnreadableRequest())
        return True

    def _drop_unfinished(self, emit: Callable[[Framed], None]) -> bytes:
        request, rest = self._request, bytes(self._buffer)
        unreadable = self._unreadable
        self._request, self._unreadable = None, False
        self._buffer.clear()
        if request is not None:
            emit(request.broken())
            return request.unread() + rest
        if not unreadable and (head := _UNFINISHED_HEAD.fullmatch(rest)):
            # Neither a line nor brackets: a JSON word, or not JSON at all. The dispatcher tells the client which.
            emit(JsonRequest(head[1], head[2]) if head[2].strip() else BrokenRequest(head[1], None, too_long=False))
            return b""
        if rest or unreadable:
            emit(UnreadableRequest())
        return rest


class _Json:
    """A JSON request that is arriving."""

    def __init__(self, reply: bytes, limit: int) -> None:
        self._reply = reply.strip()
        self._value = PartialJson(limit)
        self.take = self._value.take

    def framed(self) -> Framed:
        """Return the request, or that it did not end or was too long."""
        value = self._value
        is_broken = value.body.overflowed or value.is_cut
        return self.broken() if is_broken else JsonRequest(self._reply, self.unread())

    def broken(self) -> BrokenRequest:
        """Return that it did not end or was too long."""
        return BrokenRequest(self._reply, None, self._value.body.overflowed)

    def unread(self) -> bytes:
        """Return the bytes so far; another request may begin in them."""
        return bytes(self._value.body.data)


class _Lines:
    """A line request that is arriving, up to its first empty line or the head of the next request."""

    def __init__(self, command: bytes, reply: bytes, limit: int) -> None:
        self._command = decode_text(command)
        self._reply = reply.strip()
        self._body = BoundedBuffer(limit + 1)
        """The newline of the head, then the arguments."""
        self._tail = bytearray()
        """The last bytes, with which its end may begin."""
        self._cut_short = False

    def take(self, data: bytearray) -> bool:
        """Move the bytes of the request out of `data`; returns whether it is complete."""
        if self._tail:
            data[:0] = self._tail
            self._tail.clear()
        if end := _LINES_END.search(data):
            self._cut_short = end.end() - end.start() == 1
            self._body.take(data, end.end())
            return True
        newline = data.rfind(b"\n")
        open_from = newline if newline >= 0 and _MAYBE_LINES_END.fullmatch(data, newline) else len(data)
        self._body.take(data, open_from)
        self._tail += data
        data.clear()
        return False

    def framed(self) -> Framed:
        """Return the request, or that it was too long or had no empty line."""
        if self._body.overflowed or self._cut_short:
            return self.broken()
        return LineRequest(self._command, bytes(self._body.data[1:]), self._reply)

    def broken(self) -> BrokenRequest:
        """Return that it did not end or was too long."""
        return BrokenRequest(self._reply, self._command, self._body.overflowed or not self._body.fits(self._tail))

    def unread(self) -> bytes:
        """Return the bytes so far, with the newline of the head."""
        return bytes(self._body.data + self._tail)
