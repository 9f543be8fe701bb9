"""The torture messages of RFC 4475, against the parser, scripts that read everything, and the listener."""

import logging
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from evtui.core.errors import BadMessageError
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.transformations.transformation_table import TRANSFORMS
from evtui.script.variables.variable_table import PLAIN_VARIABLES, VARIABLE_FAMILIES
from evtui.scripting.sip.reply import can_reply, write_reply
from evtui.scripting.sip.sip_message import parse_message
from tests.functional.scripts.script_world import scripted, sip_place
from tests.hostile.cost.growth import grows_linearly, processor_time
from tests.paths import TEST_DATA
from tests.unit.script.world import World, program

MESSAGES: Final = {path.stem: path.read_bytes() for path in sorted((TEST_DATA / "torture").rglob("*.sip"))}
VALID: Final = {path.stem for path in (TEST_DATA / "torture" / "valid").iterdir()}
REFUSED: Final = {"badinv01", "badvers", "bigcode", "insuf", "lwsruri", "lwsstart", "mismatch01", "mismatch02"}
"""What the parser refuses: without a Via, a status, a first line or a method that can be used there is no message."""
HEADERS: Final = {
    "via": "SIP/2.0/UDP h;a=b", "from": "<sip:a@h>;tag=", "to": '"', "call-id": "", "cseq": "1 INVITE",
    "contact": "sip:", "route": "<", "authorization": "Digest ", "content-type": "", "content-length": "", "x": "",
}  # fmt: skip
"""Headers, and how the long value of each begins."""
MANDATORY: Final = {
    "via": b"SIP/2.0/UDP h", "from": b"<sip:a@h>", "to": b"<sip:b@h>", "call-id": b"1", "cseq": b"1 INVITE",
}  # fmt: skip
UNITS: Final = ("a", "1", " ", ";", ",", '"', "<", "@", ":", "\\", '\\"', ";a=b", ', "a"', "a=", "\r\n ", "%41", "[")
LINES: Final = [
    *(f'xlog("{name} ${name}");' for name in PLAIN_VARIABLES),
    *(f'xlog("{name} $({name}[0]) $({name}[*])");' for name in VARIABLE_FAMILIES),
    *(f'xlog("$(hdr({name})[*]) $hdrcnt({name})");' for name in HEADERS),
    *(
        f"$var(x) = $(hdr({name}){{{kind}.{work}{more}}});"
        for name in ("via", "from", "contact", "authorization")
        for kind, more in (("nameaddr", ""), ("via", ""), ("uri", ""), ("param", ",tag"), ("csv", ",0"))
        for work in TRANSFORMS[kind]
    ),
    "for ($var(h) in $(hdr(via)[*])) { $var(y) = $var(h); }",
    'if (has_totag() || is_myself("$rd") || loose_route() || has_body("application/sdp")) $var(y) = 1;',
]
EVERYTHING: Final = "\n".join(LINES)
"""A script that reads all there is."""


def run_everything(data: bytes) -> None:
    """Parse a message and run a script that reads all of it; a refusal is a result."""
    try:
        message = parse_message(data, ("192.0.2.1", 5060), ("192.0.2.2", 5060))
    except BadMessageError:
        return
    outcome = program(f"route {{ {EVERYTHING} }}", World()).run("route", None, Scope(message))
    assert outcome.ended == "end", outcome
    if can_reply(message, 200):
        assert write_reply(message, 200, "OK", salt=b"s").endswith(b"\r\n\r\n")


def test_every_section_of_the_rfc_has_its_message() -> None:
    assert len(MESSAGES) == 49
    assert len(VALID) == 13


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_read_or_refused_and_a_script_reads_all_of_it(name: str) -> None:
    if name in REFUSED:
        with pytest.raises(BadMessageError):
            parse_message(MESSAGES[name])
    else:
        assert parse_message(MESSAGES[name]).method
    run_everything(MESSAGES[name])


def test_what_the_rfc_calls_valid_is_not_refused() -> None:
    assert not VALID & REFUSED


@pytest.mark.parametrize("name", HEADERS)
def test_a_message_with_one_long_header_takes_time_in_proportion(name: str) -> None:
    made = program(f"route {{ {EVERYTHING} }}", World())

    def work(size: int, unit: str) -> Callable[[], object]:
        data = with_header(name, (HEADERS[name] + unit * (size // len(unit))).encode())
        return lambda: _run(made, data)

    slowest = sorted(UNITS, key=lambda unit: processor_time(work(1_000, unit), 1))[-2:]
    for unit in slowest:
        assert grows_linearly(partial(work, unit=unit), 1_000), unit


def with_header(name: str, value: bytes) -> bytes:
    """Write a request in which one header has a value of its own."""
    lines = {**MANDATORY, name: value}
    return (
        b"INVITE sip:b@h SIP/2.0\r\n"
        + b"".join(written.encode() + b": " + held + b"\r\n" for written, held in lines.items())
        + b"\r\n"
    )


def _run(made: Program, data: bytes) -> None:
    try:
        message = parse_message(data)
    except BadMessageError:
        return
    made.run("route", None, Scope(message))


class ErrorCounter(logging.Handler):
    """Counts the records that hold an exception."""

    errors = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        self.errors += record.exc_info is not None


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[ErrorCounter]:
    """Count errors in the log. The test runner does not see the log: it cannot print bytes that are no UTF-8."""
    counter, logger = ErrorCounter(), logging.getLogger("evtui")
    monkeypatch.setattr(logger, "propagate", False)
    logger.addHandler(counter)
    yield counter
    logger.removeHandler(counter)


async def test_the_listener_goes_on_after_each_of_them(tmp_path: Path, logged: ErrorCounter) -> None:
    script = (
        f'route {{ {EVERYTHING} if (is_method("PING")) send_reply("200", "OK"); }}\nonreply_route {{ {EVERYTHING} }}'
    )
    async with scripted(tmp_path, script, sip=sip_place()) as world:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            for data in MESSAGES.values():
                stranger.sendto(data, world.sip)
            stranger.sendto(with_header("cseq", b"1 PING").replace(b"INVITE", b"PING", 1), world.sip)
            await world.until(lambda: world.script.sip_statistics.sent == 1)
        counted = world.script.sip_statistics
        assert counted.malformed == len(REFUSED)
        assert counted.requests + counted.replies == len(MESSAGES) - len(REFUSED) + 1
        assert all(state.errors == 0 for state in world.script.routes.states())
    assert logged.errors == 0
