"""Replace `include_file` and `import_file` in blocks by the statements of those files."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from evtui.script.syntax.tree import Block, Case, ForEach, If, Include, Route, Script, Statement, Switch, While

ReadIncluded: TypeAlias = Callable[[Include], Block]
"""Return the statements of an included file, in which all includes are replaced already."""


def replace_includes_in_script(script: Script, read_included: ReadIncluded) -> Script:
    """Replace the includes in all routes of a script."""
    items = (
        replace(item, body=replace_includes(item.body, read_included)) if isinstance(item, Route) else item
        for item in script.items
    )
    return replace(script, items=tuple(items))


def replace_includes(block: Block, read_included: ReadIncluded) -> Block:
    """Replace the includes in a block."""
    return replace(block, statements=_replace_in_statements(block.statements, read_included))


def _replace_in_statements(statements: tuple[Statement, ...], read_included: ReadIncluded) -> tuple[Statement, ...]:
    replaced: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Include):
            replaced += read_included(statement).statements
        else:
            replaced.append(_replace_in_statement(statement, read_included))
    return tuple(replaced)


def _replace_in_statement(statement: Statement, read_included: ReadIncluded) -> Statement:
    match statement:
        case Block():
            return replace_includes(statement, read_included)
        case If(_, then, otherwise):
            other = None if otherwise is None else replace_includes(otherwise, read_included)
            return replace(statement, then=replace_includes(then, read_included), otherwise=other)
        case While(_, body) | ForEach(_, _, body):
            return replace(statement, body=replace_includes(body, read_included))
        case Switch(_, cases):
            return replace(statement, cases=tuple([_replace_in_case(case, read_included) for case in cases]))
        case _:
            return statement


def _replace_in_case(case: Case, read_included: ReadIncluded) -> Case:
    return replace(case, statements=_replace_in_statements(case.statements, read_included))
