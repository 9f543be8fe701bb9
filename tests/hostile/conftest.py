"""Fixtures of the hostile tests: evtui as real processes."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.evtui_process import Evtui, Server


@pytest.fixture
def evtui() -> Iterator[Evtui]:
    """Evtui in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as directory:
        yield Evtui(Path(directory))


@pytest.fixture
def serve(evtui: Evtui) -> Iterator[Server]:
    """A server on the default places, which publishes E_TEST."""
    with evtui.serving("--event", "E_TEST") as server:
        yield server
