"""`{ip.…}`: IP addresses. Scripts do no IO here, so `resolve` accepts addresses and looks up no names."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from evtui.script.runtime.script_values import NotRunHereFault, Value
from evtui.script.transformations.transformation import (
    Argument,
    ParameterKind,
    TransformRule,
    Transforms,
    rule_of_text,
)

_OCTET: Final = r"(0|[1-9][0-9]{0,2})"
_IPV4: Final = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}?")
_IPV6: Final = re.compile(r"(\[)?+([0-9A-Fa-f:]++)(?(1)\])")
_NETWORK: Final = re.compile(r"([^/]++)/([0-9]{1,3})")
_GROUPS: Final = 8
_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10")


def packed(text: str) -> bytes | None:
    """Return the 4 or 16 bytes of an address, IPv6 with or without brackets; None when the text is none.

    The last number of an IPv4 address may be missing, and of a long group of an IPv6 address the last digits count,
    as in OpenSIPS.
    """
    found = _IPV4.fullmatch(text)
    if found is not None:
        numbers = [int(number or 0) for number in found.groups()]
        return bytes(numbers) if max(numbers) < 256 else None
    found = _IPV6.fullmatch(text)
    return None if found is None else _packed6(found[2])


def _packed6(text: str) -> bytes | None:
    """Return the bytes of an IPv6 address: eight groups, or fewer with one `::` in the place of the others."""
    if text.count(":") >= _GROUPS or text.count("::") > 1 or ":::" in text:
        return None
    left, gap, right = text.partition("::")
    before, after = (part.split(":") if part else [] for part in (left, right))
    missing = _GROUPS - len(before) - len(after)
    if (missing < 1) if gap else missing:
        return None
    groups = [*before, *([""] * missing), *after]
    return b"".join(int(group[-4:] or "0", 16).to_bytes(2, "big") for group in groups)


def _printed(data: bytes) -> str:
    """Return an address as OpenSIPS prints it: IPv6 with all eight groups, in capital letters."""
    if len(data) == 4:
        return ".".join(map(str, data))
    return ":".join(f"{data[at] << 8 | data[at + 1]:X}" for at in range(0, len(data), 2))


def _within(data: bytes, network: str) -> bool | None:
    """Return whether an address is in a network `address/prefix`; None when it is none of this family."""
    found = _NETWORK.fullmatch(network)
    base = packed(found[1]) if found is not None else None
    if found is None or base is None or len(base) != len(data) or int(found[2]) > 8 * len(data):
        return None
    shift = 8 * len(data) - int(found[2])
    return int.from_bytes(data, "big") >> shift == int.from_bytes(base, "big") >> shift


def _pton(text: str) -> Value:
    data = packed(text)
    return None if data is None else data.decode("latin-1")


def _ntop(text: str) -> Value:
    return _printed(text.encode("latin-1")) if len(text) in {4, 16} else None


def _family(text: str) -> Value:
    return {4: "INET", 16: "INET6"}.get(len(text))


def _resolved(text: str) -> Value:
    data = packed(text)
    if data is None:
        raise NotRunHereFault("host names are not resolved here: a text that is not an address gives NULL")
    return _printed(data)


def _matches(text: str, arguments: Sequence[Argument]) -> Value:
    data = packed(text)
    found = None if data is None else _within(data, str(arguments[0]))
    return None if found is None else int(found)


def _test(holds: Callable[[bytes], bool]) -> TransformRule:
    """Make a test of the bytes of an address: 0 for a text that is none, NULL for the empty text."""

    def work(text: str) -> Value:
        data = packed(text)
        return (int(data is not None and holds(data))) if text else None

    return rule_of_text(work)


ADDRESSES: Final[Transforms] = {
    "pton": rule_of_text(_pton),
    "ntop": rule_of_text(_ntop),
    "resolve": rule_of_text(lambda text: _resolved(text) if text else None),
    "isip": _test(lambda _data: True),
    "isip4": _test(lambda data: len(data) == 4),
    "isip6": _test(lambda data: len(data) == 16),
    "family": rule_of_text(_family),
    "matches": TransformRule(_matches, (ParameterKind.TEXT,)),
    "isprivate": _test(lambda data: any(_within(data, network) for network in _PRIVATE)),
}
