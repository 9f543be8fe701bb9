"""Variables of a SIP message, and the tutorial's accounting."""

import pytest

from evtui.core.values import Params
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_message import DUMMY, PlainMessage
from tests.unit.script.world import World, program, run

HEADERS = (
    ("Via", "SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bK-1;rport"),
    ("v", "SIP/2.0/TCP 192.0.2.9"),
    ("From", '"sipp" <sip:sipp@192.0.2.1:5061>;tag=f1'),
    ("To", "<sip:bob@example.com>"),
    ("i", "1-20611@127.0.0.1"),
    ("CSeq", "2 INVITE"),
    ("Contact", "<sip:sipp@192.0.2.1:5061>"),
    ("User-Agent", "phone 1"),
    ("Content-Type", "application/sdp"),
    ("Authorization", 'Digest username="sipp", realm="example.com", nonce="x"'),
)
INVITE = PlainMessage(
    "INVITE", "sip:bob@example.com:5062;transport=tcp", HEADERS, "v=0\r\n", source=("192.0.2.1", 5061),
    received=("198.51.100.1", 5060), text="INVITE sip:bob…",
)  # fmt: skip
TO_TAG = tuple((name, f"{value};tag=t1" if name == "To" else value) for name, value in HEADERS)
BYE = PlainMessage("BYE", "sip:bob@example.com", TO_TAG)
OK = PlainMessage("INVITE", None, TO_TAG, status=200, reason="OK")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("$rm", "INVITE"),
        ("$ru", "sip:bob@example.com:5062;transport=tcp"),
        ("$rU", "bob"),
        ("$rd", "example.com"),
        ("$rp", "5062"),
        ("$rP", "tcp"),
        ("$ou", "sip:bob@example.com:5062;transport=tcp"),
        ("$fu", "sip:sipp@192.0.2.1:5061"),
        ("$fU", "sipp"),
        ("$fd", "192.0.2.1"),
        ("$fn", '"sipp"'),
        ("$ft", "f1"),
        ("$tu", "sip:bob@example.com"),
        ("$tU", "bob"),
        ("$td", "example.com"),
        ("$tn", "<null>"),
        ("$tt", "<null>"),
        ("$ci", "1-20611@127.0.0.1"),
        ("$cs", "2"),
        ("$ct", "<sip:sipp@192.0.2.1:5061>"),
        ("$ua", "phone 1"),
        ("$si", "192.0.2.1"),
        ("$sp", "5061"),
        ("$Ri", "198.51.100.1"),
        ("$socket_in(port)", "5060"),
        ("$rb", "v=0\r\n"),
        ("$hdr(user-agent)", "phone 1"),
        ("$(hdr(Via)[1])", "SIP/2.0/TCP 192.0.2.9"),
        ("$(hdr(Via)[-1])", "SIP/2.0/TCP 192.0.2.9"),
        ("$hdrcnt(v)", "2"),
        ("$(hdr(Via)[0]{via.branch})", "z9hG4bK-1"),
        ("$(hdr(From){nameaddr.uri}{uri.port})", "5061"),
        ("$hdr(None)", "<null>"),
        ("$rs", "<null>"),
        ("$mb", "INVITE sip:bob…"),
        ("$ml", "17"),
        ("$du", "<null>"),
        ("$au", "sipp"),
        ("$ar", "example.com"),
        ("$cT", "application/sdp"),
        ("$(<request>rm)", "<null>"),
        ("$(<reply>rs)", "<null>"),
        ("$T_reply_code", "0"),
        ("$cfg_line", "2"),
        ("$cfg_file", "test.cfg"),
        ("$route", "route"),
        ("$route.type", "route"),
        ("$Ts", "1700000000"),
        ("$Tsm", "250000"),
        ("$time(%%s)", "%s"),
        ("$TS", "1700000000"),
        ("$pp", "0"),
        ("$$5", "$5"),
        ("$nosuch", "<null>"),
    ],
)
def test_the_variables_of_a_request(variable: str, value: str) -> None:
    world = World()
    run(f'xlog("{variable}");', world, Scope(INVITE))
    assert world.said[-1] == value.rstrip()


def test_the_variables_of_a_reply() -> None:
    world = World()
    run('xlog("$rs $rr $rm $ru $T_reply_code $(<reply>rs) $(<request>rm)");', world, Scope(OK))
    assert world.said[-1] == "200 OK INVITE <null> 0 <null> <null>"


def test_without_a_message_scripts_see_the_dummy() -> None:
    world = World()
    run('xlog("$rm $ru $fU $ci");', world)
    assert world.said == ["DUMMY sip:user@dummy.com from dummy-1"]
    assert Scope().message is DUMMY


def test_numbers_of_the_message_compare_with_numbers_and_with_texts() -> None:
    world = World()
    run('if ($rs == 200 && $rs == "200" && status == "200" && $rs =~ "^2") xlog("yes");', world, Scope(OK))
    assert world.said == ["yes"]


@pytest.mark.parametrize(
    ("change", "uri"),
    [
        ('$ru = "sip:a@b";', "sip:a@b"),
        ('$rU = "alice";', "sip:alice@example.com:5062;transport=tcp"),
        ('$rd = "h";', "sip:bob@h:5062;transport=tcp"),
        ("$rp = 99;", "sip:bob@example.com:99;transport=tcp"),
        ('$ru = "nonsense";', "<null>"),
    ],
)
def test_the_request_uri_can_be_changed(change: str, uri: str) -> None:
    world = World()
    run(f'{change} xlog("$ru $ou");', world, Scope(INVITE))
    assert world.said[-1] == f"{uri} sip:bob@example.com:5062;transport=tcp"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('is_method("INVITE")', True),
        ('is_method("BYE|INVITE")', True),
        ('is_method("CANCEL|BYE")', False),
        ("has_totag()", False),
        ('is_present_hf("User-Agent")', True),
        ('is_present_hf("Route")', False),
        ('is_myself("198.51.100.1")', True),
        ('is_myself("198.51.100.1", 5060)', True),
        ('is_myself("198.51.100.1", 5061)', False),
        ('is_myself("sip:x@198.51.100.1:5060")', False),
        ('is_myself("$rd")', False),
        ("uri==myself", False),
        ("src_ip==192.0.2.1", True),
        ('method=="INVITE"', True),
        ("src_port==5061", True),
        ("has_body()", True),
        ('has_body("text/plain")', False),
        ("loose_route()", False),
        ("is_from_local()", False),
    ],
)
def test_questions_about_a_request(condition: str, holds: bool) -> None:
    world = World()
    run(f'if ({condition}) xlog("yes"); else xlog("no");', world, Scope(INVITE))
    assert world.said == ["yes" if holds else "no"]


def test_the_addresses_a_script_listens_on_are_its_own() -> None:
    world = World()
    text = "listen=udp:example.com:5062\nalias=udp:h.example\n"
    text += 'route { if (uri==myself) xlog("1"); if (is_myself("h.example")) xlog("2"); }'
    program(text, world).run("route", None, Scope(INVITE))
    assert world.said == ["1", "2"]


def test_replies_go_through_the_host_with_their_headers() -> None:
    world = World()
    scope = Scope(INVITE)
    body = """
        append_to_reply("X-A: 1\\r\\n");
        append_to_reply("no header");
        sl_send_reply("404", "Not here");
        send_reply(99, "x");
        if (t_check_status("^4")) xlog("$T_reply_code");
    """
    run(body, world, scope)
    assert world.replies == [(404, "Not here", ["X-A: 1"])]
    assert world.said[-1] == "404"
    assert len(world.said) == 3


def test_a_reply_cannot_be_replied_to() -> None:
    world = World()
    run('send_reply(200, "OK"); xlog("$rc");', world, Scope(OK))
    assert (world.replies, world.said[-1]) == ([], "-1")


ACCOUNTING = """
route[ACC_VARS] {
    # first cleanup whatever it was there before this
    $avp(attrs) := NULL;
    $avp(vals) := NULL;
    $avp(attrs) = "from";
    $avp(vals) = $fU;
    if (has_totag()) {
        $avp(attrs) = "to";
        $avp(vals) = $rU;
    }
    $avp(attrs) = "callid";
    $avp(vals) = $ci;
}
route {
    route(ACC_VARS);
    if (!has_totag() && is_method("INVITE")) {
        raise_event("E_SCRIPT_CALL_START", $avp(attrs), $avp(vals));
        t_on_reply("acc");
    } else if is_method("CANCEL|BYE") {
        raise_event("E_SCRIPT_CALL_STOP", $avp(attrs), $avp(vals));
    }
    t_relay();
}
onreply_route[acc] {
    if (t_check_status("200")) {
        raise_event("E_SCRIPT_CALL_ESTABLISHED", $avp(attrs), $avp(vals));
    }
}
"""


def test_the_tutorial_s_accounting_of_a_call() -> None:
    world = World()
    loaded = program(ACCOUNTING, world)
    call = Scope(INVITE)
    loaded.run("route", None, call)
    loaded.run("onreply_route", "acc", Scope(OK, call.avps))
    loaded.run("route", None, Scope(BYE))
    begun = Params(("1-20611@127.0.0.1", "sipp"), ("callid", "from"))
    assert world.raised == [
        ("E_SCRIPT_CALL_START", begun),
        ("E_SCRIPT_CALL_ESTABLISHED", begun),
        ("E_SCRIPT_CALL_STOP", Params(("1-20611@127.0.0.1", "bob", "sipp"), ("callid", "to", "from"))),
    ]
