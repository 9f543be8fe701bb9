"""What every test starts from: nothing of the person who runs it, and no deadline that a busy machine would miss."""

import gc
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings

from tests.functional.processes.evtui_process import Evtui, Receiver, Server
from tests.functional.processes.late_painting import LatePainting
from tests.functional.processes.quiet_console import wait_for_quiet
from tests.functional.transports import rabbit_node
from tests.functional.transports.rabbit_node import RabbitNode
from tests.functional.transports.tls_files import TlsFiles
from tests.processes import give_children_default_signals
from tests.running_order import running_order

# A deadline in milliseconds tells how busy the machine is, not whether the code is right.
settings.register_profile("evtui", deadline=None)
settings.load_profile("evtui")

_FIGURE = "figure"

_SET_BY_PEOPLE = ("EVTUI_", "TEXTUAL")
_DIRECTORIES = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")


def pytest_configure() -> None:
    """Undo what `nohup` does to signals: the tests send them to what they start. Collect garbage seldom."""
    give_children_default_signals()
    gc.set_threshold(50_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `just shots` say that pictures are stored, not compared."""
    parser.addoption("--store-pictures", action="store_true", help="store the pictures of the console anew")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes run the tests, begin with the slow ones."""
    worker: Mapping[str, int] | None = getattr(config, "workerinput", None)
    if worker is not None:
        items[:] = running_order(items, worker["workercount"])


def pytest_collection_finish() -> None:
    """Leave what the collection made out of each garbage collection: a tenth of the time of the console's tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def old_objects_exempt() -> None:
    """Let the garbage collections of a file's tests search only what is made from now on.

    The tests before left hundreds of thousands of objects: to search them takes up to a second, each time.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _neutral_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the settings, colours and directories of the user who runs the tests; nothing of them is read or written."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(_SET_BY_PEOPLE):
                patch.delenv(name)
        patch.delenv("NO_COLOR", raising=False)
        for name in _DIRECTORIES:
            folder = tmp_path_factory.mktemp(name.lower())
            folder.chmod(0o700)
            patch.setenv(name, str(folder))
        yield


@pytest.fixture(scope="session", autouse=True)
def _quiet_console() -> Iterator[None]:
    """Let a pilot go on as soon as its console has nothing left to do."""
    yield from wait_for_quiet()


@pytest.fixture(scope="session", autouse=True)
def late_painting() -> Iterator[LatePainting]:
    """Let a console without a terminal paint what a test looks at."""
    with LatePainting().installed() as painting:
        yield painting


@pytest.fixture
def all_paintings(late_painting: LatePainting) -> Iterator[None]:
    """Let a console paint each time it would at a terminal, for tests of the painting itself."""
    late_painting.is_on = False
    yield
    late_painting.is_on = True


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Take a line with figures, which is printed at the end."""
    return lambda line: record_property(_FIGURE, line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures the tests found: they come with the reports, from whichever process ran them."""
    reports = (report for found in terminalreporter.stats.values() for report in found if hasattr(report, "when"))
    lines = [
        line for report in reports if report.when == "call" for name, line in report.user_properties if name == _FIGURE
    ]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.line(line)


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
