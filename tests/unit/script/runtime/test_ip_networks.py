"""Addresses and networks in conditions."""

import pytest

from evtui.script.runtime.ip_networks import parse_network
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_message import PlainMessage
from tests.unit.script.world import said


def _holds(condition: str, source: str) -> bool:
    return said(f'if ({condition}) xlog("yes");', Scope(PlainMessage(source=(source, 5060)))) == ["yes"]


@pytest.mark.parametrize(
    ("condition", "inside", "outside"),
    [
        ("$si == 10.0.0.0/8", "10.200.3.4", "11.0.0.1"),
        ("src_ip==192.168.0.0/255.255.0.0", "192.168.77.1", "192.169.0.1"),
        ("$si == 10.0.0.1", "10.0.0.1", "10.0.0.10"),
        ("10.0.0.0/8 == $si", "10.1.1.1", "9.9.9.9"),
        ("src_ip == 2001:db8::/32", "2001:db8:0:0::1", "2001:db9::1"),
        ("src_ip == [2001:db8::]/ffff:ffff::", "2001:0db8::77", "::1"),
        ("$si == [::1]", "0:0:0:0:0:0:0:1", "::2"),
        ("src_ip == ::ffff:10.0.0.1", "::ffff:a00:1", "10.0.0.1"),
    ],
)
def test_an_address_is_compared_with_a_network(condition: str, inside: str, outside: str) -> None:
    assert _holds(condition, inside)
    assert not _holds(condition, outside)
    assert not _holds(condition.replace("==", "!="), inside)
    assert _holds(condition.replace("==", "!="), outside)


def test_a_value_that_is_no_address_is_in_no_network() -> None:
    assert said('$var(x) = "10.1"; if ($var(x) == 10.0.0.0/8) xlog("in"); if ($ua != 10.0.0.1) xlog("not");') == ["not"]


def test_a_text_is_compared_as_a_text() -> None:
    assert not _holds('$si == "10.0.0.0/8"', "10.0.0.1")


@pytest.mark.parametrize("word", ["uri", "10.0.0.1:5060", "10.0.0.0/33", "2001::/f0f0::", "udp:10.0.0.1", "10.0.0.256"])
def test_other_words_are_no_networks(word: str) -> None:
    assert parse_network(word) is None
