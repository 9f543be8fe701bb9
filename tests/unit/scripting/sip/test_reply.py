"""Replies to SIP requests."""

import pytest

from evtui.scripting.sip.reply import can_reply, reply_address, write_reply
from evtui.scripting.sip.sip_message import SipMessage, parse_message

SALT = b"salt"


def request(
    via: bytes = b"SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK*1~x;rport",
    to: bytes = b"<sip:b@h>",
    method: bytes = b"INVITE",
) -> SipMessage:
    head = b"%b sip:b@h SIP/2.0\r\nVia: %b\r\nv: SIP/2.0/UDP proxy\r\n" % (method, via)
    tail = b"f: <sip:a@h>;tag=1\r\nTo: %b\r\ni: c1\r\nCSeq: 2 %b\r\n\r\n" % (to, method)
    return parse_message(head + tail, ("198.51.100.7", 40000))


def lines(reply: bytes) -> list[str]:
    return reply.decode().split("\r\n")


def test_a_reply_copies_the_headers_of_the_transaction_and_adds_a_tag() -> None:
    made = lines(write_reply(request(), 486, "Busy Here", salt=SALT))
    assert made[0] == "SIP/2.0 486 Busy Here"
    assert made[1:4] == [
        "Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK*1~x;received=198.51.100.7;rport=40000",
        "Via: SIP/2.0/UDP proxy",
        "From: <sip:a@h>;tag=1",
    ]
    assert made[4].startswith("To: <sip:b@h>;tag=")
    assert made[5:] == ["Call-ID: c1", "CSeq: 2 INVITE", "Content-Length: 0", "", ""]


def test_the_same_request_gets_the_same_tag_and_another_server_another() -> None:
    one, two = (write_reply(request(), 200, "OK", salt=SALT) for _ in range(2))
    assert one == two
    assert write_reply(request(), 200, "OK", salt=b"other") != one


def test_a_to_with_a_tag_and_a_100_get_none() -> None:
    assert "To: <sip:b@h>;tag=x" in lines(write_reply(request(to=b"<sip:b@h>;tag=x"), 200, "OK", salt=SALT))
    assert "To: <sip:b@h>" in lines(write_reply(request(), 100, "Trying", salt=SALT))


def test_a_reply_goes_to_where_the_request_came_from_whatever_its_via_says() -> None:
    assert reply_address(request()) == ("198.51.100.7", 40000)
    assert reply_address(request(b"SIP/2.0/UDP 192.0.2.9:5070;maddr=203.0.113.1")) == ("198.51.100.7", 5070)
    assert reply_address(request(b"SIP/2.0/UDP host")) == ("198.51.100.7", 5060)
    assert reply_address(request(b"SIP/2.0/UDP host:99999")) == ("198.51.100.7", 40000)


def test_received_replaces_an_earlier_one_and_further_vias_stay() -> None:
    via = b"SIP/2.0/UDP host;received=6.6.6.6;branch=z, SIP/2.0/UDP second"
    made = lines(write_reply(request(via), 200, "OK", salt=SALT))
    assert made[1] == "Via: SIP/2.0/UDP host;branch=z;received=198.51.100.7, SIP/2.0/UDP second"
    exact = lines(write_reply(request(b"SIP/2.0/UDP 198.51.100.7:5;branch=z"), 200, "OK", salt=SALT))
    assert exact[1] == "Via: SIP/2.0/UDP 198.51.100.7:5;branch=z"


def test_headers_of_a_script_are_added_but_cannot_end_the_headers_or_replace_copied_ones() -> None:
    own = ["Contact: <sip:x@h>\r\n", "X-A: 1\r\n\r\nbody", "no header", "Via: SIP/2.0/UDP evil", "l: 5", "Reason: q"]
    made = lines(write_reply(request(), 200, "OK\r\nX-Evil: 1", own, salt=SALT))
    assert made[0] == "SIP/2.0 200 OK X-Evil: 1"
    assert made[7:] == ["Contact: <sip:x@h>", "X-A: 1", "Reason: q", "Content-Length: 0", "", ""]


@pytest.mark.parametrize(
    ("method", "code", "can"), [(b"INVITE", 200, True), (b"ACK", 200, False), (b"BYE", 700, False)]
)
def test_an_ack_and_codes_that_do_not_exist_get_no_reply(method: bytes, code: int, can: bool) -> None:
    assert can_reply(request(method=method), code) is can
