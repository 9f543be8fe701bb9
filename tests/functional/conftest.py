"""Fixtures of the functional tests: evtui as real processes, and receivers."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.functional.evtui_process import Evtui, Receiver, Server


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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A UDP socket to subscribe."""
    with closing(Receiver()) as receiver:
        yield receiver
