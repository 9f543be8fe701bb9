"""Fixtures of the functional tests: evtui as real processes, and receivers."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.functional import rabbit_node
from tests.functional.evtui_process import Evtui, Receiver, Server
from tests.functional.rabbit_node import RabbitNode
from tests.functional.tls_files import TlsFiles


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


@pytest.fixture(scope="session")
def tls_files() -> Iterator[TlsFiles]:
    """Certificates for servers and clients of this session."""
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as directory:
        yield TlsFiles(Path(directory))


@pytest.fixture(scope="session")
def rabbit_of_the_session(tls_files: TlsFiles) -> Iterator[RabbitNode]:
    """A RabbitMQ node; those who ask for `rabbit` get it running."""
    if (why := rabbit_node.why_not()) is not None:
        pytest.skip(why)
    with (
        tempfile.TemporaryDirectory(prefix="evtui-t-") as directory,
        closing(RabbitNode(Path(directory), tls=tls_files)) as node,
    ):
        yield node


@pytest.fixture
def rabbit(rabbit_of_the_session: RabbitNode) -> RabbitNode:
    """The RabbitMQ node, running, whatever the test before did to it."""
    rabbit_of_the_session.ensure()
    return rabbit_of_the_session
