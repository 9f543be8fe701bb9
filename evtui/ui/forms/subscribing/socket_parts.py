"""Where in the text of a socket the part stands that an error names."""

import re
from collections.abc import Iterable
from typing import TypeAlias

from rich.highlighter import Highlighter
from rich.text import Text

from evtui.core.transport import TransportInfo, info_of

PartSpan: TypeAlias = tuple[int, int]

_HOSTED = re.compile(
    r"(?P<scheme>[^:]*):(?://)?(?:(?P<user>[^@/]*)@)?(?P<host>\[[^\]]*\]?|[^:/?]*)(?::(?P<port>[^:/?]*))?(?P<rest>.*)",
    re.DOTALL,
)
_QUERY = re.compile(r"[?&](?P<name>[A-Za-z_.]+)(?P<value>=[^&]*)?")


def locate(socket: str, part: str, schemes: Iterable[TransportInfo]) -> PartSpan | None:
    """Return where a part stands; None when it is missing or not known to stand anywhere.

    `schemes` is what is known of schemes.
    """
    scheme, colon, rest = socket.partition(":")
    start = len(scheme) + len(colon)
    if part == "scheme":
        return _span(0, len(scheme))
    if part == "options":
        return _span(max(socket.rfind("?"), start), len(socket))
    if (option := _option(socket, part)) is not None:
        return option
    form = info_of(scheme, schemes).form
    if form == "members":
        return _member(rest, part, start)
    if form == "path" and part == "path":
        return _span(start, start + len(rest.partition("?")[0]))
    return _hosted(socket, part)


def _hosted(socket: str, part: str) -> PartSpan | None:
    found = _HOSTED.fullmatch(socket)
    if found is None:
        return None
    if part in {"host", "port", "user"}:
        return _span(*found.span(part))
    begin, end = found.span("rest")
    end = begin + len(socket[begin:end].partition("?")[0])
    colon = socket.rfind(":", begin, end)
    if part == "path" and colon > begin:
        return _span(begin, colon)
    if part == "method" and colon >= begin:
        return _span(colon + 1, end)
    return _span(begin, len(socket) if part in {"exchange", "routing key", "key", "topic"} else end)


def _option(socket: str, name: str) -> PartSpan | None:
    found = next((match for match in _QUERY.finditer(socket) if match["name"] == name), None)
    return None if found is None else (found.start("name"), found.end())


def _member(rest: str, part: str, start: int) -> PartSpan | None:
    words = [_span(start + word.start(), start + word.end()) for word in re.finditer(r"\S+", rest)]
    if part == "policy":
        return words[0] if words else None
    name, _, number = part.partition(" ")
    if name == "member" and number.isdigit() and int(number) < len(words):
        return words[int(number)]
    return None


def _span(start: int, end: int) -> PartSpan | None:
    return (start, end) if 0 <= start < end else None


class PartHighlighter(Highlighter):
    """Marks a part of the text of an input, if one is set."""

    def __init__(self) -> None:
        self.span: PartSpan | None = None

    def highlight(self, text: Text) -> None:
        """Mark the part in a way that needs no colour."""
        if self.span is not None:
            text.stylize("underline bold red", *self.span)
