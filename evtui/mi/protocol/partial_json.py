"""A JSON request of the FIFO while it arrives: where it ends, and where another one begins before it has ended.

Brackets are counted and strings are skipped. A client that died in the middle of a request leaves it unfinished, and
the next client's request follows. Its head, `:name:{` or `:command:name` with a newline, ends the unfinished one where
no JSON can contain it:

- outside of a string, as two colons never follow each other there;
- in a string that its next quote would end, when what stands behind the quote cannot follow a string.
"""

import re
from typing import Final

MAX_STRING: Final = 2048
"""Bytes of the end of a string in which the head of the next request is looked for."""

_NAME: Final = rb""":[^:\s"',{}\[\]]{0,255}+:"""
_LINE_HEAD: Final = rb":[\w-]{1,64}+:[ \t]{0,255}+[\w-]{1,255}+[ \t]{0,255}+\r?\n"
_JSON_GAP: Final = rb"[ \t\r]{0,255}+\n?[ \t]{0,255}+"
_MARKS: Final = re.compile(
    rb"""("[^"\\]*+"(?=[\x00-\x20,:}\]]))|["{}\[\]]|%s%s[{\[]|%s""" % (_NAME, _JSON_GAP, _LINE_HEAD)
)
"""A plain string that ends (group 1), another quote, a bracket or, outside of strings, the head of the next request."""
_DEPTHS: Final = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_MAYBE_HEAD: Final = re.compile(
    rb""":[^:\s"',{}\[\]]{0,255}(?::(?:%s|[ \t]{0,255}[\w-]{1,255}[ \t]{0,255}\r?))?""" % _JSON_GAP
)
"""What the head of the next request may begin with."""
_STRING_MARKS: Final = re.compile(rb'"[^\x00-\x20,:}\]]?|\\')
"""A backslash, or the quote that ends a string, with the byte behind it when that cannot follow a string."""
_FOLLOWS_STRING: Final = frozenset(b",:}]") | frozenset(range(33))
_OPEN_HEAD: Final = re.compile(rb"%s%s[{\[][\s{\[]{0,255}+\Z" % (_NAME, _JSON_GAP))
"""The head of a JSON request up to its first quote."""
_ENDS_OPEN_HEAD: Final = frozenset((b"{", b"[", b" ", b"\t", b"\r", b"\n"))
_ANY_HEAD: Final = re.compile(rb"%s%s[{\[]|%s" % (_NAME, _JSON_GAP, _LINE_HEAD))


class BoundedBuffer:
    """The bytes of one request; of a request that is too long nothing is kept."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self.overflowed = False
        self._limit = limit

    def fits(self, piece: bytearray) -> bool:
        """Return whether a piece fits."""
        return len(self.data) + len(piece) <= self._limit

    def add(self, piece: bytearray) -> None:
        """Add a piece; when it does not fit, drop everything."""
        self.overflowed = self.overflowed or not self.fits(piece)
        if self.overflowed:
            self.data.clear()
        else:
            self.data += piece

    def take(self, data: bytearray, end: int) -> None:
        """Move the first bytes of `data`. A bytearray drops them without copying the rest."""
        self.add(data[:end])
        del data[:end]

    def drop_last(self, count: int) -> None:
        """Drop the last bytes."""
        if count:
            del self.data[-count:]


class PartialJson:
    """A JSON value that is arriving."""

    def __init__(self, limit: int) -> None:
        self.body = BoundedBuffer(limit)
        self.is_cut = False
        """Whether the next request began before this one ended."""
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._string = bytearray()
        """The end of the string that is open, or of the one that ended with the last byte."""
        self._string_ended = False
        """Whether a string ended with the last byte."""

    def take(self, data: bytearray) -> bool:
        """Move the bytes of the value out of `data`; returns whether it is complete, or cut by another request.

        What may be the beginning of another request stays in `data`.
        """
        end, is_done = self._find_end(data)
        self.body.take(data, end)
        if self.is_cut and self._string:  # the head is in the string, with the quote behind it
            self._give_back(data)
        return is_done

    def _find_end(self, data: bytearray) -> tuple[int, bool]:
        """Return where the value ends, or up to where the bytes belong to it; and whether it has ended."""
        if self._string_ended and data and self._is_cut_behind_string(data[0]):
            return 0, True
        place = 0
        while True:
            if self._in_string:
                if (end := self._end_string(data, place)) is None:
                    return len(data), False
                place = end
                if self.is_cut or self._depth <= 0:
                    return place, True
            if (mark := _MARKS.search(data, place)) is None:
                return self._find_open_head(data, place), False
            place = mark.end()
            if mark[0] == b'"':
                self._in_string = True
                continue
            if (change := 0 if mark.lastindex else _DEPTHS.get(mark[0])) is None:
                self.is_cut = True
                return mark.start(), True
            self._depth += change
            if self._depth <= 0:
                return place, True

    def _is_cut_behind_string(self, byte: int) -> bool:
        self._string_ended = False
        if byte not in _FOLLOWS_STRING and self._cuts():
            return True
        self._string.clear()
        return False

    def _end_string(self, data: bytearray, place: int) -> int | None:
        """Return the place behind the quote that ends the open string; None when that has not come."""
        started = place
        if self._escaped and place < len(data):
            place, self._escaped = place + 1, False
        while mark := _STRING_MARKS.search(data, place):
            end = mark.start() + 1
            if mark[0] == b"\\":
                place, self._escaped = end + 1, end == len(data)
                continue
            self._in_string = False
            if mark.end() > end or end == len(data):
                self._keep_string(data[started:end])
                self._string_ended = end == len(data)
                if self._string_ended or (self._depth > 0 and self._cuts()):
                    return end
            self._string.clear()
            return end
        self._keep_string(data[started:])
        return None

    def _find_open_head(self, data: bytearray, place: int) -> int:
        """Return where the head of the next request may begin in the last bytes, else their end."""
        last = data.rfind(b":", place)
        for colon in (data.rfind(b":", place, last), last) if last >= 0 else ():
            if colon >= 0 and _MAYBE_HEAD.fullmatch(data, colon):
                return colon
        return len(data)

    def _keep_string(self, piece: bytearray) -> None:
        self._string += piece
        del self._string[:-MAX_STRING]

    def _cuts(self) -> bool:
        """Return whether the head of the next request is the end of the string, before its quote."""
        if bytes(self._string[-2:-1]) in _ENDS_OPEN_HEAD:
            self.is_cut = _OPEN_HEAD.search(self._string, 0, len(self._string) - 1) is not None
        return self.is_cut

    def _give_back(self, data: bytearray) -> None:
        """Put the first request that begins in the string back before the bytes that follow."""
        head = _ANY_HEAD.search(self._string)
        assert head is not None  # `_cuts` has found one
        rest = self._string[head.start() :]
        if not self.body.overflowed:
            self.body.drop_last(len(rest))
        data[:0] = rest
