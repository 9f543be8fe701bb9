"""Settings written in one text: subscriptions, sockets to listen on."""

import pytest

from evtui.codecs.sockets import check_socket
from evtui.config.value_syntax import SubscribeLine, check_sip, parse_subscribe
from evtui.core.errors import BadSocketError, RequestError
from evtui.transports import INFOS


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("E_X udp:a:1", SubscribeLine("E_X", "udp:a:1")),
        ("E_X udp:a:1 60", SubscribeLine("E_X", "udp:a:1", 60)),
        ("E_X  virtual:PARALLEL  udp:a:1\tudp:b:2", SubscribeLine("E_X", "virtual:PARALLEL udp:a:1 udp:b:2")),
        ("E_X virtual:PARALLEL udp:a:1 udp:b:2 60", SubscribeLine("E_X", "virtual:PARALLEL udp:a:1 udp:b:2", 60)),
        (
            "E_X virtual:FAILOVER udp:a:1?payload=text udp:b:2",
            SubscribeLine("E_X", "virtual:FAILOVER udp:a:1?payload=text udp:b:2"),
        ),
    ],
)
def test_a_subscription_is_an_event_a_socket_and_perhaps_seconds(line: str, read: SubscribeLine) -> None:
    assert parse_subscribe(line) == read


@pytest.mark.parametrize(
    "line",
    [
        "E_X",
        "E_X udp:a:1 60 70",
        "E_X udp:a:1 0",
        "E_X virtual:PARALLEL udp:a:1 0",
        "E_X virtual:PARALLEL",
        "E_X virtual:PARALLEL 60",
        "E_X virtual:PARALLEL udp:a:1 60 70",
        "E_X virtual:PARALLEL udp:a:1 -60",
        "E_X virtual: udp:a:1",
    ],
)
def test_a_wrong_subscription_is_refused(line: str) -> None:
    with pytest.raises(RequestError):
        parse_subscribe(line)


def test_the_members_of_a_virtual_socket_are_checked_as_far_as_their_text_tells() -> None:
    with pytest.raises(BadSocketError) as refused:
        check_socket("virtual:FAILOVER udp:a:1 udp:b:99999", INFOS)
    assert (refused.value.part, "port" in refused.value.why) == ("member 2", True)
    assert check_socket("virtual:FAILOVER udp:a:1", INFOS) == ("virtual", "FAILOVER udp:a:1", None)


def test_sip_is_listened_for_over_udp_only() -> None:
    assert check_sip("udp:[::1]:5060") == ("::1", 5060)
    with pytest.raises(ValueError, match="over UDP only"):
        check_sip("unix:/tmp/sip")
