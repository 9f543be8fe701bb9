"""Print a tree as a script, so that `parse(print_script(tree)) == tree`."""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias, assert_never

from evtui.script.syntax.expression_printer import (
    print_call,
    print_expression,
    print_setting,
    print_text,
    print_variable,
)
from evtui.script.syntax.lexer import OPERATOR_WORDS
from evtui.script.syntax.tree import (
    Assign,
    Async,
    Block,
    Break,
    CallStatement,
    Case,
    Exit,
    ForEach,
    Global,
    If,
    Include,
    Item,
    LoadModule,
    ModParam,
    ModulePath,
    Return,
    Route,
    Script,
    Section,
    Statement,
    Switch,
    While,
)

_STEP: Final = "    "
_PLAIN_NAME = re.compile(r"[A-Za-z]\w*|\d+", re.ASCII)

_Simple: TypeAlias = Assign | CallStatement | Return | Exit | Break | Async


def print_script(script: Script) -> str:
    """Print a script, four spaces a level, with a blank line before each route."""
    return "".join(f"{line}\n" for item in script.items for line in _item(item))


def print_statement(statement: Statement) -> str:
    """Print one statement, which may take several lines."""
    return "\n".join(_statement(statement))


def _item(item: Item) -> Iterator[str]:
    match item:
        case Route():
            yield ""
            yield from _braced(f"{item.kind}{_route_name(item)} ", item.body)
        case Global(name, values):
            yield f"{name} = {' '.join(map(print_setting, values))}"
        case Section(kind, name, settings):
            yield f"{kind}[{_name(name)}] {{"
            for setting in settings:
                yield from _indented(_item(setting))
            yield "}"
        case LoadModule(path):
            yield f"loadmodule {print_text(path)}"
        case ModParam(modules, name, value):
            shown = str(value) if isinstance(value, int) else print_text(value)
            yield f"modparam({print_text('|'.join(modules))}, {print_text(name)}, {shown})"
        case ModulePath(path):
            yield f"mpath = {print_text(path)}"
        case Include():
            yield _include(item)
        case _:
            assert_never(item)


def _include(include: Include) -> str:
    return f"{'import_file' if include.may_miss else 'include_file'} {print_text(include.path)}"


def _route_name(route: Route) -> str:
    if route.name is None:
        return ""
    parts = [
        _name(route.name),
        *([str(route.interval)] if route.interval else []),
        *([route.mode] if route.mode else []),
    ]
    return f"[{', '.join(parts)}]"


def _name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) and name not in OPERATOR_WORDS else print_text(name)


def _statement(statement: Statement) -> Iterator[str]:
    match statement:
        case Block():
            yield from _braced("", statement)
        case If():
            yield from _if(statement, "")
        case While(condition, body):
            yield from _braced(f"while ({print_expression(condition)}) ", body)
        case ForEach(item, source, body):
            yield from _braced(f"for ({print_variable(item)} in {print_variable(source)}) ", body)
        case Switch(value, cases):
            yield f"switch ({print_expression(value)}) {{"
            for case in cases:
                yield from _case(case)
            yield "}"
        case Include():
            yield _include(statement)
        case _:
            yield f"{_simple(statement)};"


def _simple(statement: _Simple) -> str:
    match statement:
        case Assign(target, operator, value):
            return f"{print_variable(target)} {operator} {print_expression(value)}"
        case CallStatement(call):
            return print_call(call)
        case Return(values):
            return f"return({', '.join(map(print_expression, values))})"
        case Exit(drops):
            return "drop" if drops else "exit"
        case Break():
            return "break"
        case Async():
            return _async(statement)
        case _:
            assert_never(statement)


def _async(statement: Async) -> str:
    parts = [print_call(statement.call)]
    if statement.resume is not None:
        parts.append(_name(statement.resume))
    if statement.timeout is not None:
        parts.append(print_expression(statement.timeout))
    return f"{'launch' if statement.launches else 'async'}({', '.join(parts)})"


def _if(statement: If, before: str) -> Iterator[str]:
    yield from _open(f"{before}if ({print_expression(statement.condition)}) ", statement.then)
    match statement.otherwise:
        case None:
            yield "}"
        case Block((If() as other,)):
            yield from _if(other, "} else ")
        case other:
            yield from _braced("} else ", other)


def _case(case: Case) -> Iterator[str]:
    yield "default:" if case.value is None else f"case {print_expression(case.value)}:"
    for statement in case.statements:
        yield from _indented(_statement(statement))


def _braced(head: str, block: Block) -> Iterator[str]:
    yield from _open(head, block)
    yield "}"


def _open(head: str, block: Block) -> Iterator[str]:
    yield head + "{"
    for statement in block.statements:
        yield from _indented(_statement(statement))


def _indented(lines: Iterator[str]) -> Iterator[str]:
    """Indent lines. A raw string over several lines is one item here, so its text stays unchanged."""
    for line in lines:
        yield _STEP + line
