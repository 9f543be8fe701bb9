"""Small routing-script bodies with what the reference server, 3.6.8, printed and raised; each is run in-process.

The data is in tests/data/script_truth, a file for each subject.
"""

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, Required, TypeAlias, TypedDict, cast

from evtui.codecs.jsonrpc import encode_notification
from evtui.codecs.text import encode as encode_text
from evtui.core.known_versions import ScriptVersion
from evtui.core.values import Params
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_values import to_bytes
from evtui.script.syntax.parse import parse
from evtui.scripting.sip.sip_message import parse_message
from tests.paths import TEST_DATA
from tests.unit.script.world import World

TRUTH_DIR: Final = TEST_DATA / "script_truth"
SERVER: Final = ("127.0.0.1", 25060)
SENDER: Final = ("127.0.0.1", 25061)
"""Stand for SIPPORT and OWNPORT in the data."""
_GLOBALS: Final = "log_level = 3\nxlog_level = 4\n"

Place: TypeAlias = Literal["event", "message", "reply", "startup", "timer"]


class TruthRow(TypedDict, total=False):
    """A case as it is written in a file."""

    id: Required[str]
    body: Required[str]
    routes: str
    message: str
    params: dict[str, str | int]
    lines: Required[list[str]]
    raised: list[str]


@dataclass(frozen=True)
class TruthCase:
    """A body, where it runs, and what the server made of it."""

    key: str
    body: str
    lines: tuple[str, ...]
    """The texts of xlog that begin with `= ` and end with a line end, without both. Bytes that are not UTF-8 are
    `\\xHH`."""
    raised: tuple[str, ...] = ()
    """The payloads of the event E_OUT."""
    routes: str = ""
    place: Place = "event"
    message: str | None = None
    params: dict[str, str | int] = field(default_factory=dict[str, str | int])


@dataclass(frozen=True)
class TruthAnswer:
    """What a body printed and raised here."""

    lines: tuple[str, ...]
    raised: tuple[str, ...]


def load_cases(name: str) -> Iterator[TruthCase]:
    """Read the cases of a file, by its name without `.jsonl`."""
    for line in (TRUTH_DIR / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row = cast("dict[str, object]", json.loads(line))
        yield _case(cast("TruthRow", row), cast("Place | None", row.get("in")))


def _case(row: TruthRow, place: Place | None) -> TruthCase:
    message = row.get("message")
    if message is not None:
        place = "reply" if message.startswith("SIP/2.0") else "message"
    return TruthCase(
        row["id"], row["body"], tuple(row["lines"]), tuple(row.get("raised", ())), row.get("routes", ""),
        place or "event", message, row.get("params", {}),
    )  # fmt: skip


_HEADS: Final[dict[Place, str]] = {
    "event": "event_route[E_CTL]",
    "message": "route",
    "reply": "onreply_route",
    "startup": "startup_route",
    "timer": "timer_route[t, 1]",
}


def answer(case: TruthCase, version: ScriptVersion = "3.6") -> TruthAnswer:
    """Run a case in a program of its own, by the rules of a version.

    What is compared is what the host is given to log, before it is made safe.
    """
    world = World(time=1_700_000_000.25)
    text = f"{_GLOBALS}{_HEADS[case.place]} {{\n{case.body}\n}}\n{case.routes}\n"
    made = Program(parse(text, "truth.cfg"), world, world, version=version)
    scope = None
    if case.message is not None:
        scope = Scope(parse_message(with_ports(case.message).encode(), SENDER, SERVER))
    params = Params.of({"c": case.key, **case.params}) if case.place == "event" else None
    route = next(compiled for found in made.state.routes.values() for compiled in found)
    made.run_route(route, scope, params=params)
    lines = [line[2:].rstrip("\n") for line in world.said if line.startswith("= ")]
    encode = encode_text if version == "2.4" else encode_notification
    payloads = [encode(name, given) for name, given in world.raised if name == "E_OUT"]
    return TruthAnswer(tuple(map(_plain, map(to_bytes, lines))), tuple(map(_plain, payloads)))


def with_ports(message: str) -> str:
    """Put the ports of the run into a message."""
    return message.replace("SIPPORT", str(SERVER[1])).replace("OWNPORT", str(SENDER[1]))


def _plain(data: bytes) -> str:
    return without_ports(data.decode("utf-8", "backslashreplace"))


def without_ports(text: str) -> str:
    """Write the ports of the run as they stand in the data."""
    return re.sub(rf"\b{SERVER[1]}\b", "SIPPORT", re.sub(rf"\b{SENDER[1]}\b", "OWNPORT", text))


def differs(case: TruthCase, version: ScriptVersion = "3.6") -> bool:
    """Return whether a case has another answer here than on the server of a version."""
    found = answer(case, version)
    return (found.lines, found.raised) != (case.lines, case.raised)


def unequal(
    name: str, deliberate: Container[str], version: ScriptVersion = "3.6"
) -> dict[str, tuple[str, str, TruthAnswer, TruthAnswer]]:
    """Return the cases of a file that have another answer here: body, routes, our answer and that of the server.

    Cases that differ on purpose are left out.
    """
    return {
        case.key: (case.body, case.routes, answer(case, version), TruthAnswer(case.lines, case.raised))
        for case in load_cases(name)
        if case.key not in deliberate and differs(case, version)
    }
