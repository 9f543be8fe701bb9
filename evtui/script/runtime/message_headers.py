"""The headers of a message as variables read them, found by name once a message."""

import re
from collections.abc import Sequence
from typing import Final

from evtui.script.runtime.script_message import ScriptMessage

_LONG: Final = {
    "a": "accept-contact", "b": "referred-by", "c": "content-type", "e": "content-encoding", "f": "from",
    "i": "call-id", "k": "supported", "l": "content-length", "m": "contact", "o": "event", "r": "refer-to",
    "t": "to", "u": "allow-events", "v": "via", "x": "session-expires",
}  # fmt: skip
"""The long names of compact ones. `s` and `j` stay names of their own, as in OpenSIPS."""

_END: Final = re.compile(r"\r?\n\r?\n")
_LINE: Final = re.compile(r"\r?\n(?![ \t])")
_KEPT: Final = ("\n ", "\n\t", " \r\n", "\t\r\n", " \n", "\t\n")
"""Folded lines and blanks at ends of lines: without them the values of the text and of the message are the same."""
_BLANKS: Final = " \t\r\n"


def long_header_name(name: str) -> str:
    """Return a header's name for comparisons: in lower case, and in its long form."""
    lower = name.strip().lower()
    return _LONG.get(lower, lower)


class MessageHeaders:
    """The headers of one message: the values of each name in their order, and all names as they are written.

    A value keeps its folded lines and the blanks behind it. The message is searched at the first read.
    """

    __slots__ = ("_found", "_lines", "_message")

    def __init__(self, message: ScriptMessage) -> None:
        self._message = message
        self._found: dict[str, list[str]] | None = None
        self._lines: Sequence[tuple[str, str]] = ()

    def values(self, name: str) -> Sequence[str]:
        """Return all values of a header by its name in any case, compact or long."""
        return (self._found if self._found is not None else self._search()).get(long_header_name(name), ())

    def first(self, name: str) -> str | None:
        """Return the first value of a header; None when it is not there."""
        return next(iter(self.values(name)), None)

    @property
    def lines(self) -> Sequence[tuple[str, str]]:
        """Names and values of all header lines, in their order."""
        if self._found is None:
            self._search()
        return self._lines

    @property
    def names(self) -> list[str]:
        """The names of all header lines as they are written."""
        return [name for name, _ in self.lines]

    def _search(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        self._lines = _lines(self._message)
        for name, value in self._lines:
            lower = name.lower()
            found.setdefault(_LONG.get(lower, lower), []).append(value)
        self._found = found
        return found


def _lines(message: ScriptMessage) -> Sequence[tuple[str, str]]:
    """Return the header lines as the message's text has them; those that the message names when they are the same."""
    text = message.text
    if not any(sign in text for sign in _KEPT):
        return message.headers
    text = text.lstrip("\r\n")
    end = _END.search(text)
    _start, *lines = _LINE.split(text[: end.start()] if end else text.rstrip("\r\n"))
    split = (line.partition(":") for line in lines)
    found = [(name.rstrip(" \t"), value.lstrip(_BLANKS)) for name, colon, value in split if colon]
    return found or message.headers
