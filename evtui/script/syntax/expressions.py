"""The expressions of a routing script, and where things stand. Places do not count in comparisons."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: lines and columns count from 1."""

    file: str = ""
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Number:
    """An integer; how it was written (0x10, 020) is not kept."""

    value: int
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A string after its escapes; `raw` when it stood in '…', which has none. `$…` inside is not looked at."""

    value: str
    raw: bool = False
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class BareWord:
    """A bare word: a route's name, a flag, a value of a global such as `udp:127.0.0.1:5060`."""

    value: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Null:
    """`NULL`."""

    place: Place = field(default=NOWHERE, compare=False)


Index: TypeAlias = "Expression | Literal['*', 'append'] | None"
"""Of `$(name[…])`: an expression (a number, a variable), all, behind the last (assignment only), or not given."""


@dataclass(frozen=True, slots=True)
class Transformation:
    """`{s.substr,0,4}`: class, function and its parameters as written (each may hold variables)."""

    kind: str
    name: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`, `$name(argument)`, `$(<context>name(argument)[index]{transformation}…)`."""

    name: str
    argument: str | None = None
    """What stands in the parentheses, as written; it may hold variables."""
    index: Index = None
    transformations: tuple[Transformation, ...] = ()
    context: str | None = None
    """`request` or `reply` of `$(<reply>rs)`."""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class CallExpression:
    """`name(argument, , argument)`: None stands for an argument left out. `route(NAME, …)` is one too."""

    name: str
    arguments: "tuple[Expression | None, ...]" = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`not` (also written `!`), `~`, `-`."""

    operator: Literal["not", "~", "-"]
    operand: "Expression"
    place: Place = field(default=NOWHERE, compare=False)


BinaryOperator: TypeAlias = Literal[
    "and", "or", "==", "!=", "<", ">", "<=", ">=", "=~", "!~",
    "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands; `&&` is `and`, `||` is `or`, `.` and string joining are `+`."""

    operator: BinaryOperator
    left: "Expression"
    right: "Expression"
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`[ expression ]` in a condition: true when it is not 0."""

    value: "Expression"
    place: Place = field(default=NOWHERE, compare=False)


Expression: TypeAlias = Number | Text | BareWord | Null | Variable | CallExpression | Unary | Binary | Arithmetic
"""`uri==myself` and `method=="INVITE"` of 2.x are a Binary whose left side is a Word."""
