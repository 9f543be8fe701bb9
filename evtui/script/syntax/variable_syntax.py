"""Parse variables: `$name(argument)` and `$(<context>name(argument)[index]{transformation}…)`."""

import re
from dataclasses import dataclass
from typing import Final

from evtui.script.syntax.expressions import NOWHERE, BareWord, Index, Number, Place, Transformation, Variable
from evtui.script.syntax.literals import parse_number

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_CONTEXT = re.compile(r"<(\w+)>", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_ROUND = re.compile(r"\\.|[()\n]")
_SQUARE = re.compile(r"\\.|[\[\]\n]")
_CURLY = re.compile(r"\\.|[{}\n]")
_MARKS: Final = {"(": _ROUND, "[": _SQUARE, "{": _CURLY}
"""What ends or nests a part by its opening bracket; a backslash hides the character behind it."""
_BLANK = re.compile(r"[ \t]*")
_PLAIN = re.compile(r"(?:\\.|[^\\,])*+\\?", re.DOTALL)
"""A parameter of a transformation that is not a variable; a backslash hides the comma behind it."""
_BRACKETS = re.compile(r"[(\[{)\]},]")
_DEEPEST: Final = 50
"""How deep brackets of one variable may nest."""

_UNSPLIT_LAST: Final = {"re.subst": 1, "s.select": 2}
"""Transformations whose last parameter may hold commas, with the number of their parameters."""


class SpellingError(Exception):
    """A misspelled variable: the offset in the text, what is wrong, and what would be right."""

    def __init__(self, offset: int, what: str, expected: str = "") -> None:
        super().__init__(what)
        self.offset = offset
        self.what = what
        self.expected = expected


@dataclass(slots=True)
class _VariableReader:
    """A text with the offset up to which it is read."""

    text: str
    at: int
    depth: int
    in_text: bool = False
    """Whether it is a text in quotes, in which brackets may go over lines."""

    def ahead(self, what: str) -> bool:
        return self.text.startswith(what, self.at)

    def skip_blanks(self) -> None:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        if match := pattern.match(self.text, self.at):
            self.at = match.end()
        return match

    def take_enclosed(self, opening: str, closing: str) -> str:
        """Consume a bracketed part, in which brackets of the same kind may nest; return its inside."""
        start = self.at
        depth = 0
        for match in _MARKS[opening].finditer(self.text, start):
            found = match.group()
            if found == "\n":
                if self.in_text:
                    continue
                break
            depth += (found == opening) - (found == closing)
            if depth > _DEEPEST:
                raise SpellingError(match.start(), f"more than {_DEEPEST} brackets within each other")
            if depth == 0 and found == closing:
                self.at = match.end()
                return self.text[start + 1 : match.start()]
        raise SpellingError(start, f"this {opening!r} of a variable is not closed in its line", f"{closing!r}")


def read_variable(
    text: str, start: int = 0, place: Place = NOWHERE, depth: int = 0, *, in_text: bool = False
) -> tuple[Variable, int]:
    """Parse the variable whose `$` is at `start`; return it and the offset behind it.

    `in_text`: it stands in a text in quotes, in which its brackets may go over lines.

    raises SpellingError: it is not a complete variable.
    """
    if depth > _DEEPEST:
        raise SpellingError(start, f"more than {_DEEPEST} variables within each other")
    reader = _VariableReader(text, start + 1, depth, in_text)
    if not reader.ahead("("):
        name, argument = _name(reader)
        return Variable(name, argument, place=place), reader.at
    reader.at += 1
    reader.skip_blanks()
    context = reader.take(_CONTEXT)
    reader.skip_blanks()
    name, argument = _name(reader)
    index = _index(reader)
    transformations = _transformations(reader)
    if not reader.ahead(")"):
        raise SpellingError(reader.at, f"the variable that starts with '$({name}' does not end here", "'[', '{' or ')'")
    found = Variable(name, argument, index, transformations, context.group(1) if context else None, place)
    return found, reader.at + 1


def starts_variable(text: str, at: int) -> bool:
    """Return whether the `$` at this offset begins a variable; else it is a plain dollar."""
    return text.startswith("(", at + 1) or _NAME.match(text, at + 1) is not None


def _name(reader: _VariableReader) -> tuple[str, str | None]:
    match = reader.take(_NAME)
    if match is None:
        raise SpellingError(reader.at, "a variable has no name", "a name such as 'var' or 'ru' after the '$'")
    argument = reader.take_enclosed("(", ")") if reader.ahead("(") else None
    return match.group(), argument


def _index(reader: _VariableReader) -> Index:
    reader.skip_blanks()
    if not reader.ahead("["):
        return None
    start = reader.at
    inside = reader.take_enclosed("[", "]").strip()
    match inside:
        case "":
            raise SpellingError(start, "an index is empty", "a number, a variable, '*' or 'append'")
        case "*":
            return "*"
        case "append":
            return "append"
        case _ if _INTEGER.fullmatch(inside):
            return Number(_integer(inside, start))
        case _ if inside.startswith("$"):
            return _index_variable(inside, start, reader.depth)
        case _:
            return BareWord(inside)


def _integer(text: str, start: int) -> int:
    value = parse_number(text.lstrip("-"))
    if value is None:
        raise SpellingError(start, "this index does not fit in 64 bits")
    return -value if text.startswith("-") else value


def _index_variable(text: str, start: int, depth: int) -> Index:
    try:
        variable, end = read_variable(text, 0, NOWHERE, depth + 1)
    except SpellingError as error:
        raise SpellingError(start, error.what, error.expected) from error
    return variable if end == len(text) else BareWord(text)


def _transformations(reader: _VariableReader) -> tuple[Transformation, ...]:
    found: list[Transformation] = []
    reader.skip_blanks()
    while reader.ahead("{"):
        found.append(_transformation(reader.take_enclosed("{", "}")))
        reader.skip_blanks()
    return tuple(found)


def _transformation(inside: str) -> Transformation:
    head, comma, rest = inside.partition(",")
    kind, _, name = head.strip().partition(".")
    parameters = _split(rest, _UNSPLIT_LAST.get(f"{kind}.{name}".lower(), len(rest) + 1)) if comma else ()
    return Transformation(kind, name, parameters)


def _split(text: str, most: int) -> tuple[str, ...]:
    """Split at commas without a backslash, into at most `most` parts; commas within a variable do not count."""
    pieces: list[str] = []
    start = 0
    while len(pieces) < most - 1:
        if text.startswith("$", _skipped(text, start)):
            end = _outside_brackets(text, start)
        else:
            end = _skipped(text, start, _PLAIN)
        if end >= len(text):
            break
        pieces.append(text[start:end])
        start = end + 1
    return (*pieces, text[start:])


def _skipped(text: str, start: int, pattern: re.Pattern[str] = _BLANK) -> int:
    """Return the offset behind what a pattern matches, which may be nothing."""
    match = pattern.match(text, start)
    return match.end() if match else start


def _outside_brackets(text: str, start: int) -> int:
    """Return the offset of the next comma outside brackets; the end of the text when there is none."""
    depth = 0
    for match in _BRACKETS.finditer(text, start):
        found = match.group()
        if found == "," and depth == 0:
            return match.start()
        if found != ",":
            depth = max(0, depth + (1 if found in "([{" else -1))
    return len(text)
