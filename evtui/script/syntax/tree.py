"""The tree of a routing script: what was written, without its meaning. Comparisons ignore places.

The language is that of docs/opensips-behaviour.md 5, in old and new spellings. Names follow the OpenSIPS manual.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from evtui.script.syntax.expressions import NOWHERE, CallExpression, Expression, Place, Variable

AssignOperator: TypeAlias = Literal["=", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="]


@dataclass(frozen=True, slots=True)
class Assign:
    """`$variable = expression;`."""

    target: Variable
    operator: AssignOperator
    value: Expression
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class CallStatement:
    """A call as a statement, `name(arguments);`. Its code goes to `$rc`; code 0 ends the script."""

    call: CallExpression
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Block:
    """`{ … }`, or the single statement of an `if` or a loop."""

    statements: "tuple[Statement, ...]" = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class If:
    """`if (condition) … else …`. An `else if` is an If alone in the `otherwise` block."""

    condition: Expression
    then: Block
    otherwise: Block | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class While:
    """`while (condition) …`."""

    condition: Expression
    body: Block
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ForEach:
    """`for ($item in $(list[*])) …`."""

    item: Variable
    source: Variable
    body: Block
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """`case "a": …` with its statements; without a `break` the next case follows. A `value` of None is `default:`."""

    value: Expression | None
    statements: "tuple[Statement, ...]" = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Switch:
    """`switch ($v) { … }`."""

    value: Expression
    cases: tuple[Case, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Return:
    """`return(n, values…);`. Without a value the code is 1; code 0 ends the script."""

    values: tuple[Expression, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Exit:
    """`exit;`, or with `drops` `drop;`, which also drops what the server would do by itself."""

    drops: bool = False
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Break:
    """`break;`."""

    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Async:
    """`async(call, RESUME [, timeout]);` or, with `launches`, `launch(call [, REPORT]);`."""

    call: CallExpression
    resume: str | None = None
    timeout: Expression | None = None
    launches: bool = False
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Include:
    """`include_file "x"`, or `import_file "x"`, whose file may be missing; also within a block."""

    path: str
    may_miss: bool = False
    place: Place = field(default=NOWHERE, compare=False)


Statement: TypeAlias = (
    Assign | CallStatement | Block | If | While | ForEach | Switch | Return | Exit | Break | Async | Include
)

RouteKind: TypeAlias = Literal[
    "route", "branch_route", "failure_route", "onreply_route", "error_route", "local_route", "startup_route",
    "timer_route", "event_route",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the script."""

    kind: RouteKind
    name: str | None = None
    """None for a route without a name, such as `route { … }`."""
    body: Block = field(default_factory=Block)
    interval: int | None = None
    """Seconds between two runs of a timer_route; None for other routes."""
    mode: Literal["sync", "async"] | None = None
    """The mode that an event_route names; None when it names none."""
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Global:
    """`name = value`, such as `log_level=3`.

    Some settings have several values, as `socket=udp:127.0.0.1:5060 use_children 4`.
    """

    name: str
    values: tuple[Expression, ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Section:
    """`tls_server_domain[NAME] { name = value … }` of 1.x."""

    kind: str
    name: str
    settings: tuple[Global, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class LoadModule:
    """`loadmodule "name.so"`."""

    path: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ModParam:
    """`modparam("module|module", "name", value)`."""

    modules: tuple[str, ...]
    name: str
    value: int | str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ModulePath:
    """`mpath="/dir/"`."""

    path: str
    place: Place = field(default=NOWHERE, compare=False)


Item: TypeAlias = Route | Global | Section | LoadModule | ModParam | ModulePath | Include


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that evtui accepts and OpenSIPS rejects: a stable code, and a text with the correction."""

    place: Place
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """A whole file."""

    items: tuple[Item, ...] = ()
    remarks: tuple[Remark, ...] = field(default=(), compare=False)
