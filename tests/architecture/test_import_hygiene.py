"""What is loaded before it is needed: measured in a process of its own."""

import subprocess
import sys

import pytest

from tests.architecture.source import ROOT
from tests.limits import HANG

HEAVY = {
    "textual", "rich", "pygments", "lark", "aiohttp", "yarl", "aio_pika", "aiormq", "pamqp", "aiokafka", "asyncssh",
    "lxml", "pydantic", "typer", "sipmessage", "greenlet", "regex",
}  # fmt: skip
"""What takes longer to load than a client command has to work."""
SELDOM_NEEDED = {"http.client", "tempfile", "random", "secrets", "importlib.resources"}
"""Parts of the standard library that take long to load and that most commands do not need."""
IO = {
    "socket",
    "_socket",
    "select",
    "ssl",
    "asyncio",
    "anyio",
    "subprocess",
    "threading",
    "pathlib",
    "tempfile",
    "http",
}


def _loaded(*arguments: str) -> set[str]:
    command = [sys.executable, "-X", "importtime", *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=HANG)
    lines = [line for line in result.stderr.splitlines() if line.startswith("import time:")]
    assert result.returncode == 0, result.stderr.splitlines()[len(lines) :]
    return {line.rpartition("|")[2].strip() for line in lines}


def _loaded_by(code: str) -> set[str]:
    """What a statement loads beyond what the interpreter's start does."""
    return _loaded("-c", code) - _loaded("-c", "pass")


@pytest.mark.parametrize("arguments", [("-c", "import evtui"), ("-m", "evtui", "--help"), ("-m", "evtui", "--version")])
def test_nothing_heavy_is_loaded_to_import_the_package_or_to_print_help(arguments: tuple[str, ...]) -> None:
    assert {name.partition(".")[0] for name in _loaded(*arguments)} & HEAVY == set()


@pytest.mark.parametrize(
    "modules",
    [
        "query",
        "tables.listings",
        "raise_event",
        "tables.transport_tables",
        "tail.tail_command, evtui.cli.tail.tail_output",
        "mi_parameters",
    ],
)
def test_nothing_heavy_is_loaded_by_a_client_command(modules: str) -> None:
    loaded = _loaded("-c", f"import evtui.cli.commands, evtui.bootstrap.remote_server, evtui.cli.{modules}")
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    assert loaded & SELDOM_NEEDED == set()


def test_the_core_loads_nothing_of_its_own_that_does_io() -> None:
    # msgspec, which the values are made of, is not ours to answer for.
    ours = _loaded_by(
        "import msgspec; import evtui.core.values, evtui.core.records, evtui.core.ports, evtui.core.errors"
    )
    theirs = _loaded_by("import msgspec")
    assert (ours - theirs) & IO == set()


def test_a_console_that_records_nothing_and_shows_no_recording_loads_nothing_for_it() -> None:
    loaded = _loaded("-c", "import evtui.bootstrap.console, evtui.bootstrap.console_sources, evtui.bootstrap.serve")
    rooms = tuple(f"evtui.{room}" for room in ("codecs.recording", "storage.recording", "backends.recording"))
    assert [name for name in loaded if name.startswith(rooms)] == []


def test_a_process_that_talks_to_no_broker_loads_no_client_of_one() -> None:
    code = "import evtui.bootstrap.engine_setup, evtui.bootstrap.amqp_source, evtui.transports.rabbitmq.transport"
    loaded = {name.partition(".")[0] for name in _loaded("-c", code)}
    assert loaded & {"aio_pika", "aiormq", "pamqp", "aiokafka"} == set()


def test_the_console_starts_without_what_reads_filters_and_scripts() -> None:
    loaded = {name.partition(".")[0] for name in _loaded("-c", "import evtui.bootstrap.console")}
    assert "textual" in loaded
    assert loaded & {"lark", "regex"} == set()
