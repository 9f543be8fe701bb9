"""Find calls and variables in forms with which OpenSIPS 3 does not start (measured beside 3.6.8)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from evtui.script.check.findings import Finding
from evtui.script.check.refusal_findings import is_number_word, refused, refused_since_3
from evtui.script.check.server_forms import Signature, signatures, variable_forms
from evtui.script.syntax.expression_printer import print_expression
from evtui.script.syntax.expressions import (
    Arithmetic,
    BareWord,
    Binary,
    CallExpression,
    Expression,
    Null,
    Number,
    Text,
    Unary,
    Variable,
)
from evtui.script.syntax.lexer import KEYWORDS, ROUTE_KINDS
from evtui.script.syntax.tree import Assign, Async, ForEach
from evtui.script.syntax.walk import Node
from evtui.script.variables.variable_table import VARIABLE_FAMILIES

_NO_NAMES: Final = frozenset({*KEYWORDS, *ROUTE_KINDS})
"""Words that are names of routes in quotes only."""
_KINDS: Final = {"i": "a number", "s": "a text in quotes", "v": "a variable"}
_NO_ARGUMENT: Final = (Binary, Arithmetic, Unary, CallExpression)


def find_refused_calls(nodes: Sequence[Node]) -> Iterator[Finding]:
    """Find them in a route, whose nodes are given."""
    resumed = {id(node.call) for node in nodes if isinstance(node, Async)}
    targets = {id(node.target) for node in nodes if isinstance(node, Assign)}
    for node in nodes:
        if node.__class__ not in _LOOKED_AT:
            continue
        match node:
            case CallExpression():
                if id(node) in resumed and node.name in _SPECIAL:
                    yield refused(node.place, f"{node.name}() cannot run in an async or a launch")
                elif id(node) not in resumed:
                    yield from _SPECIAL.get(node.name, _call)(node)
            case Variable():
                yield from _variable(node, assigned=id(node) in targets)
            case ForEach(item=item) if "f" not in variable_forms().get(item.name, "f"):
                yield refused(item.place, f"a for cannot put its values into ${item.name}")
            case _:
                pass


_LOOKED_AT: Final = frozenset((CallExpression, Variable, ForEach))


def _call(call: CallExpression) -> Iterator[Finding]:
    """Find wrong arguments of a function."""
    for argument in call.arguments:
        if argument is not None and (why := _no_argument(argument)):
            yield refused_since_3(argument.place, why)
    signature = signatures().get(call.name)
    if signature is not None:
        yield from _against(call, signature)


def _no_argument(argument: Expression) -> str:
    match argument:
        case BareWord(value) if not is_number_word(argument):
            return f'a text stands in quotes: "{value}"'
        case Null():
            return "NULL cannot be an argument of a function"
        case _ if isinstance(argument, _NO_ARGUMENT):
            return f"an argument is a value or a variable, not {print_expression(argument)}"
        case _:
            return ""


def _against(call: CallExpression, signature: Signature) -> Iterator[Finding]:
    given, name = call.arguments, call.name
    if len(given) > signature.most:
        most = signature.most or "no"
        yield refused_since_3(call.place, f"{name}() takes {most} argument{'' if most == 1 else 's'}")
    elif len(given) < signature.least or None in given[: signature.least]:
        yield refused_since_3(call.place, f"{name}() needs {signature.least} arguments")
    for number, (argument, kinds) in enumerate(zip(given, signature.kinds, strict=False), 1):
        letter = _letter(argument)
        if argument is not None and letter and letter not in kinds:
            wanted = " or ".join(_KINDS[kind] for kind in kinds)
            why = f"argument {number} of {name}() is {wanted}, not {print_expression(argument)}"
            yield refused_since_3(argument.place, why)


def _letter(argument: Expression | None) -> str:
    match argument:
        case Number():
            return "i"
        case BareWord() if is_number_word(argument):
            return "i"
        case Text():
            return "s"
        case Variable():
            return "v"
        case _:
            return ""


def _route(call: CallExpression) -> Iterator[Finding]:
    if not call.arguments:
        yield refused(call.place, "route() needs the name of a route")
        return
    name = call.arguments[0]
    if isinstance(name, Variable) or (isinstance(name, Text) and "$" in name.value):
        text = "opensips -C crashes at a route whose name is made as it runs; the server itself runs it"
        yield Finding(name.place, "warning", "crashes-check", text)
    elif not isinstance(name, BareWord | Number | Text) or (isinstance(name, BareWord) and name.value in _NO_NAMES):
        yield refused(call.place, "the name of a route is a word or a text in quotes")
    for argument in call.arguments[1:]:
        if argument is None:
            yield refused(call.place, "an argument of route() cannot be left out")
        elif not isinstance(argument, Null) and (why := _no_argument(argument)):
            yield refused(argument.place, why)


def _log(call: CallExpression) -> Iterator[Finding]:
    """Find wrong arguments of xlog, xdbg and log, which the grammar of OpenSIPS knows."""
    given = call.arguments
    most, levels = _LOGS[call.name]
    fits = 0 < len(given) <= most and isinstance(given[-1], Text) and (len(given) < 2 or isinstance(given[0], levels))
    if not fits:
        before = "" if most == 1 else "a level, then " if levels is Number else 'a level such as "L_INFO", then '
        what = f"{call.name}() takes {before}one text in quotes, with the variables in it"
        yield refused_since_3(call.place, what)


_LOGS: Final[Mapping[str, tuple[int, type]]] = {"xlog": (2, Text), "xdbg": (1, Text), "log": (2, Number)}
"""The most arguments of each, and what its level is."""


def _assert(call: CallExpression) -> Iterator[Finding]:
    condition = call.arguments[0] if call.arguments else None
    if condition is None:
        yield refused(call.place, "assert() needs a condition")
    elif isinstance(condition, Text):
        yield refused(condition.place, "assert() takes a condition without quotes")


_SPECIAL: Final[Mapping[str, Callable[[CallExpression], Iterable[Finding]]]] = {
    "route": _route, "assert": _assert, **dict.fromkeys(_LOGS, _log),
}  # fmt: skip


def _variable(variable: Variable, *, assigned: bool) -> Iterator[Finding]:
    """Find variables without the name that they need, with an index that they do not take, or that are read-only."""
    name, forms = variable.name, variable_forms().get(variable.name)
    if name.startswith("sdp"):
        return  # its indexes are words of its own
    if isinstance(variable.index, BareWord | Text | Binary):
        yield refused(variable.place, f"an index is a number, a variable or *, not {print_expression(variable.index)}")
    if forms is None:
        return
    named = variable.argument is not None
    if not named and "p" not in forms:
        yield refused(variable.place, f"${name} needs a name: ${name}(…)")
    elif named and "n" not in forms and name not in VARIABLE_FAMILIES:
        yield refused(variable.place, f"${name} takes no name in brackets")
    elif named and "n" not in forms:
        return  # the names it takes were not asked
    elif variable.argument == "" and "e" not in forms:
        yield refused(variable.place, f"${name} needs a name in its brackets")
    elif variable.index not in {None, "*"} and "i" not in forms:
        yield refused(variable.place, f"${name} takes no index")
    elif assigned and "w" not in forms:
        yield refused(variable.place, f"${name} cannot be assigned to")
