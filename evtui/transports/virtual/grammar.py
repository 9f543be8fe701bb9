"""The grammar of virtual sockets: `virtual:POLICY SOCKET SOCKET …`, between them spaces or tabs.

As in OpenSIPS, a member cannot hold a space: a UNIX path or a file with one cannot be a member.
"""

from typing import Final

from msgspec import Struct

from evtui.core.errors import BadSocketError
from evtui.core.redact import redact_socket

POLICIES: Final = ("PARALLEL", "FAILOVER", "ROUND-ROBIN")
"""All members; the first that takes it; each in its turn."""


class VirtualSocket(Struct, frozen=True):
    """A policy and the texts of its members, which may hold passwords."""

    policy: str
    members: tuple[str, ...]

    def bad_member(self, number: int, why: str) -> BadSocketError:
        """Make the error of one member, numbered from 1; `why` must hold no password."""
        return BadSocketError(f"virtual:{self.policy} …", f"member {number}", why)


def split_virtual(address: str) -> VirtualSocket:
    """Split what follows `virtual:`.

    raises BadSocketError: part `policy`, `members` or `member N`; its text holds no member.
    """
    policy, *members = address.split() or [""]
    if policy not in POLICIES:
        why = f"not one of {', '.join(POLICIES)} (upper case)" if policy else "missing"
        raise BadSocketError(
            redact_socket(f"virtual:{address}"), "policy", f"{why}: write virtual:FAILOVER SOCKET SOCKET"
        )
    if not members:
        raise BadSocketError(f"virtual:{policy}", "members", f"missing: write virtual:{policy} SOCKET SOCKET")
    found = VirtualSocket(policy, tuple(members))
    for number, member in enumerate(members, 1):
        scheme, colon, _ = member.partition(":")
        if not colon:
            why = "it is not SCHEME:ADDRESS; spaces separate the members, so a member cannot hold a space"
            raise found.bad_member(number, why)
        if scheme == "virtual":
            raise found.bad_member(number, "a virtual socket cannot be a member of another")
    return found


def join_virtual(policy: str, members: tuple[str, ...]) -> str:
    """Write what follows `virtual:`, one space between the members."""
    return " ".join((policy, *members))
