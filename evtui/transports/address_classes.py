"""The classes of addresses that notifications are not sent to unless the configuration allows them.

A server that anyone may subscribe at would otherwise reach, for a stranger, what only its own host can reach: the
metadata service of its cloud, the devices on its link. An IPv6 address may hold an IPv4 address, which a gateway or
the kernel then sends to. Both are classified.
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, Literal, TypeAlias

Ip: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

AddressClass: TypeAlias = Literal["link-local", "metadata", "multicast", "reserved", "shared", "unspecified"]
"""Addresses that are refused unless the configuration allows their class."""

_METADATA: Final = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
"""The metadata services of clouds that are not link-local: Alibaba, Azure, Oracle, Amazon, Google."""
_RESERVED: Final = (ipaddress.IPv4Network("0.0.0.0/8"), ipaddress.IPv4Network("192.0.0.0/24"))
"""Reserved networks that Python calls private or global."""

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64: Final = ipaddress.IPv6Network("64:ff9b:1::/48")
_TRANSLATED: Final = ipaddress.IPv6Network("::ffff:0:0:0/96")
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_ISATAP: Final = frozenset((0x0000_5EFE, 0x0200_5EFE))
"""Bits 64 to 95 of an address whose last 32 bits are an IPv4 address (RFC 5214)."""

_REFUSED: Final[Mapping[AddressClass, Callable[[Ip], bool]]] = {
    "unspecified": lambda ip: ip.is_unspecified,
    "metadata": lambda ip: ip in _METADATA,
    "link-local": lambda ip: ip.is_link_local,
    "multicast": lambda ip: ip.is_multicast,
    "reserved": lambda ip: not ip.is_loopback and ip not in _NAT64 and _is_reserved(ip),
    "shared": lambda ip: not (ip.is_loopback or ip.is_private or ip.is_global),
}
"""What is refused, in the order of asking. All others are loopback, private or global, and allowed.

Reserved are 240.0.0.0/4 with the broadcast address, 192.0.0.0/24, 0.0.0.0/8, fec0::/10 and the unassigned parts of
IPv6. Shared are 100.64.0.0/10, the addresses that a provider gives to its customers behind NAT.
"""


@lru_cache(maxsize=1024)
def refused_classes(ip: Ip) -> tuple[AddressClass, ...]:
    """Return the classes of an address that are refused by default, also those of an IPv4 address in it."""
    inner = tuple(embedded(ip))
    asked = inner if ip.version == 6 and ip.ipv4_mapped is not None else (ip, *inner)
    return tuple(name for each in asked for name, is_member in _REFUSED.items() if is_member(each))


def embedded(ip: Ip) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses in an IPv6 address: mapped, compatible, translated, 6to4, Teredo, NAT64, ISATAP."""
    if ip.version == 4:
        return
    last = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
    if ip.sixtofour is not None:
        yield ip.sixtofour
    if ip.teredo is not None:
        yield from ip.teredo
    if ip in _LOCAL_NAT64:
        yield ipaddress.IPv4Address(ip.packed[6:8] + ip.packed[9:11])  # RFC 6052 2.2 skips bits 64 to 71
        yield last
    if ip in _NAT64 or ip in _TRANSLATED or (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP:
        yield last
    if ip in _COMPATIBLE and int(ip) > 1:  # :: and ::1 hold none
        yield last


def _is_reserved(ip: Ip) -> bool:
    return ip.is_reserved or (ip.version == 6 and ip.is_site_local) or any(ip in network for network in _RESERVED)
