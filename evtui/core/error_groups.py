"""Errors of task groups, as the only error that is in them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import cast


@contextmanager
def unwrap_lone_error() -> Generator[None]:
    """Raise the only error of a task group as itself, not in a group: callers need not know that tasks are used."""
    try:
        yield
    except BaseExceptionGroup as group:
        lone = _only_error(group)
        raise lone from lone.__cause__


def _only_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    if len(group.exceptions) != 1:
        return group
    error = group.exceptions[0]
    return (
        _only_error(cast("BaseExceptionGroup[BaseException]", error))
        if isinstance(error, BaseExceptionGroup)
        else error
    )
