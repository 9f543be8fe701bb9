"""The expressions of a routing script as values, with their places. Comparisons ignore places."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; lines and columns count from 1."""

    file: str = ""
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Number:
    """An integer; the notation (0x10, 020) is not kept."""

    value: int
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A string with its escapes replaced; `raw` when it was written in single quotes, which know no escapes.

    Variables in it are not parsed here.
    """

    value: str
    raw: bool = False
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class BareWord:
    """A word without quotes: a route's name, a flag, a value of a setting such as `udp:127.0.0.1:5060`."""

    value: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Null:
    """`NULL`."""

    place: Place = field(default=NOWHERE, compare=False)


Index: TypeAlias = "Expression | Literal['*', 'append'] | None"
"""The index of `$(name[…])`: an expression, `*` for all values, `append` for the end (assignment only), or None."""


@dataclass(frozen=True, slots=True)
class Transformation:
    """`{s.substr,0,4}`: class, function and parameters as written; each parameter may hold variables."""

    kind: str
    name: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`, `$name(argument)` or `$(<context>name(argument)[index]{transformation}…)`."""

    name: str
    argument: str | None = None
    """The text in the parentheses as written; it may hold variables."""
    index: Index = None
    transformations: tuple[Transformation, ...] = ()
    context: str | None = None
    """`request` or `reply`, as in `$(<reply>rs)`."""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class CallExpression:
    """A call `name(argument, , argument)`; None is an argument that was left out. `route(NAME, …)` is a call too."""

    name: str
    arguments: "tuple[Expression | None, ...]" = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """An operation on one value: `not` (also written `!`), `~` or `-`."""

    operator: Literal["not", "~", "-"]
    operand: "Expression"
    place: Place = field(default=NOWHERE, compare=False)


BinaryOperator: TypeAlias = Literal[
    "and", "or", "==", "!=", "<", ">", "<=", ">=", "=~", "!~",
    "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Binary:
    """An operation on two values. `&&` is stored as `and`, `

    ` as `or`, the joining `.` as `+`.
    """

    operator: BinaryOperator
    left: "Expression"
    right: "Expression"
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`[ expression ]` in a condition: true when the value is not 0."""

    value: "Expression"
    place: Place = field(default=NOWHERE, compare=False)


Expression: TypeAlias = Number | Text | BareWord | Null | Variable | CallExpression | Unary | Binary | Arithmetic
"""In `uri==myself` and `method=="INVITE"` of 2.x the left side is a BareWord."""
