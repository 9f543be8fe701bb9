"""`{ip.…}`: IP addresses. Scripts do no IO here, so `resolve` accepts addresses and looks up no names."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from evtui.script.runtime.ip_networks import parse_address
from evtui.script.runtime.script_values import NotRunHereFault, ScriptFault, Value, from_bytes, to_bytes
from evtui.script.transformations.transformation import Transforms, parameter, without_parameters


def _address(text: str) -> IPv4Address | IPv6Address:
    found = parse_address(text)
    if found is None:
        raise ScriptFault(f"not an IP address: {text[:40]!r}")
    return found


def _ntop(text: str) -> Value:
    try:
        return str(ip_address(to_bytes(text)))
    except ValueError:
        raise ScriptFault("ntop: neither 4 nor 16 bytes") from None


def _resolved(text: str) -> Value:
    found = parse_address(text)
    if found is None:
        raise NotRunHereFault("host names are not resolved here: a text that is not an address gives NULL")
    return str(found)


def _matches(text: str, parameters: tuple[str, ...]) -> Value:
    try:
        network = ip_network(parameter(parameters, 0).strip(), strict=False)
    except ValueError:
        raise ScriptFault(f"not a network: {parameter(parameters, 0)[:40]!r}") from None
    return int(_address(text) in network)


ADDRESSES: Final[Transforms] = {
    "pton": without_parameters(lambda text: from_bytes(_address(text).packed)),
    "ntop": without_parameters(_ntop),
    "resolve": without_parameters(_resolved),
    "isip": without_parameters(lambda text: int(parse_address(text) is not None)),
    "family": without_parameters(lambda text: "INET" if _address(text).version == 4 else "INET6"),
    "matches": _matches,
    "isprivate": without_parameters(lambda text: int(_address(text).is_private)),
}
