"""Addresses in headers, such as `"Bob" <sip:bob@h>;tag=1`, also several between commas."""

import functools
import re
from dataclasses import dataclass
from typing import Final

_PIECE: Final = re.compile(r'"(?:\\.|[^"\\])*+"?|<[^>]*+>?|[^"<,]++|,', re.DOTALL)
_NAMED: Final = re.compile(r'\s*+(?P<name>"(?:\\.|[^"\\])*+"\s*+|[^<"]*+)<(?P<uri>[^>]*+)>(?P<params>.*+)', re.DOTALL)
_BARE: Final = re.compile(r"\s*+(?P<uri>[^;\s<>\"]++)(?P<params>.*)", re.DOTALL)
_PARAM: Final = re.compile(r'([^;="\s]++)(?:\s*+=\s*+("(?:\\.|[^"\\])*+"|[^;"]*+))?[^;]*+(?:;|\Z)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class NameAddress:
    """One address: its display name as it is written, its URI, and its parameters."""

    text: str
    """The whole address, without the blanks around it."""
    name: str | None
    uri: str
    params: str | None
    """The parameters as they are written."""

    def param(self, name: str) -> str | None:
        """Return the value of the last parameter of a name, without its quotes; None when there is none."""
        wanted, found = name.lower(), None
        for key, value in _PARAM.findall(self.params or ""):
            if key.lower() == wanted:
                found = value.strip()
        return found[1:-1] if found and len(found) > 1 and found[0] == found[-1] == '"' else found


@functools.lru_cache(maxsize=256)
def parse_addresses(text: str) -> tuple[NameAddress, ...]:
    """Return the addresses of a header's value; those that cannot be read are left out. 256 texts are kept."""
    return tuple(found for found in map(_address, _split(text)) if found is not None)


def _split(text: str) -> list[str]:
    """Split at the commas outside quotes and angle brackets."""
    pieces: list[str] = []
    current: list[str] = []
    for match in _PIECE.finditer(text):
        if match[0] == ",":
            pieces.append("".join(current))
            current = []
        else:
            current.append(match[0])
    return [*pieces, "".join(current)]


def _address(text: str) -> NameAddress | None:
    found = _NAMED.fullmatch(text) or _BARE.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    params = parts["params"].strip().removeprefix(";").strip()
    return NameAddress(text.strip(), (parts.get("name") or "").rstrip() or None, parts["uri"], params or None)
