"""Placeholders in the values of a raise: `{n} {uuid} {now} {rand:1-100} {choice:a|b}`.

A placeholder is a word of letters in braces, perhaps with an argument behind a colon. Any other brace stands for
itself, so that JSON may be written as it is. `{{` stands for one opening brace: `{{n}` is the text `{n}`.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from evtui.core.errors import RequestError
from evtui.core.values import Params, Value

_SIGNS: Final = re.compile(r"\{\{|\{([A-Za-z]{1,20})(?::([^{}]*))?\}")
_RANGE: Final = re.compile(r"(-?[0-9]{1,18})-(-?[0-9]{1,18})")
_NOW_FORMS: Final = frozenset({"", "s", "ms"})

KNOWN: Final = "{n} {uuid} {now} {rand:1-100} {choice:a|b}"

Kind: TypeAlias = Literal["n", "uuid", "now", "rand", "choice"]

Pick: TypeAlias = Callable[[int, int], int]
"""Return a random whole number from the first to the second, both included."""


class BadPlaceholderError(RequestError):
    """A placeholder that is not known, or with a wrong argument. `column` counts from 1 within the value."""

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column
        self.reason = reason


class Sample(Struct, frozen=True):
    """What one raise puts in the place of placeholders."""

    number: int
    """Its number in the run, from 1."""
    at: float
    """Wall seconds."""
    pick: Pick


class Placeholder(Struct, frozen=True):
    """One placeholder, understood."""

    kind: Kind
    form: str = ""
    """The form of `{now}`: empty for ISO 8601, `s` or `ms` for a number since 1970."""
    low: int = 0
    high: int = 0
    """The bounds of `{rand}`, both included."""
    words: tuple[str, ...] = ()
    """What `{choice}` chooses from."""

    def fill(self, sample: Sample) -> str:
        """Return the text for one raise."""
        match self.kind:
            case "n":
                return str(sample.number)
            case "uuid":
                return _uuid(sample.pick(0, (1 << 128) - 1))
            case "now":
                return _now(sample.at, self.form)
            case "rand":
                return str(sample.pick(self.low, self.high))
            case "choice":
                return self.words[sample.pick(0, len(self.words) - 1)]


class TextTemplate(Struct, frozen=True):
    """A text with placeholders: `parts` in order, plain texts as they are sent."""

    parts: tuple[str | Placeholder, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Say whether it holds no placeholder."""
        return all(isinstance(part, str) for part in self.parts)

    def fill(self, sample: Sample) -> str:
        """Return the text for one raise."""
        return "".join([part if isinstance(part, str) else part.fill(sample) for part in self.parts])


def parse_template(text: str) -> TextTemplate:
    """Understand the placeholders in a text.

    raises BadPlaceholderError: one is not known, or its argument is wrong.
    """
    return TextTemplate(tuple(_parts(text)))


def holds_placeholder(text: str) -> bool:
    """Say whether a text would be changed by `parse_template`: it holds a placeholder, perhaps a wrong one, or `{{`."""
    return "{" in text and _SIGNS.search(text) is not None


def literal_text(text: str) -> str:
    """Write a text so that `parse_template` gives it back unchanged."""
    return _SIGNS.sub(lambda found: found[0].replace("{", "{{"), text) if "{" in text else text


def literal_params(params: Params) -> Params:
    """Write the texts of parameters so that none of them holds a placeholder."""
    values: tuple[Value, ...] = tuple(literal_text(each) if isinstance(each, str) else each for each in params.values)
    return params if values == params.values else Params(values, params.names)


def _parts(text: str) -> Iterator[str | Placeholder]:
    place = 0
    for found in _SIGNS.finditer(text):
        if found.start() > place:
            yield text[place : found.start()]
        place = found.end()
        yield "{" if found[1] is None else _understand(found)
    if place < len(text):
        yield text[place:]


def _understand(found: re.Match[str]) -> Placeholder:
    name, argument = found[1], found[2]
    match name:
        case "n" | "uuid" if argument is None:
            return Placeholder(name)
        case "n" | "uuid":
            raise BadPlaceholderError(found.start() + 1, f"{{{name}}} takes nothing behind a colon")
        case "now" if (argument or "") in _NOW_FORMS and argument != "":
            return Placeholder("now", argument or "")
        case "now":
            raise BadPlaceholderError(found.start() + 1, "{now} is written {now}, {now:s} or {now:ms}")
        case "rand":
            return _range(found)
        case "choice" if argument:
            return Placeholder("choice", words=tuple(argument.split("|")))
        case "choice":
            raise BadPlaceholderError(found.start() + 1, "{choice} needs words: {choice:a|b}")
        case _:
            reason = f"{found[0][:24]} is not a placeholder: known are {KNOWN}; for the text itself write {{{{{name}"
            raise BadPlaceholderError(found.start() + 1, reason)


def _range(found: re.Match[str]) -> Placeholder:
    bounds = _RANGE.fullmatch(found[2] or "")
    if bounds is None:
        raise BadPlaceholderError(found.start() + 1, "{rand} needs two whole numbers: {rand:1-100}")
    low, high = int(bounds[1]), int(bounds[2])
    if low > high:
        raise BadPlaceholderError(found.start() + 1, f"{{rand:{low}-{high}}}: the first number is the larger one")
    return Placeholder("rand", low=low, high=high)


def _uuid(bits: int) -> str:
    """Write 128 random bits as a UUID of version 4 (RFC 9562, section 5.4)."""
    bits = bits & ~(0xF << 76) & ~(0x3 << 62) | 0x4 << 76 | 0x2 << 62
    digits = f"{bits:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _now(at: float, form: str) -> str:
    if form:
        return str(int(at) if form == "s" else int(at * 1000))
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
