"""JSON objects one after the other in a stream of bytes, with nothing between them, found by their brackets.

`{"id":1}{"id":2}` and a `{"i` whose end comes later are both normal on a raw TCP connection (event_stream 3.1+).
"""

import re
from collections.abc import Iterator

from evtui.codecs.jsonvalue import Members, decode_text, loads
from evtui.core.errors import BadMessageError

MAX_DEPTH = 500
"""Values that may lie in each other."""

_NOT_WHITE = re.compile(rb"[^ \t\r\n]")
_OUTSIDE = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'["\\]')


class JsonStream:
    """Splits a stream into objects. It keeps the bytes of the next one and looks at every byte once."""

    def __init__(self, limit: int = 1 << 20) -> None:
        """`limit` is the most bytes an object may have."""
        self._limit = limit
        self._pending = bytearray()
        self._seen = 0
        self._depth = 0
        self._quoted = False

    def feed(self, piece: bytes) -> Iterator[Members]:
        """Take bytes and yield the objects they complete, in order. Do not use it after an error.

        raises BadMessageError: the bytes are not objects, or one is too long. The objects before were yielded.
        """
        self._pending += piece
        while True:
            self._skip_white()
            if (end := self._end()) is None:
                break
            text = bytes(self._pending[:end])
            self._drop(end)
            value = loads(decode_text(text))
            assert isinstance(value, Members)  # it begins with a brace
            yield value
        if len(self._pending) > self._limit:
            raise BadMessageError(f"an object of more than {self._limit} bytes")

    def _drop(self, end: int) -> None:
        """Drop the bytes of an object. A bytearray does so without copying the rest."""
        del self._pending[:end]
        self._seen = 0
        self._depth = 0
        self._quoted = False

    def _skip_white(self) -> None:
        if self._depth or self._seen:
            return
        begin = _NOT_WHITE.search(self._pending)
        del self._pending[: len(self._pending) if begin is None else begin.start()]
        if self._pending and self._pending[0] != ord("{"):
            raise BadMessageError(f"{bytes(self._pending[:16])!r} begins no JSON object")

    def _end(self) -> int | None:
        """Find the end of the object that begins here; None while it is incomplete.

        raises BadMessageError: its values lie too deep in each other.
        """
        pending = self._pending
        while found := (_INSIDE if self._quoted else _OUTSIDE).search(pending, self._seen):
            sign, place = found[0], found.end()
            if sign == b"\\":
                if place == len(pending):  # the escaped character has not arrived yet
                    self._seen = place - 1
                    return None
                place += 1
            elif sign == b'"':
                self._quoted = not self._quoted
            else:
                self._depth += 1 if sign in b"{[" else -1
                if self._depth > MAX_DEPTH:
                    raise BadMessageError(f"an object with more than {MAX_DEPTH} levels")
            self._seen = place
            if self._depth == 0:
                return place
        self._seen = len(pending)
        return None
