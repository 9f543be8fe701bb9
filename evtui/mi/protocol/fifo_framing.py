"""The FIFO's stream cut into requests: `:reply:{json}` and `:command:reply` with lines, in a row and in any pieces.

A JSON request ends where its value ends, a line request at its first empty line; nothing needs a newline between them.
A line request that lacks its empty line ends, broken, at a line that is the head of the next one.
The cut never depends on how the stream was split into reads: a decision is made at the first byte that settles it.
"""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct

from evtui.codecs.jsonvalue import decode_text
from evtui.mi.protocol.line_protocol import LineRequest

MAX_HEAD: Final = 1024
"""Bytes of the longest `:name:` or `:command:name` line."""

_TAIL: Final = 2 * MAX_HEAD
"""Bytes of unreadable input that are kept: in them a JSON request may begin."""

_JSON_HEAD = re.compile(rb':([^:\n]{0,%d}):[ \t\r]{0,255}\n?[ \t]{0,255}(?=[{\["])' % MAX_HEAD)
_LINE_HEAD = re.compile(rb":([^:\n]{1,%d}):([^\n]{0,%d})\n" % (MAX_HEAD, MAX_HEAD))
_MAYBE_JSON_HEAD = re.compile(rb":[^:\n]{0,%d}:[ \t\r]{0,255}\n[ \t]{0,255}" % MAX_HEAD)
_JSON_AHEAD = re.compile(rb""":[^:\s"',{}\[\]]{0,255}:[ \t]{0,255}[{\[]""")
"""A JSON request inside what cannot be read. Safe to look for: inside a JSON text its quotes would be escaped."""
_UNFINISHED_HEAD = re.compile(rb":([^:\n]*):[ \t]*(.*)", re.DOTALL)
_LINES_END = re.compile(rb"\n(?:\r?\n|(?=:[\w-]{1,64}:[ \t]{0,255}(?:[{\[]|[\w-]{1,255}[ \t]{0,255}\r?\n)))")
"""An empty line, or a newline before the head of the next request: no command takes such an argument."""
_MAYBE_LINES_END = re.compile(rb"\n(?:\r?|:[\w-]{0,64}|:[\w-]{1,64}:[ \t]{0,255}(?:[\w-]{1,255}[ \t]{0,255}\r?)?)")
"""What `_LINES_END` may begin with."""
_MARKS = re.compile(rb'["{}\[\]]')
_STRING_MARKS = re.compile(rb'["\\]')


class JsonRequest(Struct, frozen=True):
    """A JSON request; an empty reply name asks for no reply."""

    reply: bytes
    body: bytes


class UnreadableRequest(Struct, frozen=True):
    """Bytes that begin no request, dropped."""


class Broken(Struct, frozen=True):
    """A request that did not end or was too long, dropped; `command` is None when it was JSON."""

    reply: bytes
    command: str | None
    too_long: bool


Framed: TypeAlias = JsonRequest | LineRequest | UnreadableRequest | Broken


class FifoScanner:
    """Cuts the stream. Holds at most one request of `max_request` bytes; a longer one is dropped to its end."""

    def __init__(self, max_request: int) -> None:
        self._max = max_request
        self._buffer = bytearray()
        self._request: _Json | _Lines | None = None
        self._unreadable = False

    @property
    def unfinished(self) -> bool:
        """Say whether a request or something unreadable waits for its end."""
        return self._request is not None or bool(self._buffer) or self._unreadable

    def feed(self, data: bytes) -> list[Framed]:
        """Take what was read and return what is complete, in order."""
        self._buffer += data
        found: list[Framed] = []
        while self._advance(found.append):
            pass
        return found

    def give_up(self) -> list[Framed]:
        """Drop what is unfinished, because nothing more came; goes on at the next line that begins with a colon."""
        found: list[Framed] = []
        rest = self._drop_unfinished(found.append)
        at = rest.find(b"\n:")
        return found + (self.feed(rest[at + 1 :]) if at >= 0 else [])

    def _advance(self, emit: Callable[[Framed], None]) -> bool:
        if self._request is None:
            return self._begin(emit)
        rest = self._request.take(self._buffer)
        if rest is None:
            self._buffer.clear()
            return False
        emit(self._request.framed())
        self._request = None
        self._buffer = rest
        return bool(rest)

    def _begin(self, emit: Callable[[Framed], None]) -> bool:
        """Find the next head; says whether it got further."""
        if not self._unreadable:
            del self._buffer[: len(self._buffer) - len(self._buffer.lstrip())]
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
        self._start(_Lines(bytes(head[1]), bytes(head[2]), self._max), head.end())
        return True

    def _start(self, request: "_Json | _Lines", at: int) -> None:
        self._request = request
        del self._buffer[:at]

    def _is_unreadable(self) -> bool:
        """Say whether the first line can no longer become a head."""
        line, newline, _ = self._buffer.partition(b"\n")
        if not line.startswith(b":") or _JSON_AHEAD.search(line, 1):
            return True
        if newline:
            return not (_LINE_HEAD.match(self._buffer) or _MAYBE_JSON_HEAD.fullmatch(self._buffer))
        name, colon, rest = line[1:].partition(b":")
        return len(name) > MAX_HEAD or (bool(colon) and len(rest) > MAX_HEAD)

    def _skip(self, emit: Callable[[Framed], None]) -> bool:
        """Drop unreadable bytes up to their newline or to a JSON request in them."""
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
            return request.unread()
        if not unreadable and (head := _UNFINISHED_HEAD.fullmatch(rest)):
            # No line and nothing in brackets: a bare word of JSON, or nonsense. Its reader is told which.
            emit(JsonRequest(head[1], head[2]) if head[2].strip() else Broken(head[1], None, too_long=False))
            return b""
        if rest or unreadable:
            emit(UnreadableRequest())
        return rest


class _Json:
    """A JSON value on its way in: brackets are counted, strings skipped."""

    def __init__(self, reply: bytes, limit: int) -> None:
        self._reply = reply.strip()
        self._room = _Room(limit)
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def take(self, data: bytearray) -> bytearray | None:
        """Take what belongs to the value; returns the rest once it is complete."""
        end = self._find_end(data)
        self._room.add(data if end is None else data[:end])
        return None if end is None else data[end:]

    def framed(self) -> Framed:
        """The request, or that it was too long."""
        return self.broken() if self._room.full else JsonRequest(self._reply, self.body())

    def broken(self) -> Broken:
        """The complaint about it."""
        return Broken(self._reply, None, self._room.full)

    def body(self) -> bytes:
        """What came so far."""
        return bytes(self._room.data)

    def unread(self) -> bytes:
        """What came so far, for a look whether another request begins in it."""
        return self.body()

    def _find_end(self, data: bytearray) -> int | None:
        place = 0
        if self._escaped and data:
            place, self._escaped = 1, False
        while mark := (_STRING_MARKS if self._in_string else _MARKS).search(data, place):
            place = mark.end()
            match mark[0]:
                case b'"':
                    self._in_string = not self._in_string
                case b"\\":
                    self._escaped = place == len(data)
                    place += 1
                case b"{" | b"[":
                    self._depth += 1
                case _:
                    self._depth -= 1
            if self._depth <= 0 and not self._in_string:
                return place
        return None


class _Lines:
    """A line request on its way in, up to its first empty line or the head of the next request."""

    def __init__(self, command: bytes, reply: bytes, limit: int) -> None:
        self._command = decode_text(command)
        self._reply = reply.strip()
        self._room = _Room(limit + 1)
        """The newline of the header, then the arguments."""
        self._tail = bytearray(b"\n")
        """What came last, where an end may have begun; at first the header's newline."""
        self._cut_short = False

    def take(self, data: bytearray) -> bytearray | None:
        """Take what belongs to the request; returns the rest once it is complete."""
        seam = self._tail + data
        if end := _LINES_END.search(seam):
            self._cut_short = end[0] == b"\n"
            self._tail.clear()
            self._room.add(seam[: end.end()])
            return seam[end.end() :]
        newline = seam.rfind(b"\n")
        open_from = newline if newline >= 0 and _MAYBE_LINES_END.fullmatch(seam, newline) else len(seam)
        self._room.add(seam[:open_from])
        self._tail = seam[open_from:]
        return None

    def framed(self) -> Framed:
        """The request, or that it was too long or had no empty line."""
        if self._room.full or self._cut_short:
            return self.broken()
        return LineRequest(self._command, bytes(self._room.data[1:]), self._reply)

    def broken(self) -> Broken:
        """The complaint about it."""
        return Broken(self._reply, self._command, self._room.full or not self._room.takes(self._tail))

    def unread(self) -> bytes:
        """What came so far, with the newline that ended the header."""
        return bytes(self._room.data + self._tail)


class _Room:
    """A place for a request that keeps nothing of one that is too long."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self.full = False
        self._limit = limit

    def takes(self, piece: bytearray) -> bool:
        """Say whether a piece fits."""
        return len(self.data) + len(piece) <= self._limit

    def add(self, piece: bytearray) -> None:
        """Keep a piece, if all of it fits."""
        self.full = self.full or not self.takes(piece)
        if self.full:
            self.data.clear()
        else:
            self.data += piece
