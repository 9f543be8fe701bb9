"""Files and functions stay small enough to be read at once."""

import ast
from collections.abc import Iterator

from tests.architecture.source import modules

MAX_FILE_LINES = 340
MAX_FUNCTION_LINES = 40

LONGER: dict[str, int] = {}
"""What may be longer, each with its own bound: `path` or `path::function`."""


def _sizes() -> Iterator[tuple[str, int, int]]:
    for module in modules():
        yield module.path, module.lines, MAX_FILE_LINES
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{module.path}::{node.name}", length, MAX_FUNCTION_LINES


def test_files_and_functions_keep_to_the_size_budget() -> None:
    too_long = {where: size for where, size, bound in _sizes() if size > LONGER.get(where, bound)}
    assert too_long == {}


def test_every_exception_from_the_size_budget_is_still_needed() -> None:
    needed = {where for where, size, bound in _sizes() if size > bound}
    assert set(LONGER) - needed == set()
