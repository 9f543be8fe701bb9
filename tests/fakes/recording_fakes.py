"""Recordings for tests: what a file holds, and states of a backend."""

import zlib
from pathlib import Path

from evtui.codecs.recording.line_json import decode_line
from evtui.codecs.recording.line_types import AnyLine, RaisedLine
from evtui.codecs.recording.record_lines import BackendStates
from evtui.core.ports import EventState, Status
from evtui.core.values import Event

EVENT = Event(0, "E_TEST")


def states(wall: float = 0.0) -> BackendStates:
    """How a backend with one event and no subscription stands."""
    return BackendStates(wall, 0.0, Status("embedded"), (EventState(EVENT),), ())


def read_lines(path: Path) -> list[AnyLine]:
    """Read all whole lines of a file, compressed or not, also of one that is still written."""
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        data = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data)
    whole, _, _ = data.rpartition(b"\n")
    return [decode_line(line) for line in whole.split(b"\n") if line]


def serials(path: Path) -> list[int]:
    """List the serials of the raises in a file."""
    return [line.serial for line in read_lines(path) if isinstance(line, RaisedLine)]


def kinds(path: Path) -> list[str]:
    """Name the types of the lines of a file."""
    return [type(line).__name__.removesuffix("Line").lower() for line in read_lines(path)]
