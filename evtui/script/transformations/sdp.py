"""`{sdp.…}`: lines and streams of a session description."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

from evtui.script.runtime.arithmetic import folded
from evtui.script.runtime.script_values import Value
from evtui.script.transformations.transformation import (
    Argument,
    NullKind,
    ParameterKind,
    TransformRule,
    Transforms,
    number_of_digits,
)

_LINE_OF: Final = re.compile(r"(?:\A|[\r\n])(.)=")
_STREAM: Final = re.compile(r"\nm=")
_INDEX: Final = re.compile(r"[+-]?+[0-9]++")
_FAMILIES: Final = frozenset(("ip4", "ip6"))


def _line(text: str, arguments: Sequence[Argument]) -> Value:
    """`{sdp.line,a,1}`: the second line that begins with `a=`, up to its `\\r`; without a number the first."""
    kind, index = str(arguments[0])[:1], arguments[1] if len(arguments) > 1 else 0
    assert isinstance(index, int)
    if index < 0:
        return None
    start = _start_of_line(text, kind, index)
    end = -1 if start is None else text.find("\r", start)
    return text[start:end] if end >= 0 else None


def _start_of_line(text: str, kind: str, index: int) -> int | None:
    starts = (found.start(1) for found in _LINE_OF.finditer(text) if found[1] == kind)
    return next(islice(starts, index, None), None)


def _ends(text: str, arguments: Sequence[Argument]) -> bool:
    """Return whether the line is missing or has an end, in a text that is not empty."""
    index = arguments[1] if len(arguments) > 1 else 0
    assert isinstance(index, int)
    start = _start_of_line(text, str(arguments[0])[:1], index) if index >= 0 else None
    return bool(text) and (start is None or "\r" in text[start:])


def _is_beyond(text: str, arguments: Sequence[Argument]) -> bool:
    """Return whether there are lines of a kind, but fewer than asked."""
    kind, index = str(arguments[0])[:1], arguments[1] if len(arguments) > 1 else 0
    assert isinstance(index, int)
    return index > 0 and _start_of_line(text, kind, 0) is not None and _start_of_line(text, kind, index) is None


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """The text of a session and the texts of its streams, which begin with `m=`."""

    session: str
    streams: tuple[str, ...]


def _described(text: str) -> SessionDescription | None:
    """Split a description; None when it is not complete.

    It needs the lines `v=` and `o=`, three words in each `m=`, and a `c=` in the session or in every stream.
    """
    starts = [found.start() + 1 for found in _STREAM.finditer(text)]
    session = text[: starts[0]] if starts else text
    streams = tuple(text[start:end] for start, end in pairwise([*starts, len(text)]))
    if not session.startswith("v=") or not _has_origin(session):
        return None
    connected = _connection(session)
    for stream in streams:
        own = _connection(stream)
        if len(_words(stream[2:])) < 3 or own is False or connected is False or not (own or connected):
            return None
    return SessionDescription(session, streams)


def _words(text: str) -> list[str]:
    """Return the words of the first line of a text."""
    return re.findall(r"[^ \t]+", re.split(r"[\r\n]", text, maxsplit=1)[0])


def _has_origin(session: str) -> bool:
    at = session.find("\no=")
    words = _words(session[at + 3 :]) if at >= 0 else []
    return len(words) >= 6 and folded(words[4]) in _FAMILIES


def _connection(part: str) -> bool | None:
    """Return whether the `c=` of a part is well formed; None when it has none."""
    at = part.find("\nc=")
    if at < 0:
        return None
    words = _words(part[at + 3 :])
    return len(words) >= 3 and folded(words[1]) in _FAMILIES


def _chosen(streams: Sequence[str], wanted: str) -> int | None:
    """Return the index of the stream that is given by its index, or by a medium such as `audio`: the last of these."""
    if _INDEX.fullmatch(wanted):
        index = number_of_digits(wanted)
        return index % len(streams) if -len(streams) <= index < len(streams) else None
    medium = folded(wanted.partition(" ")[0])
    found = [place for place, stream in enumerate(streams) if folded(stream[2:].partition(" ")[0]) == medium]
    return found[-1] if found and medium else None


def _stream(text: str, arguments: Sequence[Argument]) -> Value:
    found = _described(text)
    place = None if found is None else _chosen(found.streams, str(arguments[0]))
    return None if found is None or place is None else found.streams[place]


def _without_stream(text: str, arguments: Sequence[Argument]) -> Value:
    found = _described(text)
    place = None if found is None else _chosen(found.streams, str(arguments[0]))
    if found is None or place is None:
        return None
    return "".join([found.session, *found.streams[:place], *found.streams[place + 1 :]])


SDP: Final[Transforms] = {
    "line": TransformRule(
        _line,
        (ParameterKind.LITERAL, ParameterKind.SIZE),
        1,
        has_form=_ends,
        null_kind=NullKind.TEXT,
        is_missing=_is_beyond,
    ),
    "stream": TransformRule(_stream, (ParameterKind.LITERAL,)),
    "stream-delete": TransformRule(_without_stream, (ParameterKind.LITERAL,)),
}
