"""The parts of a message's body: one, or those of a multipart body (RFC 2046)."""

import functools
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_BOUNDARY: Final = re.compile(r'^multipart/.*;\s*boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE | re.DOTALL)
_TYPE: Final = re.compile(r"^content-type[ \t]*:[ \t]*([^\r\n;]+)", re.IGNORECASE | re.MULTILINE)
_EMPTY: Final = re.compile(r"\r?\n\r?\n|\A\r?\n")
MAX_PARTS: Final = 100


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One part of a body: its type without parameters, and its text."""

    kind: str
    text: str


@functools.lru_cache(maxsize=16)
def body_parts(content_type: str | None, body: str) -> tuple[BodyPart, ...]:
    """Return the parts of a body, at most MAX_PARTS; none when the body is empty or its type is not named."""
    if not body or content_type is None:
        return ()
    found = _BOUNDARY.match(content_type)
    if found is None:
        return (BodyPart(content_type.partition(";")[0].strip(), body),)
    mark = re.compile(rf"(?:\A|\r?\n)--{re.escape(found[1] or found[2])}(--)?[ \t]*(?:\r?\n|\Z)")
    marks = list(mark.finditer(body))[: MAX_PARTS + 1]
    parts: list[BodyPart] = []
    for begin, end in pairwise(marks):
        if begin[1]:
            break
        parts.append(_part(body[begin.end() : end.start()]))
    return tuple(parts)


def _part(text: str) -> BodyPart:
    end = _EMPTY.search(text)
    head, rest = (text[: end.start()], text[end.end() :]) if end else (text, "")
    kind = _TYPE.search(head)
    return BodyPart(kind[1].strip() if kind else "text/plain", rest)
