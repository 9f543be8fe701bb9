"""Which addresses notifications are not sent to by default: every spelling of one that a stranger must not reach."""

import ipaddress
from typing import get_args

import pytest

from evtui.core.errors import BadSocketError
from evtui.transports.address_classes import AddressClass, refused_classes
from evtui.transports.datagram.settings import DatagramSettings
from evtui.transports.datagram.transport import DatagramTransport
from evtui.transports.resolver import resolve

REFUSED = {
    "link-local": [
        "169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254",
        "::ffff:0:a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1::a9fe:a9fe", "2001:0:a9fe:a9fe::1",
        "2001:0:808:808::5601:5601", "2001:db8::5efe:a9fe:a9fe", "2001:db8::200:5efe:169.254.169.254", "fe80::1",
    ],
    "reserved": [
        "fec0::1", "255.255.255.255", "240.0.0.1", "192.0.0.8", "0.1.2.3", "4000::1", "::8.8.8.8", "2002:f000:1::1",
    ],
    "shared": ["100.64.0.1", "100.127.255.254", "64:ff9b::100.64.0.1"],
    "metadata": ["100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "2002:6464:64c8::"],
    "multicast": ["224.0.0.1", "ff02::1", "64:ff9b::224.0.0.1"],
    "unspecified": ["0.0.0.0", "::", "::ffff:0.0.0.0", "64:ff9b::"],
}  # fmt: skip
ALLOWED = [
    "127.0.0.1", "127.5.5.5", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "192.0.2.1", "198.18.0.1", "8.8.8.8",
    "fd12::1", "2001:db8::1", "2620:4f:8000::1", "64:ff9b::8.8.8.8", "64:ff9b::10.0.0.1", "2002:808:808::1",
    "::ffff:10.0.0.1", "2001:db8::5efe:10.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "address"), [(kind, each) for kind, some in REFUSED.items() for each in some])
def test_an_address_is_refused_however_it_is_written(kind: AddressClass, address: str) -> None:
    assert kind in set(refused_classes(ipaddress.ip_address(address)))
    with pytest.raises(BadSocketError, match=r"allow it in transports\.x\.allow"):
        resolve("udp:X:1", address, 1, (), "transports.x.allow")


@pytest.mark.parametrize("address", ALLOWED)
def test_loopback_private_and_global_addresses_are_allowed(address: str) -> None:
    assert not [*refused_classes(ipaddress.ip_address(address))]


def test_every_class_can_be_met_and_allowed() -> None:
    assert {*REFUSED} == {*get_args(AddressClass)}
    for some in REFUSED.values():
        for address in some:
            resolve("udp:X:1", address, 1, get_args(AddressClass))


def test_allowing_the_outer_class_does_not_allow_the_address_inside() -> None:
    with pytest.raises(BadSocketError, match="link-local"):
        resolve("udp:X:1", "::169.254.169.254", 1, ("reserved",))


@pytest.mark.parametrize("host", ["[64:ff9b::a9fe:a9fe]", "[fec0::1]", "100.100.100.200", "0xA9FEA9FE", "2852039166"])
def test_a_socket_that_names_such_an_address_is_refused(host: str) -> None:
    transport = DatagramTransport(DatagramSettings())
    with pytest.raises(BadSocketError, match="allow it in"):
        transport.parse("udp", f"{host}:9000", trusted=False).open()
    transport.close()
