"""The colours of a routing script: what each word of a line is, also in a file that does not parse.

The parser stops at the first fault, and a file is read most often when it has one. So this module looks at words only,
in the terms of the language (docs/opensips-behaviour.md 5.1). Strings and comments over many lines are found once; the
rest of a line is split when it is shown.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from evtui.ui.text.cells import Cells, Role

LINE_LIMIT: Final = 2000
"""Characters of a line that are shown and coloured."""

KEYWORDS: Final = frozenset({
    "if", "else", "while", "for", "in", "switch", "case", "default", "break", "return", "exit", "drop", "async",
    "launch", "route", "branch_route", "failure_route", "onreply_route", "error_route", "local_route", "startup_route",
    "timer_route", "event_route", "loadmodule", "modparam", "mpath", "include_file", "import_file", "and", "or", "not",
})  # fmt: skip
VALUES: Final = frozenset({"null", "yes", "no", "on", "off", "true", "false", "enable", "disable"})

_SPAN = re.compile(r"""#[^\n]*|/\*|"(?:[^"\\]|\\.)*"?|'[^']*'?""", re.DOTALL)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_VARIABLE = r"\$\((?:[^()\n]|\([^()\n]{0,200}\)){0,200}\)?|\$[A-Za-z_][\w.]*(?:\([^()\n]{0,200}\))?"
_WORD = re.compile(rf"(?P<variable>{_VARIABLE})|(?P<number>\b(?:0x[0-9A-Fa-f]+|\d+)\b)|(?P<word>[A-Za-z_]\w*)")
_IN_STRING = re.compile(rf"\$\$|(?P<variable>{_VARIABLE})")


class ScriptColours:
    """A text whose lines are coloured one by one, when they are shown."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._spans: Mapping[int, tuple[Role, int]] = dict(_spans(text))
        self._open = dict(self._spans_over_lines())

    def __len__(self) -> int:
        return len(self._starts)

    def text(self, line: int) -> str:
        """Return a line, counted from 0, without its line break."""
        start, end = self._bounds(line)
        return self._text[start:end]

    def cells(self, line: int) -> Cells:
        """Return the pieces of a line with their roles, as far as `LINE_LIMIT`."""
        place, end = self._bounds(line)
        end = min(end, place + LINE_LIMIT)
        cells: Cells = []
        role, stop = self._open.get(line, ("text", place))
        while place < end:
            if place < stop:
                cells += _span_cells(role, self._text[place : min(stop, end)])
                place = min(stop, end)
                continue
            start = self._next_span(place, end)
            cells += _code_cells(self._text[place:start])
            place = start
            if place < end:
                role, stop = self._spans[place]
        return cells

    def _bounds(self, line: int) -> tuple[int, int]:
        end = self._starts[line + 1] - 1 if line + 1 < len(self._starts) else len(self._text)
        start = self._starts[line]
        return start, end - (end > start and self._text[end - 1] == "\r")

    def _next_span(self, place: int, end: int) -> int:
        return next((start for start in range(place, end) if start in self._spans), end)

    def _spans_over_lines(self) -> Iterator[tuple[int, tuple[Role, int]]]:
        line = 0
        for start, (role, end) in self._spans.items():
            while line + 1 < len(self._starts) and self._starts[line + 1] <= start:
                line += 1
            while line + 1 < len(self._starts) and self._starts[line + 1] < end:
                line += 1
                yield line, (role, end)


def _spans(text: str) -> Iterator[tuple[int, tuple[Role, int]]]:
    """Find strings and comments: the start, the role and the end of each."""
    place = 0
    while (match := _SPAN.search(text, place)) is not None:
        head = text[match.start()]
        place = _comment_end(text, match.end()) if head == "/" else match.end()
        yield match.start(), ("string" if head in "\"'" else "dim", place)


def _comment_end(text: str, place: int) -> int:
    """Return the end of a comment, which may contain comments."""
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(text, place)) is not None:
        depth += 1 if edge[0] == "/*" else -1
        place = edge.end()
    return place if not depth else len(text)


def _span_cells(role: Role, text: str) -> Cells:
    if role != "string" or "$" not in text:
        return [(role, text)]
    return _pieces(_IN_STRING, text, role)


def _code_cells(text: str) -> Cells:
    return _pieces(_WORD, text, "text")


def _pieces(words: re.Pattern[str], text: str, other: Role) -> Cells:
    cells: Cells = []
    place = 0
    for match in words.finditer(text):
        role = _role(match, other)
        if role == other:
            continue
        if match.start() > place:
            cells.append((other, text[place : match.start()]))
        cells.append((role, match[0]))
        place = match.end()
    if place < len(text):
        cells.append((other, text[place:]))
    return cells


def _role(match: re.Match[str], other: Role) -> Role:
    match match.lastgroup:
        case "variable":
            return "name"
        case "number":
            return "number"
        case "word" if match[0] in KEYWORDS:
            return "strong"
        case "word" if match[0].lower() in VALUES:
            return "number"
        case _:
            return other
