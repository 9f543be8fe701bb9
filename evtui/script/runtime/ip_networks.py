"""IP addresses and networks, as in conditions: `src_ip == 10.0.0.0/255.0.0.0`, `$si == [2001:db8::]/32`."""

import functools
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from evtui.script.runtime.script_values import Value

Network: TypeAlias = IPv4Network | IPv6Network


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an IP address, IPv6 with or without brackets; return None when the text is none."""
    try:
        return ip_address(text.strip().removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def parse_network(word: str) -> Network | None:
    """Parse a network, or an address as a network of one; return None when it is neither.

    An IPv6 mask may be written as an address, as in `2001:db8::/ffff:ffff::`.
    """
    host, slash, mask = word.replace("[", "").replace("]", "").partition("/")
    try:
        return ip_network(f"{host}/{_prefix_length(mask)}" if slash else host, strict=False)
    except ValueError:
        return None


def is_within(value: Value, network: Network) -> bool:
    """Return whether a value is an address of a network; false for a value that is not an address."""
    found = _address(value) if isinstance(value, str) else None
    return found is not None and found in network


_address = functools.lru_cache(maxsize=256)(parse_address)


def _prefix_length(mask: str) -> str:
    if ":" not in mask:
        return mask
    bits = f"{int(IPv6Address(mask)):0128b}"
    ones = bits.rstrip("0")
    if "0" in ones:
        raise ValueError(mask)
    return str(len(ones))
