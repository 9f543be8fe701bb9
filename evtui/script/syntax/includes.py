"""Files included within blocks: their statements put in the places where they are named."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from evtui.script.syntax.tree import Block, Case, ForEach, If, Include, Route, Script, Statement, Switch, While

Fetch: TypeAlias = Callable[[Include], Block]
"""Gives the statements of a file that is named; they name none themselves any more."""


def replace_includes_in_script(script: Script, fetch: Fetch) -> Script:
    """Put the files that are named within its routes in their places."""
    items = (
        replace(item, body=replace_includes(item.body, fetch)) if isinstance(item, Route) else item
        for item in script.items
    )
    return replace(script, items=tuple(items))


def replace_includes(block: Block, fetch: Fetch) -> Block:
    """Put the files that a block names in their places."""
    return replace(block, statements=_replace_in_statements(block.statements, fetch))


def _replace_in_statements(statements: tuple[Statement, ...], fetch: Fetch) -> tuple[Statement, ...]:
    filled: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Include):
            filled += fetch(statement).statements
        else:
            filled.append(_replace_in_statement(statement, fetch))
    return tuple(filled)


def _replace_in_statement(statement: Statement, fetch: Fetch) -> Statement:
    match statement:
        case Block():
            return replace_includes(statement, fetch)
        case If(_, then, otherwise):
            other = None if otherwise is None else replace_includes(otherwise, fetch)
            return replace(statement, then=replace_includes(then, fetch), otherwise=other)
        case While(_, body) | ForEach(_, _, body):
            return replace(statement, body=replace_includes(body, fetch))
        case Switch(_, cases):
            return replace(statement, cases=tuple([_replace_in_case(case, fetch) for case in cases]))
        case _:
            return statement


def _replace_in_case(case: Case, fetch: Fetch) -> Case:
    return replace(case, statements=_replace_in_statements(case.statements, fetch))
