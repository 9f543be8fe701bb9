"""SIP messages read from bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.core.errors import BadMessageError
from evtui.script.runtime.script_message import ScriptMessage
from evtui.scripting.sip.sip_message import is_keepalive, parse_message, split_messages

INVITE = (
    b"INVITE sip:bob@127.0.0.1:5060 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-1;rport\r\n"
    b'From: "Alice" <sip:alice@example.org>;tag=a1\r\n'
    b"To: <sip:bob@example.org>\r\n"
    b"Call-ID: call-1@127.0.0.1\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"Content-Length: 4\r\n\r\nv=0\n"
)
COMPACT = (
    b"BYE sip:bob@h SIP/2.0\nv: SIP/2.0/TCP 9.9.9.9:5061;branch=z9hG4bKx, SIP/2.0/UDP p.example.org\n"
    b"Via: SIP/2.0/UDP 10.0.0.1\nf: <sip:a@h>;tag=1\nt: <sip:b@h>;tag=2\ni: c2\nCSeq: 7 BYE\n"
    b"Subject: one\n  two\n\tthree\nX-Odd: caf\xe9\n\n"
)


def test_a_request_is_read_into_what_a_script_sees() -> None:
    message: ScriptMessage = parse_message(INVITE, ("10.1.1.1", 5070), ("10.1.1.2", 5060))
    assert (message.method, message.uri, message.status) == ("INVITE", "sip:bob@127.0.0.1:5060", None)
    assert (message.source, message.received, message.protocol) == (("10.1.1.1", 5070), ("10.1.1.2", 5060), "udp")
    assert (message.body, message.text) == ("v=0\n", INVITE.decode())
    assert message.headers[1] == ("From", '"Alice" <sip:alice@example.org>;tag=a1')


def test_compact_and_folded_headers_several_vias_and_bytes_that_are_no_utf8_are_understood() -> None:
    message = parse_message(COMPACT)
    assert (message.via.host, message.via.port, message.via.transport) == ("9.9.9.9", 5061, "TCP")
    assert message.values("Via")[1] == "SIP/2.0/UDP 10.0.0.1"
    assert message.transaction == ("c2", 7, "BYE")
    assert message.header("Subject") == "one two three"
    assert message.header("x-odd").encode("utf-8", "surrogateescape") == b"caf\xe9"
    assert message.headers[0][0] == "v"


def test_a_reply_has_a_status_and_the_method_of_its_cseq() -> None:
    message = parse_message(INVITE.replace(b"INVITE sip:bob@127.0.0.1:5060 SIP/2.0", b"SIP/2.0 183 Session Progress"))
    assert (message.method, message.uri, message.status, message.reason) == ("INVITE", None, 183, "Session Progress")


def test_what_follows_the_body_in_a_datagram_is_cut_and_a_wrong_length_does_no_harm() -> None:
    assert parse_message(INVITE + b"junk").body == "v=0\n"
    assert parse_message(INVITE.replace(b"Length: 4", b"Length: 999")).body == "v=0\n"
    assert parse_message(INVITE.replace(b"Length: 4", b"Length: -1")).body == "v=0\n"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (INVITE.replace(b"Call-ID", b"X-ID"), "no Call-ID"),
        (INVITE.replace(b"Via:", b"Vja:"), "no Via"),
        (INVITE.replace(b"SIP/2.0/UDP 127", b"HTTP/1.1 127"), "Via"),
        (INVITE.replace(b"1 INVITE", b"one INVITE"), "CSeq"),
        (INVITE.replace(b"1 INVITE", b"1 BYE"), "methods"),
        (INVITE.replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1), "neither"),
        (INVITE.replace(b"INVITE sip:bob@127.0.0.1:5060 SIP/2.0", b"SIP/2.0 99 No"), "status '99'"),
        (INVITE.replace(b"To: ", b"To "), "header 'To <sip"),
        (b"INVITE sip:x SIP/2.0", "no empty line"),
        (b"GET / HTTP/1.1\r\n\r\n", "no Via"),
    ],
)
def test_a_wrong_message_is_refused_with_the_reason(wrong: bytes, why: str) -> None:
    with pytest.raises(BadMessageError, match=why):
        parse_message(wrong)


@given(st.binary(max_size=300), st.integers(0, len(INVITE)), st.integers(0, 30))
def test_garbage_and_mutations_are_messages_or_bad_messages(junk: bytes, at: int, cut: int) -> None:
    for data in (junk, INVITE[:at] + junk + INVITE[at + cut :]):
        try:
            message = parse_message(data)
        except BadMessageError:
            continue
        assert message.transaction[0]


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\0", b"\0\0\0\0"])
def test_keepalives_are_recognised(data: bytes) -> None:
    assert is_keepalive(data)
    assert not is_keepalive(INVITE)


def test_messages_of_a_file_are_split_at_lines_of_three_hyphens() -> None:
    file = INVITE + b"\n---\n" + COMPACT + b"\n\n---\r\n" + INVITE.partition(b"\r\n\r\n")[0] + b"\n---\n"
    first, second, third = split_messages(file)
    assert parse_message(first).method == parse_message(third).method == "INVITE"
    assert parse_message(second).method == "BYE"


def test_messages_of_a_file_without_hyphens_end_by_their_content_length() -> None:
    bodiless = COMPACT.replace(b"CSeq", b"l: 0\nCSeq")
    assert [parse_message(one).method for one in split_messages(INVITE + bodiless + b"\n" + INVITE)] == [
        "INVITE", "BYE", "INVITE",
    ]  # fmt: skip
    assert split_messages(b"\r\n\n ") == []


def test_a_message_without_a_length_ends_where_the_next_one_begins() -> None:
    parts = split_messages(COMPACT + b"v=0\n" + INVITE + b"no SIP\nat all\n\nstill none\n\n" + COMPACT)
    assert [part.partition(b" ")[0] for part in parts] == [b"BYE", b"INVITE", b"no", b"BYE"]
    assert parse_message(parts[0]).body == "v=0\n"
