"""Frees the syntax trees of the package when the tests that read them have ended."""

import pytest

from tests.architecture.source import ROOT, modules


def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Free a million objects: each garbage collection of the tests after these would search them for a second."""
    if nextitem is None or not nextitem.path.is_relative_to(ROOT / "tests/architecture"):
        modules.cache_clear()
