"""The address of a host name, and whether notifications may be sent there.

`2852039166`, `0xA9FEA9FE` and `::ffff:169.254.169.254` all mean 169.254.169.254. So the check is made on the
address that the resolver returns, and notifications go to that address.
"""

import ipaddress
import socket
from collections.abc import Container

from evtui.core.errors import BadSocketError, UnresolvedError
from evtui.transports.address_classes import AddressClass, Ip, refused_classes


def is_numeric(host: str) -> bool:
    """Say whether a host is an address as it stands, so that resolving it cannot block."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def resolve(
    text: str, host: str, port: int, allow: Container[AddressClass], setting: str = "transports.datagram.allow"
) -> tuple[Ip, int]:
    """Return the address of a host (IPv4 first, as OpenSIPS uses no other) and its IPv6 scope, else 0.

    `setting` names the setting that allows more. May block on a name server.
    raises BadSocketError: it does not resolve, or its address is of a class that is not allowed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UnresolvedError(text, "host", f"{host!r} does not resolve: {why}") from error
    found.sort(key=lambda answer: answer[0] != socket.AF_INET)
    address = found[0][4]
    ip = unwrap(ipaddress.ip_address(str(address[0]).partition("%")[0]))
    if (refused := next((each for each in refused_classes(ip) if each not in allow), None)) is not None:
        raise BadSocketError(text, "host", f"{ip} is {refused}: allow it in {setting}")
    return ip, int(address[3]) if len(address) == 4 else 0


def unwrap(ip: Ip) -> Ip:
    """Return the IPv4 address inside an IPv4-mapped IPv6 one."""
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip
