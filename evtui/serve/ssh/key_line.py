"""One line of a file of authorized keys: options, a key, its name. No key is checked here, and no file is read.

`role="operator",commands ssh-ed25519 AAAA… alice@example.org`, as sshd has it (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
Options that only take away what this door never gives are accepted; others that it does not know are refused, because
they would be promises that are not kept.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Final

from msgspec import Struct

from evtui.core.viewers.session_state import Role
from evtui.core.wildcards import matches

_OPTION: Final = re.compile(r'([A-Za-z][A-Za-z0-9-]*)(?:="((?:[^"\\]|\\.)*)")?(?:,|(?=[ \t])|$)')
_KEY_TYPE: Final = re.compile(r"(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+")

_GIVES_NOTHING: Final = frozenset(
    {
        "restrict", "pty", "no-pty", "port-forwarding", "no-port-forwarding", "agent-forwarding",
        "no-agent-forwarding", "x11-forwarding", "no-x11-forwarding", "user-rc", "no-user-rc",
    }
)  # fmt: skip
"""Options about what this door never does, and about the terminal that each session has."""


class KeyLineError(Exception):
    """A line cannot be understood; the text says why."""


class KeyLine(Struct, frozen=True):
    """What a line says."""

    key: str
    """The type of the key and the key, as in a `.pub` file, without a name."""
    name: str
    """What the line calls it; empty when it says nothing."""
    role: Role = "viewer"
    commands: bool = False
    """Whether commands that only read may be run: `ssh HOST events`."""
    sources: tuple[str, ...] = ()
    """The addresses from which it may come: `192.0.2.*`, `2001:db8::/32`, `!192.0.2.7`; empty is from everywhere."""

    def comes_from(self, address: str) -> bool:
        """Say whether it may come from an address."""
        if not self.sources:
            return True
        refused = any(_matches(pattern[1:], address) for pattern in self.sources if pattern.startswith("!"))
        return not refused and any(
            _matches(pattern, address) for pattern in self.sources if not pattern.startswith("!")
        )  # fmt: skip


def parse_key_line(line: str) -> KeyLine | None:
    """Read a line; None for one that is empty or a comment.

    raises KeyLineError.
    """
    text = line.strip()
    if not text or text.startswith("#"):
        return None
    options: dict[str, str | None] = {}
    if not _KEY_TYPE.match(text):
        options, text = _options(text)
    words = text.split(None, 2)
    if len(words) < 2 or not _KEY_TYPE.fullmatch(words[0]):
        raise KeyLineError("it has no key: [OPTIONS] TYPE KEY [NAME]")
    name = words[2].strip() if len(words) > 2 else ""
    return _with_options(KeyLine(f"{words[0]} {words[1]}", name), options)


def _options(text: str) -> tuple[dict[str, str | None], str]:
    options: dict[str, str | None] = {}
    place = 0
    while found := _OPTION.match(text, place):
        name, value = found[1].lower(), found[2]
        if name in options:
            raise KeyLineError(f"the option {name} stands twice")
        options[name] = None if value is None else re.sub(r"\\(.)", r"\1", value)
        place = found.end()
        if text[place : place + 1] in {" ", "\t"}:
            return options, text[place:].strip()
    raise KeyLineError(f"its options cannot be read from column {place + 1} on")


def _with_options(line: KeyLine, options: Mapping[str, str | None]) -> KeyLine:
    role: Role = "viewer"
    for name, value in options.items():
        if name == "role" and value in {"viewer", "operator"}:
            role = "operator" if value == "operator" else "viewer"
        elif name == "role":
            raise KeyLineError('the option role is role="viewer" or role="operator"')
        elif name == "from":
            if not value:
                raise KeyLineError('the option from names no address: from="192.0.2.*"')
        elif value is not None:
            raise KeyLineError(f"the option {name} takes no value here")
        elif name != "commands" and name not in _GIVES_NOTHING:
            raise KeyLineError(f"the option {name} is not known here")
    return KeyLine(line.key, line.name, role, "commands" in options, tuple(_sources(options.get("from"))))


def _sources(value: str | None) -> Iterator[str]:
    for pattern in (value or "").split(","):
        if text := pattern.strip():
            if "/" in text:
                try:
                    ip_network(text.removeprefix("!"), strict=False)
                except ValueError as error:
                    raise KeyLineError(f"the option from: {error}") from error
            yield text


def _matches(pattern: str, address: str) -> bool:
    if "/" in pattern:
        try:
            return ip_address(address) in ip_network(pattern, strict=False)
        except ValueError:
            return False
    return matches(address, pattern)
