"""What a transformation is: its work, its parameters, and what becomes of an integer.

Transformations work on *byte texts*: one character, U+0000 to U+00FF, stands for one byte, as the server counts them.
"""

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from evtui.script.runtime.script_values import (
    NumberedText,
    ScriptFault,
    Value,
    from_bytes,
    integer_of,
    spelled,
    to_bytes,
    to_text,
    wrap,
)

Argument: TypeAlias = int | str
Transform: TypeAlias = Callable[[str, Sequence[Argument]], Value]
"""Makes a value of a byte text and of arguments, of which those at the end may be missing.

None is NULL, such as for a part that the text does not have. raises ScriptFault: the value becomes NULL too, and the
log says why.
"""

_BLANKS: Final = " \t\r\n"
_NUMBER: Final = re.compile(r"[ \t\r\n]*+([+-]?+[0-9]++)[ \t\r\n]*+")
_TEXT: Final = re.compile(r"(?:\\.|[^\\,])*+\\?", re.DOTALL)


class ParameterKind(enum.Enum):
    """How a parameter is written, and whether a variable may stand in its place."""

    NUMBER = "a whole number"
    """Or a variable whose value is an integer."""
    SIZE = "a whole number that is not negative"
    """Or a variable whose value is an integer."""
    TEXT = "a text"
    """Without the blanks around it, up to a comma that has no backslash before it; or a variable."""
    FILLING = "a text that is not empty"
    """A text that is written out: no variable."""
    LITERAL = "a text that is written out"
    """It may be empty, and its `$` begins no variable."""
    SIGN = "one character"
    """The character behind the comma, whatever it is; the `}` itself when nothing stands before it."""
    ORDER = "/pattern/replacement/flags"
    """A text with the blanks behind it; or a variable."""


_NUMBERS: Final = frozenset((ParameterKind.NUMBER, ParameterKind.SIZE))
VARIABLE_KINDS: Final = _NUMBERS | {ParameterKind.TEXT, ParameterKind.ORDER}


KeepsInteger: TypeAlias = Callable[[str, str, Sequence[Argument]], bool]
HasForm: TypeAlias = Callable[[str, Sequence[Argument]], bool]


def _never(_before: str, _after: str, _arguments: Sequence[Argument]) -> bool:
    return False


class NullKind(enum.Enum):
    """What a NULL of a transformation still is where an operation reads it (docs/opensips-behaviour.md 5.2)."""

    PLAIN = enum.auto()
    TEXT = enum.auto()
    """The text that was transformed: `+` joins it."""
    EMPTY = enum.auto()
    """An empty text, which is there: `[ … ]` is true, and `case ""` matches."""
    ZERO = enum.auto()
    """The integer 0, which is there as well."""


@dataclass(frozen=True, slots=True)
class TransformRule:
    """One transformation."""

    work: Transform
    kinds: tuple[ParameterKind, ...] = ()
    optional: int = 0
    """How many of the parameters, the last ones, may be missing."""
    keeps_integer: KeepsInteger = _never
    """Whether the result is still the integer of the value, given the text before and after, and the arguments."""
    of_integer: Callable[[int | NumberedText], Value] | None = None
    """The work for an integer, and for a text that is one too; None when its text is worked on."""
    has_form: HasForm | None = None
    """Whether a byte text has the form that 2.4 wants, so that a missing part is NULL there; else it is an error.

    None: each NULL is an error there.
    """
    null_kind: NullKind = NullKind.PLAIN
    """What a NULL still is when `is_missing` holds."""
    is_missing: HasForm | None = None
    """Whether a NULL is a part that a byte text does not have; None: `has_form` decides that."""

    def apply(self, value: Value, arguments: Sequence[Argument]) -> Value:
        """Transform a value; NULL stays NULL. raises ScriptFault."""
        if value is None:
            return None
        if self.of_integer is not None and isinstance(value, int | NumberedText):
            return self.of_integer(value)
        text = byte_text(value if isinstance(value, str) else to_text(value))
        return self.result(value, text, self.work(text, arguments), arguments)

    def kind_of_null(self, text: str, arguments: Sequence[Argument]) -> NullKind:
        """Return what the NULL still is that the work has made of a byte text."""
        is_missing = self.is_missing or self.has_form
        return self.null_kind if is_missing is not None and is_missing(text, arguments) else NullKind.PLAIN

    def result(self, value: int | str, text: str, found: Value, arguments: Sequence[Argument] = ()) -> Value:
        """Return what the work on the byte text of a value has found as a value of scripts."""
        if not isinstance(found, str):
            return found
        made = text_of_bytes(found)
        if isinstance(value, int | NumberedText) and self.keeps_integer(text, found, arguments):
            return spelled(int(value), made) if isinstance(value, int) else NumberedText(made, value.number)
        return str(made)  # also of a text that is an integer too and was not changed


Transforms: TypeAlias = Mapping[str, TransformRule]


def byte_text(text: str) -> str:
    """Return a text as a byte text."""
    return text if text.isascii() else to_bytes(text).decode("latin-1")


def text_of_bytes(text: str) -> str:
    """Return a byte text as a text."""
    return text if text.isascii() else from_bytes(text.encode("latin-1"))


def written_argument(kind: ParameterKind, written: str) -> Argument | None:
    """Return the value of a parameter as it is written; None for a variable.

    raises ScriptFault: the server does not start with such a parameter.
    """
    bare = written.strip(_BLANKS)
    if kind in VARIABLE_KINDS and bare.startswith("$"):
        return None
    if kind in _NUMBERS:
        return _written_number(kind, written)
    if kind is ParameterKind.SIGN:
        return byte_text(written)[:1] or "}"
    if kind is ParameterKind.FILLING and (not bare or bare.startswith("$")):
        raise ScriptFault(f"{bare!r} is not {kind.value}")
    found = _TEXT.match(written)
    assert found is not None
    text = found[0].lstrip(_BLANKS) if kind is ParameterKind.ORDER else found[0].strip(_BLANKS)
    return byte_text(text)


def _written_number(kind: ParameterKind, written: str) -> int:
    found = _NUMBER.fullmatch(written)
    if found is None or (kind is ParameterKind.SIZE and found[1].startswith("-")):
        raise ScriptFault(f"{written.strip(_BLANKS)!r} is not {kind.value}")
    return number_of_digits(found[1])


def number_of_digits(digits: str) -> int:
    """Return the integer of decimal digits with or without a sign, wrapped to 32 bits; no digits are 0."""
    size = int(digits.lstrip("+-")[-32:] or "0")  # 10**32 is a multiple of 2**32
    return wrap(-size if digits.startswith("-") else size)


def read_argument(kind: ParameterKind, value: Value) -> Argument | None:
    """Return the value of a variable as an argument; None when the transformation gives NULL then."""
    if kind in _NUMBERS:
        return integer_of(value)
    return None if value is None else byte_text(to_text(value)) or None


def rule_of_text(
    work: Callable[[str], Value],
    keeps_integer: KeepsInteger = _never,
    *,
    of_integer: Callable[[int | NumberedText], Value] | None = None,
    has_form: HasForm | None = None,
    null_kind: NullKind = NullKind.PLAIN,
    is_missing: HasForm | None = None,
) -> TransformRule:
    """Make a transformation of a function without parameters."""
    return TransformRule(
        lambda text, _arguments: work(text), (), 0, keeps_integer, of_integer, has_form, null_kind, is_missing
    )


def is_unchanged(before: str, after: str, _arguments: Sequence[Argument]) -> bool:
    """Say whether a transformation has changed nothing."""
    return before == after


def always(_before: str, _after: str, _arguments: Sequence[Argument]) -> bool:
    """Say of each result that it is still the integer."""
    return True


def any_form(_text: str, _arguments: Sequence[Argument]) -> bool:
    """Say of each text that it has the form."""
    return True
