"""A transport is whole: in the list, under contract, with an example that parses, documented with its settings."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from evtui.core.errors import RequestError
from evtui.core.transport import Handler, Queued, Target, Transport, TransportInfo
from evtui.engine.transport_table import TransportTable
from evtui.transports import TRANSPORTS, TransportContext, TransportEntry, TransportSettings
from evtui.transports.datagram.transport import DatagramTransport
from evtui.transports.route.transport import RouteTransport
from tests.contract.queued_worlds import WORLDS, Rabbitmq
from tests.contract.transports import TRANSPORTS as DIRECT_WORLDS
from tests.paths import ROOT

TRANSPORT_FILES = {"__init__.py", "grammar.py", "settings.py", "transport.py"}
"""What each folder holds: how its sockets are written, how they are described and set, and what sends."""
FOLDERS = {
    folder.name
    for folder in (ROOT / "evtui/transports").iterdir()
    if {path.name for path in folder.glob("*.py")} >= TRANSPORT_FILES
}
IN_PROCESS = {"route", "routing"}
"""Schemes without a peer: a script takes their notifications. tests/unit/transports/route and tests/functional of
scripts try them."""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[TransportContext]:
    """Give transports what they are made with; members of virtual sockets are datagrams."""
    with closing(DatagramTransport()) as datagrams:
        table = TransportTable([datagrams])

        def member(socket: str, trusted: bool) -> Target:
            return table.parse(socket, trusted=trusted)

        yield TransportContext(time.time, time.monotonic, member, unix_roots=(tmp_path,))


def made(entry: TransportEntry, context: TransportContext) -> Transport:
    """Make a transport whose example is understood: with a script's route."""
    transport = entry.make(context)
    if isinstance(transport, RouteTransport):
        takers = {"E_PIKE_BLOCKED": Handler(lambda _notification: None)}
        transport.serve(takers, takers)
    return transport


def lacks(entry: TransportEntry, context: TransportContext) -> list[str]:
    """Name the parts that a transport lacks."""
    transport = made(entry, context)
    missing = [f"{info.scheme}: {part}" for info in entry.infos for part in _scheme_lacks(info, transport)]
    if type(transport).__module__.split(".")[-2] not in FOLDERS:
        missing.append(f"{entry.name}: a folder with grammar.py, settings.py and transport.py")
    if transport.infos != entry.infos:
        missing.append(f"{entry.name}: the infos of its entry")
    undocumented = _undocumented(entry.name, (ROOT / "docs/settings.md").read_text(encoding="utf-8"))
    return [*missing, *(f"{path}: a row in docs/settings.md" for path in undocumented)]


def _scheme_lacks(info: TransportInfo, transport: Transport) -> list[str]:
    missing: list[str] = []
    if info.scheme not in _schemes_under_contract():
        missing.append("a world in the contract suite")
    if f"`{info.scheme}:" not in _socket_table():
        missing.append("a row in docs/sockets.md")
    if not info.grammar.startswith(f"{info.scheme}:") or not info.description:
        missing.append("a grammar and a description")
    scheme, _, address = info.example.partition(":")
    try:
        if transport.parse(scheme, address, trusted=True).socket.scheme != info.scheme:
            missing.append("an example of its own")
    except RequestError:
        missing.append("an example that parses")
    return missing


def _schemes_under_contract() -> set[str]:
    worlds = [*WORLDS.values(), Rabbitmq, *DIRECT_WORLDS.values()]
    spellings = [printed for world in worlds for _, printed in getattr(world, "spellings", ())]
    return {printed.partition(":")[0] for printed in spellings} | IN_PROCESS


def _socket_table() -> str:
    """Return the first column of the table of sockets."""
    text = (ROOT / "docs/sockets.md").read_text(encoding="utf-8")
    _, mark, after = text.partition("<!-- transports:")
    assert mark
    return "\n".join(re.findall(r"^\| (.*?) \| ", after.partition("\n\n")[0], re.MULTILINE))


def _undocumented(table: str, page: str) -> list[str]:
    settings = getattr(TransportSettings(), table, None)
    paths = [f"transports.{table}.{name}" for name in getattr(settings, "__struct_fields__", ())]
    return [path for path in paths if f"| `{path}` |" not in page]


@pytest.mark.parametrize("entry", TRANSPORTS, ids=lambda entry: entry.name)
def test_every_transport_is_whole(entry: TransportEntry, context: TransportContext) -> None:
    assert lacks(entry, context) == []


def test_every_folder_and_every_table_of_settings_is_in_the_list(context: TransportContext) -> None:
    listed = {type(made(entry, context)).__module__.split(".")[-2] for entry in TRANSPORTS}
    assert listed == FOLDERS
    rooms = {path.parent.name for path in (ROOT / "evtui/transports").glob("*/*.py")}
    assert rooms == FOLDERS  # no folder is half a transport
    assert set(TransportSettings.__struct_fields__) <= {entry.name for entry in TRANSPORTS}


@pytest.mark.parametrize("entry", TRANSPORTS, ids=lambda entry: entry.name)
def test_the_list_names_exactly_the_direct_schemes(
    entry: TransportEntry, context: TransportContext, tmp_path: Path
) -> None:
    transport = made(entry, context)
    for info in entry.infos:
        address = info.example.partition(":")[2].replace("/var/log", str(tmp_path))
        opened = transport.parse(info.scheme, address, trusted=True).open()
        assert info.direct == (not isinstance(opened, Queued | Handler)), info.scheme
    transport.close()


def test_no_scheme_is_there_twice() -> None:
    schemes = [info.scheme for entry in TRANSPORTS for info in entry.infos]
    assert len(schemes) == len(set(schemes))


class Half:
    """A transport that only its list knows."""

    infos = (TransportInfo("half", "half:NAME", "other:x", ""),)

    def __init__(self, real: Transport) -> None:
        self.parse, self.close = real.parse, real.close


def test_a_transport_that_lacks_everything_is_found(context: TransportContext) -> None:
    (datagram,) = (entry for entry in TRANSPORTS if entry.name == "datagram")

    def make(context: TransportContext) -> Half:
        return Half(datagram.make(context))

    half = replace(datagram, infos=Half.infos, make=make)
    assert lacks(half, context) == [
        "half: a world in the contract suite",
        "half: a row in docs/sockets.md",
        "half: a grammar and a description",
        "half: an example that parses",
        "datagram: a folder with grammar.py, settings.py and transport.py",
    ]
    assert _undocumented("tcp", "| `transports.tcp.timeout` |")[:2] == [
        "transports.tcp.queue_count", "transports.tcp.queue_bytes",
    ]  # fmt: skip
