"""The line protocol of 2.x, read and written."""

import pytest

from evtui.core.errors import BadMessageError
from evtui.mi.protocol.line_protocol import (
    DATAGRAM_ERRORS,
    FIFO_ERRORS,
    Argument,
    Node,
    parse_arguments,
    parse_datagram,
    write_error,
    write_listener_error,
    write_reply,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", []),
        (b"\n \t\r\n", []),
        (b"E_X\nudp:127.0.0.1:9\n60\n", [Argument("E_X"), Argument("udp:127.0.0.1:9"), Argument("60")]),
        (b"  E_X \r\n", [Argument("E_X")]),
        (b"E_X", [Argument("E_X")]),
        (b'"E_X"\n', [Argument("E_X")]),
        (b'"a\nb"\n', [Argument("a\nb")]),
        (b'"say \\"hi\\" \\n"\n', [Argument('say "hi" \\n')]),
        (b"name::value\n", [Argument("value", "name")]),
        (b'name:: "two words"  \n', [Argument("two words", "name")]),
        (b"udp:[::1]:9000\n", [Argument("udp:[::1]:9000")]),
        (b"unix:/a::b\n", [Argument("unix:/a::b")]),
        (b"udp::7501\n", [Argument("7501", "udp")]),
        (b'""\nE_X\n', [Argument(""), Argument("E_X")]),
        (b"\xff\xfe\n", [Argument("\udcff\udcfe")]),
    ],
)
def test_arguments_are_read(raw: bytes, expected: list[Argument]) -> None:
    assert parse_arguments(raw) == expected


@pytest.mark.parametrize("raw", [b'E_"X"\n', b'"E_X\n', b'""\n', b'"E_X" more\n', b'E_X\n"open\n\n', b"name::\n"])
def test_a_quote_that_does_not_close_its_line_and_an_empty_last_argument_are_refused(raw: bytes) -> None:
    with pytest.raises(BadMessageError):
        parse_arguments(raw)


def test_a_datagram_is_its_command_and_the_lines_after_it() -> None:
    request = parse_datagram(b":event_subscribe:\nE_X\n")
    assert (request.command, request.arguments, request.reply) == ("event_subscribe", b"E_X\n", b"")


@pytest.mark.parametrize("raw", [b"", b"pwd:\n", b":pwd:", b":pwd:\r\n", b":pwd:reply\n", b"::\n", b":pwd\n:\n"])
def test_a_datagram_without_its_first_line_is_refused(raw: bytes) -> None:
    with pytest.raises(BadMessageError):
        parse_datagram(raw)


def test_a_reply_indents_children_by_a_tab_and_ends_with_an_empty_line() -> None:
    subscriber = Node("", "Subscriber", (("socket", "udp:127.0.0.1:9"), ("expire", "60")))
    event = Node("E_X", "Event", (("id", "5"),), (subscriber,))
    assert write_reply([event, Node("bare")]) == (
        b"200 OK\nEvent:: E_X id=5\n\tSubscriber::  socket=udp:127.0.0.1:9 expire=60\nbare\n\n"
    )
    assert write_reply([]) == b"200 OK\n\n"


def test_a_refusal_of_a_command_ends_with_an_empty_line_and_one_of_a_listener_does_not() -> None:
    assert write_error(400, "Bad parameter") == b"400 Bad parameter\n\n"
    assert write_listener_error(FIFO_ERRORS.unavailable, "h\udcff{}") == b"500 command 'h\\xff{}' not available\n"
    assert write_listener_error(DATAGRAM_ERRORS.unavailable, "x") == b"500 command not available\n"
