"""The very inputs with which evtui once stood still, each with far more time than it needs now.

The limit is there against the kind, not for speed: each of them took nine seconds or more, and takes milliseconds.
"""

from typing import Final

from evtui.codecs.endpoints import flag, split_options
from evtui.core.redact import redact_listed, redact_text
from evtui.script.runtime.message_scope import Scope
from evtui.scripting.sip.sip_message import parse_message
from tests.hostile.cost.growth import processor_time
from tests.unit.script.world import run

LIMIT: Final = 1.0
"""Seconds of processor time."""
HEAD: Final = (
    b"INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n"
    b"From: <sip:a@h>\r\nTo: <sip:b@h>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n"
)
LIKE_HARMLESS: Final = 8.0
"""Times the time of a harmless datagram of the same size in the same run: that one takes a few milliseconds."""


def time_of_harmless(size: int) -> float:
    """Return the processor time of a datagram of so many bytes with headers of 50 bytes, and of a run for it."""
    data = HEAD + b"X-Header: a value of a header that nobody looks at.\r\n" * (size // 52) + b"\r\n"
    return processor_time(lambda: run('xlog("$au $ar $adu");', scope=Scope(parse_message(data))))


def test_blanks_between_the_name_and_the_colon_of_a_header() -> None:
    data = HEAD + b"X" + b" " * 60_000 + b": y\r\n\r\n"
    assert processor_time(lambda: parse_message(data)) < LIKE_HARMLESS * time_of_harmless(len(data))
    assert parse_message(data).values("Session-Expires") == ["y"]


def test_credentials_that_are_one_long_word() -> None:
    message = parse_message(HEAD + b"Authorization: Digest " + b"1" * 30_000 + b"\r\n\r\n")
    took = processor_time(lambda: run('xlog("$au $ar $adu");', scope=Scope(message)))
    assert took < LIKE_HARMLESS * time_of_harmless(30_000)


def test_options_of_a_socket_that_can_be_read_in_two_ways() -> None:
    address = "/p?durable" + "&durable" * 60 + ":"
    assert processor_time(lambda: split_options("x", address, {"durable": flag}), 1) < LIMIT
    assert split_options("x", address, {"durable": flag}) == (address, {})


def test_a_line_of_the_log_that_is_almost_a_login() -> None:
    text = "a+" * 30_000 + ",a:b" * 10_000
    assert processor_time(lambda: (redact_text(text + "@"), redact_listed(text + "@"), redact_text(text)), 1) < LIMIT
