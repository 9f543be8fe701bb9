"""Files included within blocks: their statements put in the places where they are named."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from evtui.script.syntax.tree import Block, Case, ForEach, If, Include, Route, Script, Statement, Switch, While

Fetch: TypeAlias = Callable[[Include], Block]
"""Gives the statements of a file that is named; they name none themselves any more."""


def with_parts(script: Script, fetch: Fetch) -> Script:
    """Put the files that are named within its routes in their places."""
    items = (
        replace(item, body=with_files(item.body, fetch)) if isinstance(item, Route) else item for item in script.items
    )
    return replace(script, items=tuple(items))


def with_files(block: Block, fetch: Fetch) -> Block:
    """Put the files that a block names in their places."""
    return replace(block, statements=_filled(block.statements, fetch))


def _filled(statements: tuple[Statement, ...], fetch: Fetch) -> tuple[Statement, ...]:
    filled: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Include):
            filled += fetch(statement).statements
        else:
            filled.append(_inside(statement, fetch))
    return tuple(filled)


def _inside(statement: Statement, fetch: Fetch) -> Statement:
    match statement:
        case Block():
            return with_files(statement, fetch)
        case If(_, then, otherwise):
            other = None if otherwise is None else with_files(otherwise, fetch)
            return replace(statement, then=with_files(then, fetch), otherwise=other)
        case While(_, body) | ForEach(_, _, body):
            return replace(statement, body=with_files(body, fetch))
        case Switch(_, cases):
            return replace(statement, cases=tuple([_in_case(case, fetch) for case in cases]))
        case _:
            return statement


def _in_case(case: Case, fetch: Fetch) -> Case:
    return replace(case, statements=_filled(case.statements, fetch))
