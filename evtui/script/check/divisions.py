"""Find divisions by zero: `/=` and `%=` by an integer 0 end OpenSIPS 3.6 (measured), `/` and `%` give 0."""

from collections.abc import Iterable, Iterator

from evtui.script.check.findings import Finding
from evtui.script.syntax.expression_printer import print_expression
from evtui.script.syntax.expressions import Binary, Expression, Number, Variable
from evtui.script.syntax.tree import Assign, Block, ForEach, If, Route, Statement, Switch, While
from evtui.script.syntax.walk import Node, walk


def find_divisions(route: Route, nodes: Iterable[Node]) -> Iterator[Finding]:
    """Find them in a route, whose nodes are given."""
    assigned = False
    for node in nodes:
        if node.__class__ is not Binary and node.__class__ is not Assign:
            continue
        match node:
            case Binary("/" | "%" as operator, _, Number(0)):
                yield Finding(
                    node.place, "warning", "division-by-zero", f"{operator} by 0 gives 0: write what is meant"
                )
            case (
                Binary("/" | "%" as operator, _, Number(-1))
                | Assign(operator="/=" | "%=" as operator, value=Number(-1))
            ):
                text = f"{operator} -1 ends OpenSIPS 3.6 when the other side is -2147483648"
                yield Finding(node.place, "note", "possible-division-by-zero", text)
            case Assign(operator="/=" | "%=" as operator, value=Number(0)):
                text = f"{operator} 0 ends OpenSIPS 3.6: write what is meant"
                yield Finding(node.place, "error", "division-by-zero", text)
            case Assign(operator="/=" | "%="):
                assigned = True
            case _:
                pass
    if assigned:
        yield from _unguarded(route.body)


def _unguarded(body: Block) -> Iterator[Finding]:
    """Find `/=` and `%=` by a variable that no condition around them and none before them in their block names."""
    waiting: list[tuple[tuple[Statement, ...], frozenset[str]]] = [(body.statements, frozenset())]
    while waiting:
        statements, tested = waiting.pop()
        for statement in statements:
            match statement:
                case Assign(operator="/=" | "%=" as operator, value=Variable() as value):
                    if _key(value) not in tested:
                        shown = print_expression(value)
                        text = f"if {shown} is 0, {operator} ends OpenSIPS 3.6: test {shown} before"
                        yield Finding(statement.place, "note", "possible-division-by-zero", text)
                case Assign(target=target, operator="=" | ":=", value=Number(number)):
                    tested = tested | {_key(target)} if number else tested - {_key(target)}
                case If(condition, then, otherwise):
                    tested |= _named(condition)
                    waiting += [(then.statements, tested), ((otherwise or Block()).statements, tested)]
                case While(condition, inner):
                    waiting.append((inner.statements, tested | _named(condition)))
                case ForEach(_, _, inner) | (Block() as inner):
                    waiting.append((inner.statements, tested))
                case Switch(value, cases):
                    waiting += [(case.statements, tested | _named(value)) for case in cases]
                case _:
                    pass


def _named(condition: Expression) -> frozenset[str]:
    return frozenset(_key(node) for node in walk(condition) if isinstance(node, Variable))


def _key(variable: Variable) -> str:
    return f"{variable.name}({variable.argument})"
